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

/** The entries of a PAGE_DATA record that agree with its length, whether its contents are there or not. */
final class PageShape {
    private static final int FIRST = 32;

    private final long[] entries;
    private final int contents;

    private PageShape(long[] entries, int contents) {
        this.entries = entries;
        this.contents = contents;
    }

    /** Types and PFNs. */
    long[] entries() {
        return entries.clone();
    }

    /** How many of the entries have a content. */
    int contents() {
        return contents;
    }

    /** Reads the entries; empty if they are not all there, or are none of a record of this length. */
    static Optional<PageShape> of(SparseBytes in, long offset, long body, ByteOrder order)
            throws IOException {
        if (body < 16 || body > RecordFrame.BODY_LENGTH_MAX) return Optional.empty();
        if (!in.whole(offset, PageBatch.FIXED_LENGTH)) return Optional.empty();
        MemorySegment fixed = Arena.ofAuto().allocate(PageBatch.FIXED_LENGTH, 8);
        in.read(offset, fixed);
        long count =
                Integer.toUnsignedLong(
                        fixed.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), 8));
        if (count == 0 || count > (body - 8) / 8) return Optional.empty();
        long table = offset + PageBatch.FIXED_LENGTH;
        if (!in.whole(table, 8 * count)) return Optional.empty();
        ValueLayout.OfLong u64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        MemorySegment first = Arena.ofAuto().allocate(8 * Math.min(FIRST, count), 8);
        in.read(table, first);
        for (long at = 0; at < first.byteSize(); at += 8)
            if (!sound(first.get(u64, at))) return Optional.empty();
        MemorySegment all = Arena.ofAuto().allocate(8 * count, 8);
        in.read(table, all);
        long[] entries = new long[(int) count];
        int contents = 0;
        for (int i = 0; i < entries.length; i++) {
            entries[i] = all.get(u64, 8L * i);
            if (!sound(entries[i])) return Optional.empty();
            if (new PageEntry(entries[i]).hasData()) contents++;
        }
        return body == 8 + 8 * count + (long) contents * PageBatch.PAGE_SIZE
                ? Optional.of(new PageShape(entries, contents))
                : Optional.empty();
    }

    private static boolean sound(long entry) {
        return (entry & PageBatch.RESERVED_MASK) == 0 && PageType.of(entry).known();
    }
}
