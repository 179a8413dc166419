package org.xenimage.image.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.image.verify.Elements.libxcHeader;
import static org.xenimage.image.verify.Elements.pages;
import static org.xenimage.image.verify.Elements.record;
import static org.xenimage.image.verify.Elements.wire;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.record.RecordType;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** What the config of an xl file says is held against what its stream has. */
class ContradictionTest {
    private static final long PAGE_KIB = 4;

    @ParameterizedTest
    @CsvSource({
        "pv,  1, ERROR, false",
        "hvm, 1, ERROR, true",
        "pvh, 1, ERROR, true",
        "pv,  2, ERROR, true",
        "hvm, 2, ERROR, false",
        "pvh, 2, ERROR, false",
        "'',  1, ERROR, false"
    })
    void theTypeOfTheConfigIsThatOfTheDomainHeader(
            String type, int header, Severity severity, boolean reported) {
        Elements image =
                (header == 1 ? pv(config(type, 1, 0)) : hvm(config(type, 1, 0), 0))
                        .with("libxc header", libxcHeader(3, header, 0, 0));
        List<Finding> found =
                found(image, Reading.VERIFY).stream()
                        .filter(finding -> "type".equals(finding.fault().field()))
                        .toList();
        assertEquals(reported, !found.isEmpty(), found::toString);
        for (Finding finding : found) assertEquals(severity, finding.severity());
    }

    @Test
    void theSettingsOfTheConfigAreThoseOfItsType() {
        ObjectNode json = json("pv", 1, 0);
        json.withObject("/b_info").putObject("type.hvm");
        Finding found = one(pv(Config.of(json)), Reading.VERIFY);
        assertEquals(Severity.ERROR, found.severity());
        assertEquals("b_info.type.hvm", found.fault().field());
        json.withObject("/b_info").remove("type.hvm");
        json.withObject("/b_info").putObject("type.pv");
        assertEquals(List.of(), found(pv(Config.of(json)), Reading.VERIFY));
    }

    /** Fewer are offline, which Xen keeps; one more makes it refuse the image. */
    @ParameterizedTest
    @CsvSource({"0,", "1, ERROR", "2,", "3, NOTE", "128, NOTE"})
    void theVcpusOfTheStreamAreAmongThoseOfTheConfig(int vcpus, Severity severity) {
        Config config = config("pv", vcpus, 0);
        Elements pv =
                pv(config)
                        .after(
                                "record X86_PV_VCPU_BASIC",
                                record(
                                        RecordType.X86_PV_VCPU_BASIC,
                                        wire().u32(1).u32(0).fill(1, 5168)));
        Elements hvm = hvm(config("pvh", vcpus, 0), 0, 1);
        for (Elements image : List.of(pv, hvm)) {
            List<Severity> found =
                    found(image, Reading.VERIFY).stream().map(Finding::severity).toList();
            assertEquals(severity == null ? List.of() : List.of(severity), found);
        }
    }

    @Test
    void aVcpuThatTheConfigLacksIsToldByItsId() {
        Finding found = one(hvm(config("pvh", 2, 0), 0, 7), Reading.VERIFY);
        assertEquals(Severity.ERROR, found.severity());
        assertEquals("a context of vCPU 7", found.fault().found());
    }

    /** A page that comes in several rounds is one page, and pages that the guest gave back are none. */
    @Test
    void thePagesFitIntoTheMemoryOfTheConfig() {
        long[] sixteen = LongStream.range(0, 16).toArray();
        long[] absent = LongStream.range(100, 5000).map(pfn -> pfn | 0xfL << 60).toArray();
        ImageElement xtab =
                org.xenimage.image.element.PageBatch.of(
                        ByteOrder.LITTLE_ENDIAN,
                        absent,
                        java.lang.foreign.MemorySegment.ofArray(new byte[0]));
        Elements same =
                hvm(config("pvh", 1, 16 * PAGE_KIB), 0)
                        .with("record PAGE_DATA", pages(sixteen))
                        .after("record PAGE_DATA", pages(sixteen))
                        .after("record PAGE_DATA", xtab);
        assertEquals(List.of(), found(same, Reading.VERIFY));
        Elements more =
                hvm(config("pvh", 1, 16 * PAGE_KIB), 0)
                        .with("record PAGE_DATA", pages(LongStream.range(0, 16 + 1025).toArray()));
        Finding found = one(more, Reading.VERIFY);
        assertEquals(Severity.WARNING, found.severity());
        assertEquals(16 + 1025, count(found));
        Elements fewer =
                hvm(config("pvh", 1, 33 * PAGE_KIB), 0).with("record PAGE_DATA", pages(sixteen));
        assertEquals(Severity.WARNING, one(fewer, Reading.VERIFY).severity());
        Elements half =
                hvm(config("pvh", 1, 32 * PAGE_KIB), 0).with("record PAGE_DATA", pages(sixteen));
        assertEquals(List.of(), found(half, Reading.VERIFY));
    }

