package org.xenimage.migrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.fault.UnsupportedFormat;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Hosts at random, each a little less than what the guest of a sample has, and what must hold for all of them. */
class GeneratedHostsTest {
    private static final int HOSTS = 120;
    private static final Images IMAGES = Images.load();
    private static final List<byte[]> SAMPLES = new ArrayList<>();

    @BeforeAll
    static void makeSamples() throws IOException {
        var xl =
                IMAGES.formats().stream()
                        .filter(format -> format.name().equals("xl"))
                        .findFirst()
                        .orElseThrow();
        for (SampleGuest guest : SampleGuest.values()) {
            var bytes = new ByteArrayOutputStream();
            try (ImageWriter writer =
                    xl.write(
                            ChannelSink.over("sample", Channels.newChannel(bytes)),
                            WriteOptions.DEFAULT)) {
                SampleImage.of(guest).withMemoryMiB(2).writeTo(writer);
            }
            SAMPLES.add(bytes.toByteArray());
        }
    }

    private static ImageReader open(byte[] image) throws IOException {
        return IMAGES.open(
                ChannelSource.over(
                        "sample.save", Channels.newChannel(new ByteArrayInputStream(image))));
    }

    private static ImageNeeds needs(byte[] image) throws IOException {
        try (ImageReader reader = open(image)) {
            return ImageNeeds.of(reader);
        }
    }

    /** Makes the transform for an image that is open. */
    @FunctionalInterface
    private interface Making {
        ImageTransform of(ImageReader image) throws IOException;
    }

