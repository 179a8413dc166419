package org.xenimage.formats.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.GuestType;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A guest whose memory has a hole after every page has as many segments as pages. {@code e_phnum}
 * has 16 bits: from 65,535 on it is PN_XNUM, and section 0 counts them.
 */
class ManySegmentsTest {
    private static final int BATCH = 1024;

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "vmcore, 65533, false",
        "vmcore, 65534, true",
        "vmcore, 70000, true",
        "native, 65533, false",
        "native, 65534, true",
        "native, 70000, true"
    })
    void everyPageHasItsSegment(String format, int pages, boolean extended) throws IOException {
        Path file = folder.resolve("core");
        write(format, file, pages);
        try (FileChannel channel = FileChannel.open(file);
                Arena arena = Arena.ofConfined()) {
            MemorySegment core =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            ElfHeader header = ElfHeader.decode(core);
            int segments = pages + 1;
            assertEquals(extended ? Elf.PN_XNUM : segments, header.segmentCount());
            assertTrue(!extended || header.sectionCount() > 0, "a section that counts them");
            if (header.sectionCount() > 0) {
                long counted = SectionTable.segmentsOf(core.asSlice(header.sections()));
                assertEquals(extended ? segments : 0, counted);
            }
            long headers = header.segments();
            assertEquals(Elf.PT_NOTE, Segment.decode(core, headers).type());
            for (int i = 0; i < pages; i++) {
                long at = headers + (i + 1L) * Elf.SEGMENT_LENGTH;
                Segment load = Segment.decode(core, at);
                assertEquals(Elf.PT_LOAD, load.type());
                assertEquals(2L * i * PageBatch.PAGE_SIZE, load.physical());
                assertEquals(PageBatch.PAGE_SIZE, load.length());
                assertEquals(marked(i) ? i : 0, core.get(Elf.U64, load.offset()));
            }
        }
    }

    /** Few pages have contents, so that the files are mostly holes. */
    private static boolean marked(int page) {
        return page % 5000 == 0;
    }

    private static void write(String name, Path file, int pages) throws IOException {
        ImageFormat format =
                Images.load().formats().stream()
                        .filter(one -> one.name().equals(name))
                        .findFirst()
                        .orElseThrow();
        try (ImageWriter writer = format.write(ChannelSink.create(file), WriteOptions.DEFAULT)) {
            writer.accept(
                    new LibxcHeader(
                            0,
                            LibxcHeader.VERSION_MAX,
                            (short) 0,
                            (short) 0,
                            0,
                            GuestType.HVM.code(),
                            (short) LibxcHeader.PAGE_SHIFT,
                            (short) 0,
                            4,
                            17));
            for (int first = 0; first < pages; first += BATCH) {
                int count = Math.min(BATCH, pages - first);
                long[] pfns = new long[count];
                MemorySegment contents = MemorySegment.ofArray(new byte[count * 4096]);
                for (int i = 0; i < count; i++) {
                    pfns[i] = 2L * (first + i);
                    if (marked(first + i)) contents.set(Elf.U64, 4096L * i, first + i);
                }
                writer.accept(PageBatch.of(ByteOrder.LITTLE_ENDIAN, pfns, contents));
            }
            writer.accept(RecordFrame.of(RecordType.END, RecordContext.X86_64, MemorySegment.NULL));
            writer.accept(
                    new StreamEnd(0, StreamEnd.Ending.COMPLETE, ByteRun.of(MemorySegment.NULL)));
            writer.end();
        }
    }
}
