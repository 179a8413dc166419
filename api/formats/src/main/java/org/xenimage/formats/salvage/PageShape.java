package org.xenimage.formats.salvage;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The entries of a PAGE_DATA record that agree with its length, whether or not its contents exist.
 * They are read through a window, since the longest record has 16 million. For one thread.
 */
final class PageShape {
    private static final int WINDOW = 1 << 13;

    /** The first window of entries: usually enough to tell a record from bytes that only look like one. */
    private static final int FIRST_WINDOW = 32;

    private final SparseBytes in;
    private final long table;
    private final int count;
    private final ValueLayout.OfLong u64;
    private final MemorySegment window;
    private int first;
    private int end;
    private int contents;

    private PageShape(SparseBytes in, long table, int count, ByteOrder order) {
        this.in = in;
        this.table = table;
        this.count = count;
        this.u64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        this.window = Arena.ofAuto().allocate(8L * Math.min(WINDOW, count), 8);
    }

    /** How many entries there are. */
    int count() {
        return count;
    }

    /** Type and PFN; fast in ascending order. */
    long entry(int index) throws IOException {
        if (index < first || index >= end) {
            first = index;
            end = Math.min(count, index + (index == 0 ? FIRST_WINDOW : WINDOW));
            in.read(table + 8L * first, window.asSlice(0, 8L * (end - first)));
        }
        return window.get(u64, 8L * (index - first));
    }

    /** How many of the entries have a content. */
    int contents() {
        return contents;
    }

    /**
     * Reads the entries; empty if they are not all there, or are none of a record of this length.
     */
    static Optional<PageShape> of(SparseBytes in, long offset, long body, ByteOrder order)
            throws IOException {
        if (body < 16 || body > RecordFrame.BODY_LENGTH_MAX) return Optional.empty();
        if (!in.intact(offset, PageBatch.FIXED_LENGTH)) return Optional.empty();
        MemorySegment fixed = Arena.ofAuto().allocate(PageBatch.FIXED_LENGTH, 8);
        in.read(offset, fixed);
        long count =
                Integer.toUnsignedLong(
                        fixed.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), 8));
        if (count == 0 || count > (body - 8) / 8) return Optional.empty();
        long table = offset + PageBatch.FIXED_LENGTH;
        if (!in.intact(table, 8 * count)) return Optional.empty();
        var shape = new PageShape(in, table, (int) count, order);
        return shape.fits(body) ? Optional.of(shape) : Optional.empty();
    }

    private boolean fits(long body) throws IOException {
        for (int i = 0; i < count; i++) {
            long entry = entry(i);
            if (!sound(entry)) return false;
            if (new PageEntry(entry).hasData()) contents++;
        }
        return body == 8 + 8L * count + (long) contents * PageBatch.PAGE_SIZE;
    }

    private static boolean sound(long entry) {
        return (entry & PageBatch.RESERVED_MASK) == 0 && PageType.of(entry).known();
    }
}