    private static byte[] rewritten(byte[] image, Making making) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (ImageReader reader = open(image)) {
            Rewrite.of(reader)
                    .through(making.of(reader))
                    .to(ChannelSink.over("made", Channels.newChannel(bytes)));
        }
        return bytes.toByteArray();
    }

    private static HostCapabilities host(Random random, CpuidPolicy guest) throws IOException {
        HostCapabilities xen = HostCapabilities.ofXen(new XenVersion(4, 6 + random.nextInt(17)));
        Optional<CpuLimits> limits =
                random.nextInt(4) == 0 ? Optional.empty() : Optional.of(limits(random, guest));
        Set<RecordType> records = new LinkedHashSet<>(xen.records().orElseThrow());
        if (random.nextInt(8) == 0)
            records.remove(List.copyOf(records).get(random.nextInt(records.size())));
        SortedSet<Long> vcpuMsrs = new TreeSet<>();
        if (random.nextBoolean()) vcpuMsrs.add(0x48L);
        return new HostCapabilities(
                "host",
                xen.xen(),
                random.nextInt(10) == 0 ? new TreeSet<>(Set.of("libxc")) : xen.formats(),
                xen.streams(),
                random.nextInt(10) == 0 ? Optional.of(Set.of(GuestKind.PV64)) : xen.guests(),
                random.nextInt(6) == 0 ? Optional.empty() : Optional.of(records),
                random.nextInt(10) == 0 ? Optional.of(new TreeSet<>()) : xen.emulators(),
                xen.hvmEntries(),
                limits,
                limits,
                Optional.empty(),
                random.nextInt(3) == 0 ? Optional.of(vcpuMsrs) : xen.vcpuMsrs(),
                xen.pageSizes(),
                xen.wire(),
                new HostCapabilities.Sizes(
                        random.nextInt(12) == 0 ? OptionalLong.of(1) : OptionalLong.empty(),
                        random.nextInt(12) == 0 ? OptionalLong.of(64) : OptionalLong.empty(),
                        xen.limits().recordBytes()),
                List.of());
    }

    private static CpuLimits limits(Random random, CpuidPolicy guest) {
        CpuidPolicy most = guest;
        List<String> features = guest.features();
        for (int i = random.nextInt(6); i > 0; i--)
            most = most.withFeature(features.get(random.nextInt(features.size())), false);
        List<CpuidPolicy.Leaf> leaves = new ArrayList<>();
        for (CpuidPolicy.Leaf leaf : most.leaves()) {
            boolean lower =
                    (leaf.leaf() == 0 || leaf.leaf() == 0x80000000L) && random.nextInt(4) == 0;
            leaves.add(
                    lower
                            ? new CpuidPolicy.Leaf(
                                    leaf.leaf(),
                                    leaf.subleaf(),
                                    leaf.eax() - 1 - random.nextInt(4),
                                    leaf.ebx(),
                                    leaf.ecx(),
                                    leaf.edx())
                            : leaf);
        }
        SortedMap<Long, Long> msrs = new TreeMap<>();
        if (random.nextBoolean()) msrs.put(0xceL, random.nextBoolean() ? 0x80000000L : 0);
        if (random.nextBoolean()) msrs.put(0x10aL, random.nextBoolean() ? -1L : 0);
        return new CpuLimits(
                new CpuidPolicy(leaves),
                random.nextInt(4) == 0 ? Optional.empty() : Optional.of(msrs));
    }

    @Test
    void everyOutcomeSaysWhyAndEveryPlanHelps() throws IOException {
        Random random = new Random(4);
        int plans = 0;
        int changed = 0;
        int none = 0;
        for (int i = 0; i < HOSTS; i++) {
            byte[] image = SAMPLES.get(i % SAMPLES.size());
            ImageNeeds needs = needs(image);
            HostCapabilities host = host(random, needs.cpuid().orElseThrow());
            Negotiation outcome = Negotiation.negotiate(needs, host);
            assertEquals(outcome, Negotiation.negotiate(needs, host), "a pure function");
            switch (outcome) {
                case Plan plan -> {
                    plans++;
                    plan.fallbacks().forEach(GeneratedHostsTest::explained);
                    if (!plan.form().format().equals("xl")) continue;
                    if (!plan.fallbacks().isEmpty()) changed++;
                    byte[] made = rewritten(image, _ -> plan.transform());
                    Negotiation again = Negotiation.negotiate(needs(made), host);
                    assertTrue(again.asItIs(), () -> plan + " leads to " + again);
                    if (plan.fallbacks().isEmpty()) assertArrayEquals(image, made);
                    assertArrayEquals(made, passing(image, host), "read once, the same");
                }
                case NoPlan refused -> {
                    none++;
                    assertFalse(refused.candidates().isEmpty());
                    for (NoPlan.Candidate candidate : refused.candidates()) {
                        assertFalse(candidate.blockers().isEmpty(), candidate + " names nothing");
                        candidate.blockers().forEach(GeneratedHostsTest::named);
                    }
                    assertThrows(UnsupportedFormat.class, () -> passing(image, host));
                }
            }
        }
        assertTrue(
                plans > 30 && changed > 15 && none > 15,
                "plans %d, with changes %d, none %d".formatted(plans, changed, none));
    }

    private static byte[] passing(byte[] image, HostCapabilities host) throws IOException {
        return rewritten(image, reader -> new HostTransform(reader, host, _ -> {}));
    }

    private static void explained(Plan.Fallback fallback) {
        assertFalse(fallback.reasons().isEmpty(), fallback + " has no reason");
        fallback.reasons().forEach(GeneratedHostsTest::named);
        assertFalse(fallback.loss().isBlank(), fallback + " has no loss");
        assertFalse(fallback.step().words().isBlank());
    }

    private static void named(Blocker blocker) {
        for (String part :
                List.of(blocker.subject(), blocker.image(), blocker.host(), blocker.remedy()))
            assertFalse(part.isBlank(), () -> blocker + " names nothing");
    }

    /** What blocks one way is what the other side has more, and nothing blocks both ways. */
    @Test
    void reasonsAreTheDifferenceInEachDirection() throws IOException {
        Random random = new Random(5);
        CpuidPolicy all = needs(SAMPLES.getFirst()).cpuid().orElseThrow();
        for (int i = 0; i < 100; i++) {
            CpuidPolicy here = fewer(random, all);
            CpuidPolicy there = fewer(random, all);
            assertEquals(difference(here, there), blocking(here, there));
            assertEquals(difference(there, here), blocking(there, here));
        }
    }

    private static CpuidPolicy fewer(Random random, CpuidPolicy all) {
        CpuidPolicy policy = all;
        for (String feature : all.features())
            if (random.nextInt(3) == 0 && !feature.equals("xsave"))
                policy = policy.withFeature(feature, false);
        return policy;
    }

    private static SortedSet<String> difference(CpuidPolicy guest, CpuidPolicy host) {
        SortedSet<String> beyond = new TreeSet<>(guest.features());
        beyond.removeIf(host.features()::contains);
        return beyond;
    }

    private static SortedSet<String> blocking(CpuidPolicy guest, CpuidPolicy host)
            throws IOException {
        var needs = new SampleNeeds();
        needs.cpuid = guest;
        SortedMap<Long, Long> msrs = new TreeMap<>();
        msrs.put(0xceL, -1L);
        msrs.put(0x10aL, -1L);
        HostCapabilities side =
                NegotiationTest.with(HostCapabilities.ofXen(new XenVersion(4, 17)), host, msrs);
        Negotiation outcome = Negotiation.negotiate(needs.made(), side);
        if (!(outcome instanceof Plan plan)) throw new AssertionError(outcome);
        return plan.fallbacks().stream()
                .flatMap(one -> one.reasons().stream())
                .filter(one -> one.kind() == Blocker.Kind.FEATURE)
                .map(Blocker::image)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
