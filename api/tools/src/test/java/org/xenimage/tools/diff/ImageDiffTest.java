package org.xenimage.tools.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.XenRecord;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.tools.diff.Difference.Part;
import org.xenimage.tools.diff.PageDifference.Kind;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Two images are compared by what they say, not by how they say it. */
class ImageDiffTest {
    private static ImageContent content(SampleImage sample, ImageTransform transform)
            throws IOException {
        var content = new ImageContent();
        sample.writeTo(transform.onto(content));
        return content;
    }

    private static SampleImage sample(SampleGuest guest) {
        return SampleImage.of(guest).withMemoryMiB(4).withVcpus(2);
    }

    private static ImageDiff diff(SampleGuest guest, ImageTransform transform) throws IOException {
        return ImageDiff.compare(
                content(sample(guest), ImageTransform.IDENTITY), content(sample(guest), transform));
    }

    /** Edits one field of every record of a type. */
    private static ImageTransform field(RecordType type, String path, long value) {
        return (element, down) -> {
            if (!(element instanceof RecordFrame frame && frame.type().equals(type))) {
                down.accept(element);
                return;
            }
            FieldValue.Group edited = frame.fields().with(path, value);
            down.accept(
                    RecordFrame.of(
                            XenRecord.ofFields(type, frame.context(), edited), frame.context()));
        };
    }

