package org.xenimage.tools.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.io.RandomAccessBytes;
import org.xenimage.image.page.PageSelection;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The greatest PFNs and offsets that the specification allows: contents far beyond 2^32 pages into the image. */
class PageIndexTest {
    private static final long[] PFNS = {
        0,
        (1L << 31) - 1,
        1L << 31,
        (1L << 32) - 1,
        1L << 32,
        PageBatch.PFN_MASK - 1,
        PageBatch.PFN_MASK
    };

    /** Of an image of nearly 2^63 bytes: each page holds its own offset. */
    private static final class FarBytes implements RandomAccessBytes {
        @Override
        public long length() {
            return Long.MAX_VALUE;
        }

        @Override
        public long read(long offset, MemorySegment into) {
            for (long at = 0; at < into.byteSize(); at += PageBatch.PAGE_SIZE)
                into.set(ValueLayout.JAVA_LONG_UNALIGNED, at, offset + at);
            return into.byteSize();
        }
    }

    private static long offset(int index) {
        return Long.MAX_VALUE - (long) (PFNS.length - index) * PageBatch.PAGE_SIZE;
    }

    private static PageLocations table() throws IOException {
        var table = new PageLocations();
        for (int i = PFNS.length - 1; i >= 0; i--) table.put(PFNS[i], offset(i));
        table.seal();
        return table;
    }

    @Test
    void pagesAtTheGreatestOffsetsAreRead() throws IOException {
        try (PageLocations table = table()) {
            var index = new PageIndex("far", new FarBytes(), table, ByteOrder.LITTLE_ENDIAN);
            MemorySegment page = MemorySegment.ofArray(new byte[PageBatch.PAGE_SIZE]);
            for (int i = 0; i < PFNS.length; i++) {
                assertTrue(index.read(PFNS[i], page));
                assertEquals(offset(i), page.get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
                assertEquals(PFNS[i], index.next(PFNS[i]));
            }
            assertEquals(PFNS.length, index.count());
            assertEquals(PageBatch.PFN_MASK, index.last());
            assertEquals(-1, index.next(PageBatch.PFN_MASK + 1));
            assertEquals(-1, index.next(Long.MAX_VALUE));
            assertFalse(index.has((1L << 32) + 1));
        }
    }

    @Test
    void batchesEndWithTheGreatestPfn() throws IOException {
        try (PageLocations table = table()) {
            var index = new PageIndex("far", new FarBytes(), table, ByteOrder.LITTLE_ENDIAN);
            List<Long> read = new ArrayList<>();
            index.batches(
                    PageSelection.ALL,
                    0,
                    PageIndex.Overlay.NONE,
                    batch -> {
                        for (int i = 0; i < batch.count(); i++) read.add(batch.pfn(i));
                        return true;
                    });
            assertEquals(List.of(0L, PFNS[1], PFNS[2], PFNS[3], PFNS[4], PFNS[5], PFNS[6]), read);
        }
    }
}
