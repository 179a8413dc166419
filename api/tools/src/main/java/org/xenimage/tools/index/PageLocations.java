package org.xenimage.tools.index;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.image.page.PfnTable;

import java.io.Closeable;
import java.io.IOException;

/**
 * The type and the location of the contents for each PFN: first recorded, then
 * {@linkplain #seal sealed} and looked up.
 *
 * <p>16 bytes for each PFN, in a {@link PfnTable}, which goes to a file where they are many, however scattered.
 */
final class PageLocations implements Closeable {
    /** The word of an entry whose type has no contents. */
    private static final long NO_CONTENTS = 0;

    private final PfnTable pages = new PfnTable(1, HeapBounds.here());
    private final long[] counts = new long[PageType.values().length];

    /** What was looked up last: most look-ups are of it or of the one behind it. */
    private long near;

    /** Notes an entry; a later one of the same PFN takes the place of the earlier. */
    void put(long entry, long contents) throws IOException {
        int type = new PageEntry(entry).typeCode();
        pages.put(entry, PageType.hasData(type) ? contents + 1 : NO_CONTENTS, 0);
    }

    /** A checkpoint: {@link #backToMark} forgets what comes after it. */
    void mark() {
        pages.mark();
    }

    void backToMark() {
        pages.backToMark();
    }

    /** Ends the noting. */
    void seal() throws IOException {
        pages.seal();
        for (long rank = 0; rank < pages.size(); rank++)
            counts[new PageEntry(pages.entry(rank)).typeCode()]++;
    }

    /** The rank of the first PFN from here on; the number of PFNs if there is none. */
    private long rank(long pfn) {
        long size = pages.size();
        for (long rank = near; rank < Math.min(size, near + 2); rank++) {
            boolean above = pages.pfnAt(rank) >= pfn;
            if (above && (rank == 0 || pages.pfnAt(rank - 1) < pfn)) {
                near = rank;
                return rank;
            }
        }
        long rank = pages.rank(pfn);
        near = Math.min(rank, Math.max(0, size - 1));
        return rank;
    }

    /** The rank of a PFN that the image names; -1 if it does not. */
    private long find(long pfn) {
        long rank = rank(pfn);
        return rank < pages.size() && pages.pfnAt(rank) == pfn ? rank : -1;
    }

    boolean has(long pfn) {
        return find(pfn) >= 0;
    }

    PageType type(long pfn) {
        long rank = find(pfn);
        return PageType.of(rank < 0 ? 0 : pages.entry(rank));
    }

    /** The offset of the contents, or {@link Fault#NO_OFFSET}. */
    long contents(long pfn) {
        long rank = find(pfn);
        long word = rank < 0 ? NO_CONTENTS : pages.word(rank, 0);
        return word == NO_CONTENTS ? Fault.NO_OFFSET : word - 1;
    }

    /** The first PFN from here on that the image names, or -1. */
    long next(long from) {
        if (from < 0 || from > PageBatch.PFN_MASK) return -1;
        long rank = rank(from);
        return rank < pages.size() ? pages.pfnAt(rank) : -1;
    }

    /** The greatest PFN that the image names, or -1. */
    long last() {
        return pages.size() == 0 ? -1 : pages.pfnAt(pages.size() - 1);
    }

    long count(PageType type) {
        return counts[type.code()];
    }

    long count() {
        return pages.size();
    }

    long withContents() {
        long all = 0;
        for (int type = 0; type < counts.length; type++)
            if (PageType.hasData(type)) all += counts[type];
        return all;
    }

    @Override
    public void close() throws IOException {
        pages.close();
    }
}
