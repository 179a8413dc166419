package org.xenimage.formats.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.HeapBounds;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Counts of pieces and pages at the edges of 31, 32 and 63 bits. */
class PieceLimitTest {
    private static final Fault PLACE = Fault.in("web1").element("section .xenimage.index");

    @TempDir private Path folder;

    @Test
    void theLauncherHeapHoldsHalfATebibyte() {
        assertEquals((512L << 30) >> 20, PieceLimit.within(HeapBounds.LEAST).pieces());
    }

    @Test
    void pageNumbersBelowEveryLimitAreInts() {
        int pieces = PieceLimit.within(Long.MAX_VALUE).pieces();
        assertEquals(PieceLimit.MOST, pieces);
        assertTrue((long) pieces * PageStore.PIECE_PAGES <= Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                1L << 23,
                1L << 24,
                (1L << 31) - 1,
                1L << 31,
                (1L << 32) - 1,
                1L << 32,
                (1L << 32) + 1,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                -1
            })
    void whatNoHeapHoldsIsRefused(long count) {
        PieceLimit limit = PieceLimit.within(Long.MAX_VALUE);
        var refused = assertThrows(LimitExceeded.class, () -> limit.count(count, PLACE));
        assertTrue(String.valueOf(refused.getMessage()).contains("8 TiB"), refused::toString);
    }

    @Test
    void theRemedyIsAHeapThatIsLargeEnough() throws IOException {
        PieceLimit small = PieceLimit.within(HeapBounds.LEAST);
        long count = 1_000_000;
        var refused = assertThrows(LimitExceeded.class, () -> small.count(count, PLACE));
        assertTrue(String.valueOf(refused.getMessage()).contains("-Xmx128m"), refused::toString);
        assertEquals(count, PieceLimit.within(128 << 20).count(count, PLACE));
        assertEquals(count - 1, PieceLimit.within(128 << 20).number(count - 1, PLACE));
    }

    /** In order, and with late pages that are merged in at the end. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aStoreRefusesThePageAfterItsLastPiece(boolean ascending) throws IOException {
        int fits = 2 * PageStore.PIECE_PAGES;
        store(ascending, fits);
        assertThrows(LimitExceeded.class, () -> store(ascending, fits + 1));
    }

    private void store(boolean ascending, int pages) throws IOException {
        try (FileChannel file =
                        FileChannel.open(
                                folder.resolve("pages"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE);
                var store = new PageStore(PageSpace.within(file, 0), new PieceLimit(2))) {
            long greatest = PageBatch.PFN_MASK;
            for (int i = 0; i < pages; i++) {
                long pfn = ascending ? greatest - pages + 1 + i : greatest - i;
                MemorySegment page = MemorySegment.ofArray(new byte[PageBatch.PAGE_SIZE]);
                store.accept(PageBatch.of(ByteOrder.LITTLE_ENDIAN, new long[] {pfn}, page));
            }
            store.finish();
            assertEquals(pages, store.runs().pages());
            assertEquals(greatest, store.runs().last());
        }
    }

    @Test
    void runsCountBeyond32Bits() {
        var runs = new PageRuns();
        long many = (1L << 33) + 1;
        assertEquals(0, runs.append(0, many));
        assertEquals(many, runs.append(PageBatch.PFN_MASK));
        assertEquals(many + 1, runs.pages());
        assertEquals(many, runs.find(PageBatch.PFN_MASK));
        assertEquals(1L << 32, runs.find(1L << 32));
        assertEquals(PageRuns.NONE, runs.find(many));
        assertEquals(PageBatch.PFN_MASK, runs.last());
        assertThrows(IllegalArgumentException.class, () -> runs.append(PageBatch.PFN_MASK));
    }
}
