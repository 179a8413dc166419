package org.xenimage.image.page;

import java.util.Arrays;

/**
 * For each page of a batch that has contents, the pages with the PFNs before and after.
 *
 * <p>Where the PFNs ascend, as Xen writes them, a page's neighbour is next to it or nowhere.
 * Otherwise a hash table of the PFNs is filled. Should a PFN are in the batch twice, a page follows
 * one page at most, so that runs never join.
 */
final class Neighbours {
    static final int NONE = -1;
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    private int[] next = {};
    private int[] previous = {};
    private int[] table = {};
    private boolean scattered;

    int next(int page) {
        return next[page];
    }

    int previous(int page) {
        return previous[page];
    }

    /** {@return whether a page may be followed by one that is not next to it} */
    boolean scattered() {
        return scattered;
    }

    /** Finds the neighbours among the first {@code count} PFNs. */
    void index(long[] pfns, int count) {
        if (next.length < count) {
            next = new int[count];
            previous = new int[count];
        }
        Arrays.fill(next, 0, count, NONE);
        Arrays.fill(previous, 0, count, NONE);
        boolean ascending = true;
        for (int page = 0; page + 1 < count; page++) {
            if (pfns[page] + 1 == pfns[page + 1]) join(page, page + 1);
            else ascending &= pfns[page] < pfns[page + 1];
        }
        scattered = !ascending;
        if (scattered) indexByHash(pfns, count);
    }

    private void indexByHash(long[] pfns, int count) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(count) + 1;
        if (table.length < 1 << bits) table = new int[1 << bits];
        Arrays.fill(table, 0, 1 << bits, NONE);
        int mask = (1 << bits) - 1;
        for (int page = 0; page < count; page++) {
            // Of pages with the same PFN the first stays in the table, unless it follows another
            // page already.
            int slot = slot(pfns[page], bits);
            while (table[slot] != NONE && pfns[table[slot]] != pfns[page]) slot = (slot + 1) & mask;
            if (table[slot] == NONE || previous[table[slot]] != NONE) table[slot] = page;
        }
        for (int page = 0; page < count; page++) {
            if (next[page] != NONE) continue;
            int slot = slot(pfns[page] + 1, bits);
            while (table[slot] != NONE && pfns[table[slot]] != pfns[page] + 1)
                slot = (slot + 1) & mask;
            int follower = table[slot];
            if (follower != NONE && previous[follower] == NONE) join(page, follower);
        }
    }

    private void join(int page, int follower) {
        next[page] = follower;
        previous[follower] = page;
    }

    private static int slot(long pfn, int bits) {
        return (int) ((pfn * GOLDEN_RATIO) >>> (Long.SIZE - bits));
    }
}
