package org.xenimage.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.RecordType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

class NegotiationTest {
    private static HostCapabilities xen(int minor) throws ImageException {
        return HostCapabilities.ofXen(new XenVersion(4, minor));
    }

    /** A host with a processor, the policies of both kinds of guests alike. */
    static HostCapabilities with(
            HostCapabilities host, CpuidPolicy cpuid, SortedMap<Long, Long> msrs) {
        Optional<CpuLimits> limits = Optional.of(new CpuLimits(cpuid, Optional.of(msrs)));
        return new HostCapabilities(
                host.name(),
                host.xen(),
                host.formats(),
                host.streams(),
                host.guests(),
                host.records(),
                host.emulators(),
                host.hvmEntries(),
                limits,
                limits,
                host.hardware(),
                host.vcpuMsrs(),
                host.pageSizes(),
                host.wire(),
                host.limits(),
                List.of());
    }

    private static SortedMap<Long, Long> msrs(long platform, long archCaps) {
        SortedMap<Long, Long> bits = new TreeMap<>();
        bits.put(0xceL, platform);
        bits.put(0x10aL, archCaps);
        return bits;
    }

    private static Plan plan(SampleNeeds needs, HostCapabilities host) {
        return assertInstanceOf(Plan.class, Negotiation.negotiate(needs.made(), host));
    }

    private static List<Blocker> blockers(SampleNeeds needs, HostCapabilities host) {
        NoPlan none = assertInstanceOf(NoPlan.class, Negotiation.negotiate(needs.made(), host));
        return none.candidates().stream().flatMap(one -> one.blockers().stream()).toList();
    }

    private static List<Blocker> reasons(Plan plan) {
        return plan.fallbacks().stream().flatMap(one -> one.reasons().stream()).toList();
    }

    private static void names(List<Blocker> blockers, Blocker.Kind kind, String subject) {
        assertTrue(
                blockers.stream()
                        .anyMatch(one -> one.kind() == kind && one.subject().contains(subject)),
                () -> subject + " in " + blockers);
    }

    @Test
    void xenOf414TakesVersionThreeAsItIs() throws ImageException {
        for (int minor = 14; minor <= 22; minor++)
            assertTrue(Negotiation.negotiate(new SampleNeeds().made(), xen(minor)).asItIs());
    }

    @Test
    void xenBefore414GetsVersionTwo() throws ImageException {
        for (int minor = 6; minor <= 13; minor++) {
            Plan plan = plan(new SampleNeeds(), xen(minor));
            assertEquals(new Plan.Form("xl", 2), plan.form());
            names(reasons(plan), Blocker.Kind.STREAM, "version 3");
            for (String record : List.of("X86_CPUID_POLICY", "X86_MSR_POLICY", "STATIC_DATA_END"))
                names(reasons(plan), Blocker.Kind.RECORD, record);
        }
    }

    @Test
    void aMissingFeatureIsNamedByLeafRegisterAndName() throws ImageException {
        CpuidPolicy small = SampleNeeds.CPU.withFeature("avx2", false);
        Plan plan = plan(new SampleNeeds(), with(xen(17), small, msrs(-1, -1)));
        names(reasons(plan), Blocker.Kind.FEATURE, "CPUID leaf 0x7 subleaf 0x0 ebx: avx2");
        assertInstanceOf(Plan.HideFeatures.class, plan.fallbacks().getFirst().step());
    }

    @Test
    void inVersionTwoAMissingFeatureIsALoss() throws ImageException {
        CpuidPolicy small = SampleNeeds.CPU.withFeature("avx2", false);
        Plan plan = plan(new SampleNeeds(), with(xen(13), small, msrs(-1, -1)));
        assertTrue(plan.fallbacks().getFirst().loss().contains("avx2"));
    }