    /** What a file says of itself repeats the stream, or tells debuggers what they will not find in the file. */
    @Test
    void metadataOfTheFileIsNoDifferenceOfTheGuest() throws IOException {
        try (ImageContent plain = content(sample(SampleGuest.PV), ImageTransform.IDENTITY);
                ImageContent labelled = content(sample(SampleGuest.PV), ImageTransform.IDENTITY);
                ImageContent other = content(sample(SampleGuest.PV), ImageTransform.IDENTITY)) {
            labelled.metadata(
                    Map.of(
                            "domain.name",
                            "a",
                            "guest.os",
                            "6.1",
                            "debuggers",
                            "no virtual memory"));
            assertTrue(ImageDiff.compare(plain, labelled).same());
            other.metadata(Map.of("site.owner", "ada"));
            assertFalse(ImageDiff.compare(plain, other).same());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anImageIsTheSameAsItself(SampleGuest guest) throws IOException {
        ImageDiff diff = diff(guest, ImageTransform.IDENTITY);
        assertTrue(diff.same(), diff::toString);
    }

    @Test
    void aRegisterIsToldByVcpuAndName() throws IOException {
        ImageDiff diff =
                diff(
                        SampleGuest.PV,
                        (element, down) -> {
                            boolean second =
                                    element instanceof RecordFrame frame
                                            && frame.type().equals(RecordType.X86_PV_VCPU_BASIC)
                                            && frame.fields().unsigned("vcpu_id") == 1;
                            if (second)
                                field(RecordType.X86_PV_VCPU_BASIC, "user_regs.rip", 0x1234)
                                        .accept(element, down);
                            else down.accept(element);
                        });
        assertEquals(1, diff.differences().size(), diff::toString);
        Difference only = diff.differences().getFirst();
        assertEquals(Part.VCPU, only.part());
        assertEquals("vcpu[1].user_regs.rip", only.path());
        assertEquals(Optional.of("0x1234"), only.after());
        assertTrue(diff.pageCounts().isEmpty());
    }

    @Test
    void aRegisterOfAnHvmGuestIsToldByVcpuAndName() throws IOException {
        var context =
                new Object() {
                    long entry = -1;
                };
        ImageTransform edit =
                (element, down) -> {
                    if (!(element instanceof RecordFrame frame
                            && frame.type().equals(RecordType.HVM_CONTEXT))) {
                        down.accept(element);
                        return;
                    }
                    List<FieldValue> entries = frame.fields().sequence("entries");
                    for (int i = 0; i < entries.size(); i++) {
                        var group = (FieldValue.Group) entries.get(i);
                        if (group.unsigned("typecode") == 2 && group.unsigned("instance") == 0)
                            context.entry = i;
                    }
                    field(
                                    RecordType.HVM_CONTEXT,
                                    "entries[%d].cpu.rax".formatted(context.entry),
                                    77)
                            .accept(element, down);
                };
        ImageDiff diff = diff(SampleGuest.HVM, edit);
        assertEquals(
                List.of("vcpu[0].cpu.rax"),
                diff.differences().stream().map(Difference::path).toList());
    }

    @Test
    void aCpuidFeatureIsToldByLeafAndByName() throws IOException {
        ImageDiff diff =
                diff(
                        SampleGuest.PV,
                        (element, down) -> {
                            if (element instanceof RecordFrame frame
                                    && frame.decode() instanceof CpuidPolicy cpuid)
                                down.accept(
                                        RecordFrame.of(
                                                cpuid.withFeature("sse2", false), frame.context()));
                            else down.accept(element);
                        });
        assertEquals(
                List.of("leaf 0x00000001.edx", "feature sse2"),
                diff.differences().stream().map(Difference::path).toList());
        assertEquals(Optional.empty(), diff.differences().getLast().after());
    }

    @Test
    void configKeysAreToldByTheirPaths() throws IOException {
        ImageDiff diff =
                diff(
                        SampleGuest.HVM,
                        (element, down) -> {
                            if (!(element instanceof Config config)) {
                                down.accept(element);
                                return;
                            }
                            ObjectNode json = config.json().deepCopy();
                            json.withObject("/c_info").put("name", "other");
                            json.put("added", true);
                            down.accept(Config.of(json));
                        });
        assertEquals(
                List.of("c_info.name", "added"),
                diff.differences().stream().map(Difference::path).toList());
        assertTrue(diff.differences().stream().allMatch(one -> one.part() == Part.CONFIG));
        assertEquals(Optional.of("\"other\""), diff.differences().getFirst().after());
    }

    @Test
    void aParameterAndTheTscAreToldByName() throws IOException {
        ImageDiff param = diff(SampleGuest.HVM, field(RecordType.HVM_PARAMS, "param[0].value", 3));
        assertEquals(Part.HVM_PARAM, param.differences().getFirst().part());
        ImageDiff tsc = diff(SampleGuest.PV, field(RecordType.X86_TSC_INFO, "khz", 1));
        assertEquals(
                new Difference(
                        Part.TSC, "khz", tsc.differences().getFirst().before(), Optional.of("0x1")),
                tsc.differences().getFirst());
    }

    // Pages

    private static PageBatch batch(long seed, long... entries) {
        int contents = 0;
        for (long entry : entries) if (PageType.of(entry).hasData()) contents++;
        byte[] data = new byte[contents * PageBatch.PAGE_SIZE];
        if (seed != 0) new Random(seed).nextBytes(data);
        return PageBatch.of(ByteOrder.LITTLE_ENDIAN, entries, MemorySegment.ofArray(data));
    }

    private static ImageContent pages(PageBatch... batches) throws IOException {
        var content = new ImageContent();
        for (ImageElement batch : batches) content.accept(batch);
        return content;
    }

    private static final long L1 = 1L << 60;
    private static final long XTAB = 0xfL << 60;

    @Test
    void theOrderAndTheRoundsOfPagesDoNotCount() throws IOException {
        ImageContent ascending = pages(batch(1, 5), batch(2, 6), batch(3, 7));
        ImageContent rounds =
                pages(batch(9, 7), batch(8, 5), batch(2, 6), batch(3, 7), batch(1, 5));
        assertTrue(ImageDiff.compare(ascending, rounds).same());
    }

    @Test
    void differingPagesAreToldAsRangesByKind() throws IOException {
        ImageContent first =
                pages(batch(1, 1, 2, 3), batch(4, 10), batch(5, 20), batch(0, XTAB | 30));
        ImageContent second =
                pages(batch(2, 1, 2, 3), batch(4, L1 | 10), batch(0, XTAB | 20), batch(6, 40));
        ImageDiff diff = ImageDiff.compare(first, second);
        assertEquals(
                Map.of(
                        Kind.CONTENT,
                        3L,
                        Kind.TYPE,
                        1L,
                        Kind.ONLY_FIRST,
                        1L,
                        Kind.MENTION,
                        1L,
                        Kind.ONLY_SECOND,
                        1L),
                diff.pageCounts());
        assertEquals(5, diff.pages().size(), diff::toString);
        PageDifference changed = diff.pages().getFirst();
        assertEquals(3, changed.count());
        assertEquals(1, changed.first());
        assertEquals(Optional.of(PageType.L1TAB), diff.pages().get(1).after());
    }

    @Test
    void aZeroPageIsNotTheSameAsNoContent() throws IOException {
        assertFalse(ImageDiff.compare(pages(batch(0, 1)), pages(batch(0, XTAB | 1))).same());
    }

    @Test
    void pagesSpreadToFillTheMemoryAreCompared() throws IOException {
        try (var before = new ImageContent();
                var after = new ImageContent()) {
            for (long base = 0; base < 1 << 20; base += 4096) {
                long[] entries = new long[4096];
                for (int i = 0; i < 4096; i++) entries[i] = XTAB | (base + i) << 8;
                before.accept(batch(0, entries));
                after.accept(batch(0, entries));
            }
            after.accept(batch(0, XTAB | 7));
            assertEquals(Map.of(Kind.MENTION, 1L), ImageDiff.compare(before, after).pageCounts());
        }
    }

    @Test
    void aRecordThatDoesNotDecodeIsComparedByItsBytes() throws IOException {
        var first = new ImageContent();
        var second = new ImageContent();
        first.accept(damaged((byte) 1));
        second.accept(damaged((byte) 2));
        ImageDiff diff = ImageDiff.compare(first, second);
        assertEquals("HVM_CONTEXT.bytes", diff.differences().getFirst().path());
        assertEquals(Optional.of("010203"), diff.differences().getFirst().before());
    }

    private static RecordFrame damaged(byte b) {
        return RecordFrame.of(
                RecordType.HVM_CONTEXT,
                RecordContext.X86_64,
                MemorySegment.ofArray(new byte[] {b, 2, 3}));
    }
}