    private static long count(Finding finding) {
        return Long.parseLong(finding.fault().found().replace(" KiB", "")) / PAGE_KIB;
    }

    @Test
    void anHvmGuestHasTheStateOfTheDeviceModelThatTheConfigNames() {
        ObjectNode json = json("hvm", 1, 0);
        json.withObject("/b_info").put("device_model_version", "qemu_xen");
        assertEquals(List.of(), found(hvm(Config.of(json), 0), Reading.VERIFY));
        Elements none = hvm(Config.of(json), 0).without("record libxl EMULATOR_CONTEXT");
        assertEquals(Severity.WARNING, one(none, Reading.VERIFY).severity());
        json.withObject("/b_info").put("device_model_version", "qemu_xen_traditional");
        Finding other = one(hvm(Config.of(json), 0), Reading.VERIFY);
        assertEquals(Severity.WARNING, other.severity());
        assertEquals("emulator_id", other.fault().field());
    }

    /** An image that came so is passed on; a policy that made it so is at fault. */
    @Test
    void aReceiverIsWarnedOfWhatCameAndRefusesWhatWasEdited() {
        Config edited = config("pvh", 1, 0);
        Config came = new Config(52, edited.bytes());
        assertEquals(Severity.WARNING, one(pv(came), Reading.RESTORE).severity());
        assertEquals(Severity.ERROR, one(pv(edited), Reading.RESTORE).severity());
        assertEquals(Severity.ERROR, one(pv(came), Reading.VERIFY).severity());
    }

    @Test
    void aConfigThatSaysNothingContradictsNothing() {
        for (String text :
                List.of(
                        "{}",
                        "{\"c_info\":1,\"b_info\":[]}",
                        "{\"b_info\":{\"max_vcpus\":\"x\",\"max_memkb\":18446744073709551615}}")) {
            var config =
                    new Config(
                            52,
                            org.xenimage.image.io.ByteRun.of(
                                    java.lang.foreign.MemorySegment.ofArray(
                                            (text + "\0")
                                                    .getBytes(
                                                            java.nio.charset.StandardCharsets
                                                                    .US_ASCII))));
            assertEquals(List.of(), found(pv(config), Reading.VERIFY), text);
        }
    }

    static Config config(String type, int vcpus, long kib) {
        return Config.of(json(type, vcpus, kib));
    }

    private static ObjectNode json(String type, int vcpus, long kib) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (!type.isEmpty()) json.putObject("c_info").put("type", type);
        ObjectNode build = json.putObject("b_info");
        if (vcpus > 0) build.put("max_vcpus", vcpus);
        if (kib > 0) build.put("max_memkb", kib).put("target_memkb", kib);
        return json;
    }

    private static Elements pv(Config config) {
        return Elements.pv().with("config", config);
    }

    /** An HVM guest in an xl file, with the contexts of some vCPUs. */
    private static Elements hvm(Config config, int... vcpus) {
        List<ImageElement> all = new ArrayList<>();
        all.add(Elements.xlHeader(ByteOrder.LITTLE_ENDIAN, 0, Elements.NONE));
        all.add(config);
        all.add(new SiteMetadata(-1, Elements.NONE, ByteOrder.LITTLE_ENDIAN));
        all.addAll(Elements.hvm().all());
        var context = wire().u16(1).u16(0).u32(24).fill(0, 24);
        for (int vcpu : vcpus) context = context.u16(2).u16(vcpu).u32(1024).fill(0, 1024);
        return new Elements(all)
                .with("record HVM_CONTEXT", record(RecordType.HVM_CONTEXT, context.u32(0).u32(0)))
                .with(
                        "end of the stream",
                        new StreamEnd(-1, StreamEnd.Ending.COMPLETE, Elements.NONE));
    }

    private static Finding one(Elements image, Reading reading) {
        List<Finding> all = found(image, reading);
        assertEquals(1, all.size(), all::toString);
        assertTrue(all.getFirst().fault().message().startsWith("test.save: "));
        return all.getFirst();
    }

    private static List<Finding> found(Elements image, Reading reading) {
        return image.findings(reading).stream()
                .filter(finding -> finding.rule() == Rule.CONTRADICTION)
                .toList();
    }
}