    @Test
    void stateThatTheProcessorLacksBlocksEveryForm() throws ImageException {
        var needs = new SampleNeeds();
        needs.state = 7 | 1 << 9;
        for (int minor : List.of(13, 17)) {
            List<Blocker> found = blockers(needs, with(xen(minor), SampleNeeds.CPU, msrs(-1, -1)));
            names(found, Blocker.Kind.STATE, "pku");
            assertTrue(found.stream().noneMatch(one -> one.subject().contains("avx")));
        }
    }

    @Test
    void stateThatTheOwnPolicyHidesBlocksVersionThree() throws ImageException {
        var needs = new SampleNeeds();
        needs.state = 7;
        needs.cpuid = SampleNeeds.CPU.withFeature("avx", false);
        Plan plan = plan(needs, xen(17));
        assertEquals(2, plan.form().stream());
        names(reasons(plan), Blocker.Kind.STATE, "avx");
    }

    @Test
    void leavesThatAreTooHighAreLowered() throws ImageException {
        List<CpuidPolicy.Leaf> leaves = new ArrayList<>(SampleNeeds.CPU.leaves());
        leaves.set(0, SampleNeeds.leaf("00000000:ffffffff -> 0000000b:68747541:444d4163:69746e65"));
        Plan plan = plan(new SampleNeeds(), with(xen(17), new CpuidPolicy(leaves), msrs(-1, -1)));
        names(reasons(plan), Blocker.Kind.CPUID, "leaf 0x0 eax");
    }

    @Test
    void anotherVendorBlocksVersionThreeOnly() throws ImageException {
        List<CpuidPolicy.Leaf> leaves = new ArrayList<>(SampleNeeds.CPU.leaves());
        leaves.set(0, SampleNeeds.leaf("00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69"));
        Plan plan = plan(new SampleNeeds(), with(xen(17), new CpuidPolicy(leaves), msrs(-1, -1)));
        assertEquals(2, plan.form().stream());
        names(reasons(plan), Blocker.Kind.CPUID, "vendor");
    }

    @Test
    void msrsAreLimitedByIndexBitAndName() throws ImageException {
        Plan plan = plan(new SampleNeeds(), with(xen(17), SampleNeeds.CPU, msrs(0, 0)));
        names(reasons(plan), Blocker.Kind.MSR, "MSR 0xce (MSR_INTEL_PLATFORM_INFO)");
        names(reasons(plan), Blocker.Kind.FEATURE, "MSR 0x10a (MSR_ARCH_CAPS): rdcl_no");
    }

    @Test
    void anMsrOfAVcpuThatTheReleaseDoesNotKnowIsRemoved() throws ImageException {
        var needs = new SampleNeeds();
        needs.vcpuMsrs.add(0x6e1L);
        assertTrue(Negotiation.negotiate(needs.made(), xen(18)).asItIs());
        names(reasons(plan(needs, xen(17))), Blocker.Kind.MSR, "0x6e1");
    }

    @Test
    void theClockOfAnHvmGuestIsShortenedForXenBefore414() throws ImageException {
        var needs = new SampleNeeds();
        needs.guest = GuestKind.HVM;
        needs.hvmEntries.put("RTC", 24L);
        needs.emulators.add("qemu_xen");
        assertTrue(Negotiation.negotiate(needs.made(), xen(14)).asItIs());
        names(reasons(plan(needs, xen(13))), Blocker.Kind.DEVICE, "RTC");
    }

    @Test
    void anUnknownEntryOfTheContextBlocks() throws ImageException {
        var needs = new SampleNeeds();
        needs.hvmEntries.put("0x99", 8L);
        names(blockers(needs, xen(17)), Blocker.Kind.DEVICE, "0x99");
    }

    @Test
    void theOldDeviceModelBlocksWhereItIsGone() throws ImageException {
        var needs = new SampleNeeds();
        needs.emulators.add("qemu_xen_traditional");
        assertTrue(Negotiation.negotiate(needs.made(), xen(20)).asItIs());
        names(blockers(needs, xen(21)), Blocker.Kind.DEVICE, "qemu_xen_traditional");
    }

