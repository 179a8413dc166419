package org.xenimage.stdlib;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.MsrPolicy;
import org.xenimage.image.record.RecordType;
import org.xenimage.sample.SampleGuest;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The library policies that decide whether, and on which host, an image may be restored. */
class RestorePoliciesTest {
    private static final byte[] PV = LibraryRun.sample(SampleGuest.PV);
    private static final byte[] HVM = LibraryRun.sample(SampleGuest.HVM);

    private static LibraryRun.Rewritten run(String policy, byte[] image, Map<String, String> set)
            throws IOException {
        return LibraryRun.run(policy, image, LibraryRun.REWRITE.withParameters(set));
    }

    private static LibraryRun.Rewritten run(String policy, String site, Map<String, String> set)
            throws IOException {
        ObjectNode tree = (ObjectNode) new JsonMapper().readTree(site);
        return LibraryRun.run(policy, PV, LibraryRun.REWRITE.withParameters(set).withSite(tree));
    }

    private static String veto(String policy, RunContext context) {
        return assertThrows(PolicyRejected.class, () -> LibraryRun.run(policy, PV, context))
                .fault()
                .message();
    }

    private static List<String> records(byte[] image) throws IOException {
        List<String> types = new ArrayList<>();
        LibraryRun.read(
                image,
                element -> {
                    if (element instanceof RecordFrame frame) types.add(frame.type().specName());
                });
        return types;
    }

    private static <T extends ImageElement> T first(byte[] image, Class<T> type)
            throws IOException {
        List<T> found = new ArrayList<>();
        LibraryRun.read(
                image,
                element -> {
                    if (type.isInstance(element)) found.add(type.cast(element.detach()));
                });
        return found.getFirst();
    }

    @ParameterizedTest
    @CsvSource({"js, 4.14, ''", "js, '', 4.18", "py, 4.14, ''", "py, '', 4.18", "py, 4.9, 4.100"})
    void requireXenAcceptsTheVersionsOfItsRange(String language, String minimum, String maximum)
            throws IOException {
        assertArrayEquals(
                PV,
                run("require-xen." + language, PV, Map.of("minimum", minimum, "maximum", maximum))
                        .bytes());
    }

