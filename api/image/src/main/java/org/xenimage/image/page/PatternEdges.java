package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * The parts of a pattern at the ends of a page: how much of its beginning stands at the end, and how much of its end
 * stands at the start. Each is found by Knuth, Morris and Pratt's method, from the other direction for the start, and
 * one look at the outermost byte is enough for most pages. Immutable.
 */
final class PatternEdges {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;

    private final PagePattern pattern;
    private final PagePattern backwards;
    private final boolean[] withinBeginning = new boolean[256];
    private final boolean[] withinEnd = new boolean[256];

    PatternEdges(PagePattern pattern) {
        this.pattern = pattern;
        byte[] bytes = pattern.bytes();
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) reversed[bytes.length - 1 - i] = bytes[i];
        this.backwards = PagePattern.of(reversed);
        for (int i = 0; i + 1 < bytes.length; i++) {
            withinBeginning[bytes[i] & 0xff] = true;
            withinEnd[bytes[i + 1] & 0xff] = true;
        }
    }

    /** How many bytes at the end of a page are the beginning of the pattern, all but the whole of it at most. */
    int atEnd(MemorySegment data, long page) {
        long end = page + PAGE_SIZE;
        if (!withinBeginning[data.get(ValueLayout.JAVA_BYTE, end - 1) & 0xff]) return 0;
        int matched = 0;
        for (long at = end - (pattern.length() - 1); at < end; at++)
            matched = step(pattern, matched, data.get(ValueLayout.JAVA_BYTE, at));
        return matched;
    }

    /** How many bytes at the start of a page are the end of the pattern, all but the whole of it at most. */
    int atStart(MemorySegment data, long page) {
        if (!withinEnd[data.get(ValueLayout.JAVA_BYTE, page) & 0xff]) return 0;
        int matched = 0;
        for (long at = page + pattern.length() - 2; at >= page; at--)
            matched = step(backwards, matched, data.get(ValueLayout.JAVA_BYTE, at));
        return matched;
    }

    private static int step(PagePattern of, int before, byte next) {
        byte[] bytes = of.shared();
        int[] borders = of.borders();
        int matched = before;
        while (matched >= 0 && bytes[matched] != next) matched = borders[matched];
        return matched + 1;
    }

    /** Takes parts of the pattern for matches, because the pages on their other side are not known. */
    void apply(RuleRun run, int edge, int length, byte fill) throws IOException {
        BitSet selected = run.selected();
        MemorySegment data = run.data(); // what is overwritten is seen in it
        for (int page = selected.nextSetBit(0); page >= 0; page = selected.nextSetBit(page + 1)) {
            long at = (long) page * PAGE_SIZE;
            int end = atEnd(data, at);
            if (end >= edge && !uniform(data, at + PAGE_SIZE - end, end)) {
                if (run.fillPart(page, PAGE_SIZE - end, end, fill))
                    run.matched(page, PAGE_SIZE - end);
            }
            int start = atStart(data, at);
            if (start >= edge && !uniform(data, at, start)) {
                int here = Math.min(PAGE_SIZE, length - pattern.length() + start);
                if (run.fillPart(page, 0, here, fill)) run.matched(page, 0);
            }
        }
    }

    /** Whether all bytes are the same, as those of pages that were never written. */
    private static boolean uniform(MemorySegment data, long from, int length) {
        byte first = data.get(ValueLayout.JAVA_BYTE, from);
        for (int i = 1; i < length; i++)
            if (data.get(ValueLayout.JAVA_BYTE, from + i) != first) return false;
        return true;
    }
}
