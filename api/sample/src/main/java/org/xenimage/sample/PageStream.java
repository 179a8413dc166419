package org.xenimage.sample;

import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Passes on a guest's pages in ascending order, in batches of up to 1,024, through one buffer.
 */
final class PageStream {
    private static final int BATCH = 1024;
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT.withOrder(RecordContext.X86_64.order());
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG.withOrder(RecordContext.X86_64.order());

    private final GuestMemory memory;

    PageStream(GuestMemory memory) {
        this.memory = memory;
    }

    void writeTo(ImageSink sink) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            var batch = new Batch(arena);
            for (Extent extent : memory.extents()) {
                boolean data = extent.type().hasData();
                long code = (long) extent.type().code() << 60;
                for (long index = 0; index < extent.count(); index++) {
                    batch.entries[batch.count++] = code | extent.pfn(index);
                    if (data) memory.fill(extent, index, batch.nextPage());
                    if (batch.count == BATCH) batch.handTo(sink);
                }
            }
            if (batch.count > 0) batch.handTo(sink);
        }
    }

    /** One PAGE_DATA record being made: its page contents stand where a full batch has them. */
    private static final class Batch {
        private static final long DATA = PageBatch.FIXED_LENGTH + 8L * BATCH;

        private final MemorySegment buffer;
        private final long[] entries = new long[BATCH];
        private int count;
        private int pages;

        Batch(Arena arena) {
            buffer = arena.allocate(DATA + (long) BATCH * PageBatch.PAGE_SIZE, PageBatch.PAGE_SIZE);
        }

        MemorySegment nextPage() {
            long at = DATA + (long) pages++ * PageBatch.PAGE_SIZE;
            return buffer.asSlice(at, PageBatch.PAGE_SIZE).fill((byte) 0);
        }

        void handTo(ImageSink sink) throws IOException {
            long start = 8L * (BATCH - count);
            long body = 8 + 8L * count + (long) pages * PageBatch.PAGE_SIZE;
            MemorySegment bytes = buffer.asSlice(start, RecordFrame.HEADER_LENGTH + body);
            bytes.set(U32, 0, RecordType.PAGE_DATA.code());
            bytes.set(U32, 4, (int) body);
            bytes.set(U32, 8, count);
            bytes.set(U32, 12, 0);
            for (int i = 0; i < count; i++) {
                bytes.setAtIndex(U64, PageBatch.FIXED_LENGTH / 8 + i, entries[i]);
            }
            sink.accept(
                    new PageBatch(
                            "the sample",
                            Fault.NO_OFFSET,
                            body,
                            RecordContext.X86_64.order(),
                            ByteRun.of(bytes)));
            count = 0;
            pages = 0;
        }
    }
}
