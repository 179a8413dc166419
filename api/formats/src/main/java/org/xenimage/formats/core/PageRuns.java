package org.xenimage.formats.core;

import java.util.Arrays;

/**
 * Which PFNs have a page, and the number of each page: ascending runs of consecutive PFNs.
 *
 * <p>24 bytes for each run, of which a guest has a few dozen; in the worst case, a run for each page, 24 bytes for
 * 4,096. Lookups are logarithmic. Not safe for use by several threads while it grows.
 */
public final class PageRuns {
    /** No page. */
    public static final long NONE = -1;

    private long[] firsts = new long[16];
    private long[] counts = new long[16];
    private long[] numbers = new long[16];
    private int runs;
    private long pages;

    /** No pages yet. */
    public PageRuns() {}

    /** {@return how many pages} */
    public long pages() {
        return pages;
    }

    /** {@return how many runs} */
    public int runs() {
        return runs;
    }

    /**
     * A run's first PFN.
     *
     * @param run from 0
     * @return the PFN
     */
    public long first(int run) {
        return firsts[run];
    }

    /**
     * A run's length.
     *
     * @param run from 0
     * @return its pages
     */
    public long count(int run) {
        return counts[run];
    }

    /**
     * The number of a run's first page.
     *
     * @param run from 0
     * @return the number
     */
    public long number(int run) {
        return numbers[run];
    }

    /** {@return the last PFN that has a page, or -1} */
    public long last() {
        return runs == 0 ? -1 : firsts[runs - 1] + counts[runs - 1] - 1;
    }

    /**
     * Adds a page.
     *
     * @param pfn above {@link #last}
     * @return its number
     */
    public long append(long pfn) {
        return append(pfn, 1);
    }

    /**
     * Adds pages.
     *
     * @param pfn above {@link #last}
     * @param count of consecutive PFNs
     * @return the number of the first
     */
    public long append(long pfn, long count) {
        if (pfn <= last())
            throw new IllegalArgumentException("not ascending: 0x" + Long.toHexString(pfn));
        if (runs > 0 && pfn == last() + 1) {
            counts[runs - 1] += count;
        } else {
            if (runs == firsts.length) {
                firsts = Arrays.copyOf(firsts, runs * 2);
                counts = Arrays.copyOf(counts, runs * 2);
                numbers = Arrays.copyOf(numbers, runs * 2);
            }
            firsts[runs] = pfn;
            counts[runs] = count;
            numbers[runs++] = pages;
        }
        long number = pages;
        pages += count;
        return number;
    }

    /**
     * Finds a page.
     *
     * @param pfn of it
     * @return its number, or {@link #NONE}
     */
    public long find(long pfn) {
        int run = runAt(pfn);
        if (run < 0) return NONE;
        long within = pfn - firsts[run];
        return within < counts[run] ? numbers[run] + within : NONE;
    }

    /**
     * The run that a PFN is in or that precedes it.
     *
     * @param pfn any
     * @return the run, or -1 if all are above it
     */
    public int runAt(long pfn) {
        if (runs > 0 && pfn >= firsts[runs - 1]) return runs - 1;
        int found = Arrays.binarySearch(firsts, 0, runs, pfn);
        return found >= 0 ? found : -found - 2;
    }
}