    @ParameterizedTest
    @CsvSource({"js, minimum, 4.100", "js, maximum, 4.9", "py, minimum, 4.100", "py, maximum, 4.9"})
    void requireXenRefusesOthersAndComparesNumbersNotText(
            String language, String bound, String version) {
        String message =
                veto(
                        "require-xen." + language,
                        LibraryRun.REWRITE.withParameters(Map.of(bound, version)));
        assertTrue(message.contains("saved it"), message);
        assertTrue(message.contains(version), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    2026-01-31T12:00:00Z | 10:00 | 13:00 | sat     | +00:00
                    2026-01-31T10:00:00Z | 10:00 | 10:01 | sat     | +00:00
                    2026-01-31T23:30:00Z | 22:00 | 04:00 | sat     | +00:00
                    2026-02-01T03:59:00Z | 22:00 | 04:00 | sat     | +00:00
                    2026-01-31T23:30:00Z | 00:00 | 01:00 | sun     | +01:00
                    2026-01-31T00:30:00Z | 19:00 | 20:00 | fri,sat | -05:00
                    """)
    void maintenanceWindowIsOpenFromItsBeginningToBeforeItsEnd(
            String time, String from, String to, String days, String offset) throws IOException {
        for (String language : List.of("js", "py")) {
            RunContext context =
                    LibraryRun.at(Operation.SAVE, time)
                            .withParameters(
                                    Map.of("from", from, "to", to, "days", days, "offset", offset));
            assertArrayEquals(
                    PV, LibraryRun.run("maintenance-window." + language, PV, context).bytes());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    2026-01-31T13:00:00Z | 10:00 | 13:00 | sat     | +00:00
                    2026-01-31T12:00:00Z | 10:00 | 13:00 | sun,mon | +00:00
                    2026-01-31T03:59:00Z | 22:00 | 04:00 | sat     | +00:00
                    2026-01-31T21:59:00Z | 22:00 | 04:00 | sat     | +00:00
                    2026-01-31T12:00:00Z | 10:00 | 13:00 | sat     | +02:00
                    """)
    void maintenanceWindowRefusesAnyOtherTime(
            String time, String from, String to, String days, String offset) {
        for (String language : List.of("js", "py")) {
            String message =
                    veto(
                            "maintenance-window." + language,
                            LibraryRun.at(Operation.MIGRATE_OUT, time)
                                    .withParameters(
                                            Map.of(
                                                    "from", from, "to", to, "days", days, "offset",
                                                    offset)));
            assertTrue(message.contains("migrate-out is allowed from " + from), message);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void maintenanceWindowDoesNotConcernFilesThatAreRewritten(String language) throws IOException {
        assertArrayEquals(
                PV,
                run("maintenance-window." + language, PV, Map.of("from", "00:00", "to", "00:01"))
                        .bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void redactConfigRemovesPasswordsWhereverTheyAre(String language) throws IOException {
        byte[] image =
                LibraryRun.edited(
                        HVM,
                        config -> {
                            ObjectNode type = config.withObject("/b_info").withObject("/type.hvm");
                            type.withObject("/vnc").put("passwd", "hunter2").put("listen", "::");
                            type.withObject("/spice").put("passwd", "hunter3");
                            type.put("serial", "file:/var/log/customer7");
                            config.putArray("vfbs")
                                    .addObject()
                                    .withObject("/vnc")
                                    .put("passwd", "hunter4")
                                    .put("enable", "True");
                        });
        ObjectNode config = run("redact-config." + language, image, Map.of()).config();
        assertFalse(config.toString().contains("hunter"), config.toString());
        assertEquals("::", config.at("/b_info/type.hvm/vnc/listen").asText());
        assertEquals("True", config.at("/vfbs/0/vnc/enable").asText());
        assertEquals("file:/var/log/customer7", config.at("/b_info/type.hvm/serial").asText());
        ObjectNode more =
                run(
                                "redact-config." + language,
                                image,
                                Map.of("consoles", "true", "keys", "mac,kernel"))
                        .config();
        assertTrue(more.at("/b_info/type.hvm/serial").isMissingNode());
        assertTrue(more.at("/nics/0/mac").isMissingNode());
        assertEquals("xenbr0", more.at("/nics/0/bridge").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void remapDisksReplacesTheLongestBeginning(String language) throws IOException {
        String site =
                """
                {"disks": {"/dev/": "/x/", "/dev/vg0/": "/dev/vg-ssd/"}}
                """;
        assertEquals(
                "/dev/vg-ssd/sample-pv",
                run("remap-disks." + language, site, Map.of())
                        .config()
                        .at("/disks/0/pdev_path")
                        .asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void remapDisksLeavesAnUnknownPathOrRefusesIt(String language) throws IOException {
        assertArrayEquals(PV, run("remap-disks." + language, PV, Map.of()).bytes());
        String message =
                veto(
                        "remap-disks." + language,
                        LibraryRun.REWRITE.withParameters(Map.of("strict", "true")));
        assertTrue(message.contains("/dev/vg0/sample-pv"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void cpuidLevelHidesWhatIsAboveTheLevelAndNothingElse(String language) throws IOException {
        CpuidPolicy before = new LibraryRun.Rewritten(PV).cpuid();
        for (String feature : List.of("avx2", "avx512f", "sse4_2", "cx16", "aesni"))
            before = before.withFeature(feature, true);
        CpuidPolicy full = before;
        byte[] image =
                LibraryRun.mapped(
                        PV,
                        element ->
                                switch (element) {
                                    case RecordFrame frame
                                            when frame.type().equals(RecordType.X86_CPUID_POLICY) ->
                                            RecordFrame.of(full, frame.context());
                                    case RecordFrame frame
                                            when frame.type()
                                                    .equals(RecordType.X86_PV_VCPU_XSAVE) ->
                                            withoutAvxState(frame);
                                    default -> element;
                                });
        CpuidPolicy second =
                run("cpuid-level." + language, image, Map.of("level", "x86-64-v2")).cpuid();
        assertFalse(second.hasFeature("avx2") || second.hasFeature("avx512f"));
        assertTrue(second.hasFeature("sse4_2") && second.hasFeature("aesni"));
        CpuidPolicy first =
                run(
                                "cpuid-level." + language,
                                image,
                                Map.of("level", "x86-64-v1", "strict", "true"))
                        .cpuid();
        assertFalse(first.hasFeature("cx16") || first.hasFeature("aesni"));
        assertTrue(first.hasFeature("sse2") && first.hasFeature("lm"));
        assertFalse(
                run("cpuid-level." + language, image, Map.of("level", "x86-64-v4"))
                        .cpuid()
                        .equals(second));
    }

    /** A guest that has used x87 and SSE alone: what its vCPUs have used cannot be hidden. */
    private static RecordFrame withoutAvxState(RecordFrame frame) throws IOException {
        byte[] body = frame.body().toArray(ValueLayout.JAVA_BYTE);
        body[8] = 3;
        body[16] = 3;
        return frame.withBody(MemorySegment.ofArray(body));
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void cpuidLevelOfHostsKeepsWhatAllOfThemHave(String language) throws IOException {
        CpuidPolicy before = new LibraryRun.Rewritten(PV).cpuid();
        List<String> features = List.copyOf(before.features());
        String all = "\"" + String.join("\",\"", features) + "\"";
        String some = "\"" + String.join("\",\"", features.subList(1, features.size())) + "\"";
        CpuidPolicy after =
                run(
                                "cpuid-level." + language,
                                """
                                {"cpuid": {"hosts": {"xen1": [%s], "xen2": [%s]}}}
                                """
                                        .formatted(all, some),
                                Map.of("level", "hosts"))
                        .cpuid();
        assertEquals(before.withFeature(features.getFirst(), false), after);
        var missing =
                assertThrows(
                        PolicyFailed.class,
                        () -> run("cpuid-level." + language, PV, Map.of("level", "hosts")));
        assertTrue(
                missing.fault().message().contains("the site file has no cpuid.hosts"),
                missing.fault().message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void msrFilterRemovesRegistersByNameAndIndex(String language) throws IOException {
        for (String register : List.of("arch_caps", "0x10A")) {
            byte[] made = run("msr-filter." + language, PV, Map.of("remove", register)).bytes();
            MsrPolicy policy = msrs(made);
            assertTrue(policy.value(MsrPolicy.ARCH_CAPS).isEmpty());
            assertEquals(
                    msrs(PV).value(MsrPolicy.INTEL_PLATFORM_INFO),
                    policy.value(MsrPolicy.INTEL_PLATFORM_INFO));
        }
        String message =
                veto(
                        "msr-filter." + language,
                        LibraryRun.REWRITE.withParameters(
                                Map.of("strict", "true", "keep", "platform_info")));
        assertTrue(message.contains("MSR 0x10a is neither removed nor kept"), message);
    }

    private static MsrPolicy msrs(byte[] image) throws IOException {
        List<MsrPolicy> found = new ArrayList<>();
        LibraryRun.read(
                image,
                element -> {
                    if (element instanceof RecordFrame frame
                            && frame.decode() instanceof MsrPolicy policy) found.add(policy);
                });
        return found.getFirst();
    }

    @ParameterizedTest
    @CsvSource({"js, PV", "js, PVH", "js, HVM", "py, PV", "py, PVH", "py, HVM"})
    void downgradeV2WritesTheOlderVersionWithoutItsNewRecords(String language, SampleGuest guest)
            throws IOException {
        byte[] image = LibraryRun.sample(guest);
        byte[] made = run("downgrade-v2." + language, image, Map.of()).bytes();
        assertEquals(2, first(made, LibxcHeader.class).version());
        List<String> expected = new ArrayList<>(records(image));
        expected.removeAll(List.of("STATIC_DATA_END", "X86_CPUID_POLICY", "X86_MSR_POLICY"));
        assertEquals(expected, records(made));
        assertEquals(first(image, Config.class).json(), first(made, Config.class).json());
        assertArrayEquals(
                made,
                run("downgrade-v2." + language, made, Map.of()).bytes(),
                "an image of version 2 stays the same");
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void stripEmulatorDropsTheDeviceModelOfHvmGuestsOnly(String language) throws IOException {
        assertTrue(records(HVM).contains("EMULATOR_CONTEXT"));
        List<String> left = records(run("strip-emulator." + language, HVM, Map.of()).bytes());
        assertTrue(left.stream().noneMatch(type -> type.startsWith("EMULATOR_")), left.toString());
        assertArrayEquals(PV, run("strip-emulator." + language, PV, Map.of()).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void dropOptionalLeavesMandatoryRecordsAndDropsMetadata(String language) throws IOException {
        byte[] image =
                run("inject-metadata." + language, PV, Map.of("key", "site.a", "value", "b"))
                        .bytes();
        assertArrayEquals(PV, run("drop-optional." + language, image, Map.of()).bytes());
        assertArrayEquals(
                image,
                run("drop-optional." + language, image, Map.of("metadata", "false")).bytes());
    }
}