    @Test
    void aHostWithout32BitGuestsIsToldTheWidth() throws ImageException {
        var needs = new SampleNeeds();
        needs.guest = GuestKind.PV32;
        assertTrue(Negotiation.negotiate(needs.made(), xen(17)).asItIs());
        HostCapabilities wide =
                HostCapabilities.ofHost(
                        "xen_major : 4\nxen_minor : 17\nxen_caps : xen-3.0-x86_64\n", "", "info");
        names(blockers(needs, wide), Blocker.Kind.GUEST, "pv32");
    }

    /** What xl info printed where Xen restored the guests of the real images; Xen gives them SEP itself. */
    @Test
    void whatXenEmulatesIsNotMissedInTheProcessor() throws ImageException {
        HostCapabilities lab =
                HostCapabilities.ofHost(
                        """
                        host                   : (none)
                        hw_caps                : 0fcbf3fd:f6d8320b:e4500800:00000075:00000005:018843a9:0000020c:00000000
                        total_memory           : 5119
                        xen_major              : 4
                        xen_minor              : 17
                        xen_caps               : xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64
                        """,
                        "",
                        "info");
        assertEquals("Xen 4.17", lab.name());
        var needs = new SampleNeeds();
        needs.cpuid =
                new CpuidPolicy(
                        List.of(
                                SampleNeeds.leaf(
                                        "00000001:ffffffff -> 00060fb1:00020800:f6f83203:1fcbfbfd"),
                                SampleNeeds.leaf(
                                        "00000007:00000000 -> 00000000:018803a9:0000020c:00000000"),
                                SampleNeeds.leaf(
                                        "80000001:ffffffff -> 00060fb1:00000000:00000071:e5d3fbfd")));
        assertTrue(Negotiation.negotiate(needs.made(), lab).asItIs());
        needs.cpuid = needs.cpuid.withFeature("avx512f", true);
        names(reasons(plan(needs, lab)), Blocker.Kind.FEATURE, "avx512f");
    }

    @Test
    void pvhNeedsXenOf410() throws ImageException {
        var needs = new SampleNeeds();
        needs.guest = GuestKind.PVH;
        assertInstanceOf(Plan.class, Negotiation.negotiate(needs.made(), xen(10)));
        names(blockers(needs, xen(9)), Blocker.Kind.GUEST, "pvh");
    }

    @Test
    void anUnknownRecordBlocksIfItIsMandatoryAndGoesIfLibxlWouldRefuseIt() throws ImageException {
        var optional = new SampleNeeds();
        optional.records.put(RecordType.libxc(0x80000001), new ImageNeeds.Seen(64, 8));
        assertTrue(Negotiation.negotiate(optional.made(), xen(17)).asItIs());
        optional.records.put(RecordType.libxl(0x80000001), new ImageNeeds.Seen(64, 8));
        names(reasons(plan(optional, xen(17))), Blocker.Kind.RECORD, "0x80000001");
        var mandatory = new SampleNeeds();
        mandatory.records.put(RecordType.libxc(0x77), new ImageNeeds.Seen(64, 8));
        names(blockers(mandatory, xen(17)), Blocker.Kind.RECORD, "0x00000077");
    }

    @Test
    void aNativeImageIsRepackedForAHostWithoutThisProgram() throws ImageException {
        var needs = new SampleNeeds();
        needs.format = "native";
        Plan plan = plan(needs, xen(17));
        assertEquals(new Plan.Form("xl", 3), plan.form());
        assertEquals(new Plan.Repack("xl"), plan.fallbacks().getFirst().step());
    }

    @Test
    void whatIsNotStatedIsListed() throws ImageException {
        assertTrue(
                Negotiation.negotiate(new SampleNeeds().made(), xen(17)).unjudged().stream()
                        .anyMatch(one -> one.contains("CPUID policy")));
        assertTrue(
                Negotiation.negotiate(
                                new SampleNeeds().made(),
                                with(xen(17), SampleNeeds.CPU, msrs(-1, -1)))
                        .unjudged()
                        .isEmpty());
    }
}
