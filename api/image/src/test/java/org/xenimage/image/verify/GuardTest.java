package org.xenimage.image.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.xenimage.image.verify.Elements.hvm;
import static org.xenimage.image.verify.Elements.pages;
import static org.xenimage.image.verify.Elements.pv;
import static org.xenimage.image.verify.Elements.record;
import static org.xenimage.image.verify.Elements.vcpu;
import static org.xenimage.image.verify.Elements.wire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A guard lets nothing through that makes an image ill formed. */
class GuardTest {
    /** What a transform may do to an image, the rule that it breaks, and the element at which that shows. */
    static Stream<Arguments> violations() {
        RecordType toolstack = RecordType.TOOLSTACK;
        return Stream.of(
                Arguments.of(
                        "drops END",
                        pv().without("record END"),
                        Rule.STREAM_ORDER,
                        "record libxl END"),
                Arguments.of(
                        "drops the last END",
                        pv().without("record libxl END"),
                        Rule.STREAM_END,
                        "end of the stream"),
                Arguments.of(
                        "drops both headers",
                        pv().without("libxl header").without("libxc header"),
                        Rule.STREAM_ORDER,
                        "record libxl LIBXC_CONTEXT"),
                Arguments.of(
                        "drops the libxc header",
                        pv().without("libxc header"),
                        Rule.STREAM_ORDER,
                        "record X86_PV_INFO"),
                Arguments.of(
                        "drops LIBXC_CONTEXT",
                        pv().without("record libxl LIBXC_CONTEXT"),
                        Rule.STREAM_ORDER,
                        "libxc header"),
                Arguments.of(
                        "drops the config", pv().without("config"), Rule.XL_CONFIG, "libxl header"),
                Arguments.of(
                        "drops a mandatory record",
                        pv().without("record SHARED_INFO"),
                        Rule.RECORD_MISSING,
                        "record END"),
                Arguments.of(
                        "drops the HVM context",
                        hvm().without("record HVM_CONTEXT"),
                        Rule.RECORD_MISSING,
                        "record END"),
                Arguments.of(
                        "drops STATIC_DATA_END",
                        pv().without("record STATIC_DATA_END"),
                        Rule.RECORD_ORDER,
                        "record X86_PV_P2M_FRAMES"),
                Arguments.of(
                        "reorders",
                        pv().swapped("record X86_PV_INFO", "record X86_PV_P2M_FRAMES"),
                        Rule.RECORD_ORDER,
                        "record X86_PV_P2M_FRAMES"),
                Arguments.of(
                        "moves a record behind END",
                        pv().swapped("record SHARED_INFO", "record END"),
                        Rule.RECORD_MISSING,
                        "record END"),
                Arguments.of(
                        "adds a record behind END",
                        pv().after("record END", Elements.tsc(0)),
                        Rule.STREAM_ORDER,
                        "record X86_TSC_INFO"),
                Arguments.of(
                        "adds pages behind the last END",
                        pv().after("record libxl END", pages(0)),
                        Rule.STREAM_ORDER,
                        "record PAGE_DATA"),
                Arguments.of(
                        "repeats a record",
                        pv().twice("record X86_PV_INFO"),
                        Rule.RECORD_REPEATED,
                        "record X86_PV_INFO"),
                Arguments.of(
                        "repeats a header",
                        pv().twice("libxl header"),
                        Rule.STREAM_ORDER,
                        "libxl header"),
                Arguments.of(
                        "repeats the config", pv().twice("config"), Rule.STREAM_ORDER, "config"),
                Arguments.of(
                        "adds a PFN beyond the p2m",
                        pv().with("record PAGE_DATA", pages(0, 16)),
                        Rule.PAGE_RANGE,
                        "record PAGE_DATA"),
                Arguments.of(
                        "breaks a length",
                        pv().with(
                                        "record X86_PV_VCPU_BASIC",
                                        vcpu(RecordType.X86_PV_VCPU_BASIC, 24)),
                        Rule.RECORD_LENGTH,
                        "record X86_PV_VCPU_BASIC"),
                Arguments.of(
                        "adds a record of the other guest type",
                        hvm().before("record END", vcpu(RecordType.X86_PV_VCPU_BASIC, 5168)),
                        Rule.RECORD_MISPLACED,
                        "record X86_PV_VCPU_BASIC"),
                Arguments.of(
                        "adds a libxl record within libxc",
                        hvm().before(
                                        "record END",
                                        record(RecordType.EMULATOR_CONTEXT, wire().u32(2).u32(0))),
                        Rule.STREAM_ORDER,
                        "record libxl EMULATOR_CONTEXT"),
                Arguments.of(
                        "adds an unknown mandatory record",
                        pv().before("record END", record(RecordType.libxc(0x55))),
                        Rule.RECORD_TYPE,
                        "record 0x00000055"),
                Arguments.of(
                        "adds a record that no Xen restores",
                        pv().before("record END", record(toolstack, wire().u64(1))),
                        Rule.RECORD_DEPRECATED,
                        "record TOOLSTACK"),
                Arguments.of(
                        "adds an HVM context that does not decode",
                        hvm().with(
                                        "record HVM_CONTEXT",
                                        record(RecordType.HVM_CONTEXT, wire().u32(1))),
                        Rule.RECORD_FIELD,
                        "record HVM_CONTEXT"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("violations")
    void aTransformThatBreaksTheImageIsRefusedBeforeTheElementPasses(
            String deed, Elements image, Rule rule, String element) {
        List<ImageElement> passed = new ArrayList<>();
        List<Finding> refused = new ArrayList<>();
        var guard =
                new Guard(
                        "a policy that " + deed,
                        finding -> {
                            refused.add(finding);
                            return new PolicyRejected(finding.fault());
                        });
        ImageSink sink = guard.onto(passed::add);
        var failure = assertThrows(PolicyRejected.class, () -> pass(image, sink));
        assertEquals(rule, refused.getFirst().rule(), failure::getMessage);
        assertEquals(element, failure.fault().element(), failure::getMessage);
        assertEquals("a policy that " + deed, failure.fault().source());
        assertEquals(image.all().subList(0, passed.size()), passed);
        assertEquals(element, image.all().get(passed.size()).label());
    }

    @Test
    void aWellFormedImagePassesUntouched() throws IOException {
        for (Elements image : List.of(pv(), hvm())) {
            List<ImageElement> passed = new ArrayList<>();
            pass(image, Guard.ofImage("test.save").onto(passed::add));
            assertEquals(image.all(), passed);
        }
    }

    @Test
    void warningsAndNotesPass() throws IOException {
        Elements image = pv().before("record END", record(RecordType.libxc(0x80000001)));
        pass(image, Guard.ofImage("test.save").onto(_ -> {}));
    }

    @Test
    void anImageThatStopsWithoutAnEndIsRefusedAtItsEnd() {
        Elements image = pv().without("end of the stream").without("record libxl END");
        var failure =
                assertThrows(
                        CorruptImage.class,
                        () -> pass(image, Guard.ofImage("test.save").onto(_ -> {})));
        assertEquals(
                "test.save: end of the stream is among the libxl records: expected END of each layer"
                        + " before it; no Xen restores it",
                failure.getMessage());
    }

    private static void pass(Elements image, ImageSink sink) throws IOException {
        for (ImageElement element : image.all()) sink.accept(element);
        sink.end();
    }
}
