package org.xenimage.image.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.layout.FieldJson;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Every record of real images decodes, and encodes to the same bytes.
 *
 * <p>The images are those ({@code *.save}, {@code *.fwd}, unpacked xl files) in the folder that the system property or
 * the environment variable {@code XENIMAGE_IMAGES} names; without it there are none.
 */
class RealImageRecordsTest {
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * A record found in an image.
     *
     * @param type from the header
     * @param context how the body reads
     * @param offset of the header
     * @param body of the record
     */
    private record Found(RecordType type, RecordContext context, long offset, MemorySegment body) {}

    @TestFactory
    Stream<DynamicTest> everyRecordOfARealImageSurvives() throws IOException {
        Optional<String> folder =
                Optional.ofNullable(System.getProperty("XENIMAGE_IMAGES"))
                        .or(() -> Optional.ofNullable(System.getenv("XENIMAGE_IMAGES")));
        if (folder.isEmpty()) return Stream.empty();
        try (Stream<Path> files = Files.list(Path.of(folder.get()))) {
            List<Path> images =
                    files.filter(file ->
                                    file.toString().endsWith(".save")
                                            || file.toString().endsWith(".fwd"))
                            .sorted()
                            .toList();
            return images.stream()
                    .map(image ->
                            DynamicTest.dynamicTest(
                                    image.getFileName().toString(), () -> survives(image)));
        }
    }

    private static void survives(Path image) throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(image)) {
            MemorySegment bytes =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            List<Found> records = records(bytes);
            assertFalse(records.isEmpty());
            for (Found found : records) {
                Fault place = Fault.in(image.toString()).at(found.offset());
                XenRecord record =
                        XenRecord.decode(found.type(), found.context(), found.body(), place);
                assertArrayEquals(
                        found.body().toArray(ValueLayout.JAVA_BYTE),
                        record.encode(found.context()),
                        found.type().toString());
                assertEquals(
                        record, XenRecord.ofFields(found.type(), found.context(), record.fields()));
                ObjectNode json = FieldJson.toJson(record.fields()).deepCopy();
                assertEquals(
                        record,
                        XenRecord.ofFields(found.type(), found.context(), FieldJson.fields(json)));
                known(record);
            }
        }
    }

    /** What the headers describe is decoded to names, not left opaque. */
    private static void known(XenRecord record) {
        if (record instanceof HvmContext context) {
            assertEquals(0, context.trailing().length());
            for (HvmEntry entry : context.entries())
                assertEquals(entry.type().orElseThrow().fieldName(), entry.fieldName());
        }
        if (record instanceof CpuidPolicy policy) assertFalse(policy.vendor().isEmpty());
        if (record instanceof VcpuXsave xsave) xsave.fields().group("save_area.xsave_hdr");
        if (record instanceof VcpuExtended extended) extended.fields().group("vmce");
        assertFalse(record instanceof OpaqueRecord);
    }

    private static List<Found> records(MemorySegment bytes) {
        List<Found> records = new ArrayList<>();
        long at = 48 + Integer.toUnsignedLong(bytes.get(U32, 44)) + 16;
        at = walk(bytes, at, false, records);
        at = walk(bytes, at + 40, true, records);
        walk(bytes, at, false, records);
        return records;
    }

    /** Walks one layer up to its END, or to the record after which the inner layer begins. */
    private static long walk(MemorySegment bytes, long start, boolean libxc, List<Found> records) {
        long at = start;
        RecordContext context = RecordContext.X86_64;
        while (true) {
            int code = bytes.get(U32, at);
            long length = Integer.toUnsignedLong(bytes.get(U32, at + 4));
            RecordType type = libxc ? RecordType.libxc(code) : RecordType.libxl(code);
            MemorySegment body = bytes.asSlice(at + 8, length);
            if (type.equals(RecordType.X86_PV_INFO))
                context =
                        new RecordContext(
                                ByteOrder.LITTLE_ENDIAN, body.get(ValueLayout.JAVA_BYTE, 0));
            if (!type.equals(RecordType.PAGE_DATA)) records.add(new Found(type, context, at, body));
            at += 8 + (length + 7) / 8 * 8;
            if (type.equals(RecordType.END)
                    || type.equals(RecordType.LIBXL_END)
                    || type.equals(RecordType.LIBXC_CONTEXT)) return at;
        }
    }
}
