package org.xenimage.tools.index;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * For each PFN one word: page type and where the contents stand. Outside of the heap, in leaves of 512 words, so that
 * the index of a 4 GiB guest takes 8 MiB.
 *
 * <p>A leaf is as long as one page. Pages with contents pay for their leaves themselves; how many leaves entries without
 * contents may take is bounded.
 */
final class PageLocations {
    /** The word of an entry whose type has no contents, without the type. */
    private static final long NO_CONTENTS = (1L << 60) - 1;

    private static final int LEAF_BITS = 9;
    private static final int LEAF = 1 << LEAF_BITS;
    private static final int LEAVES_PER_SLAB = 256;

    /** 256 MiB of leaves beside those that pages with contents may need. */
    private static final long SCATTERED_LEAVES_MAX = 1 << 16;

    private final String source;
    private final TreeMap<Long, Integer> leaves = new TreeMap<>();
    private final List<MemorySegment> slabs = new ArrayList<>();
    private final long[] counts = new long[PageType.values().length];
    private long lastPrefix = -1;
    private int lastLeaf;

    PageLocations(String source) {
        this.source = source;
    }

    /** Notes an entry; a later one of the same PFN takes the place of the earlier. */
    void put(long entry, long contents) throws LimitExceeded {
        long pfn = entry & PageBatch.PFN_MASK;
        int type = (int) (entry >>> 60);
        int leaf = leafFor(pfn);
        MemorySegment slab = slabs.get(leaf / LEAVES_PER_SLAB);
        long at = index(leaf, pfn);
        long before = slab.getAtIndex(ValueLayout.JAVA_LONG, at);
        if (before != 0) counts[(int) (before >>> 60)]--;
        counts[type]++;
        long word = PageType.hasData(type) ? contents + 1 : NO_CONTENTS;
        slab.setAtIndex(ValueLayout.JAVA_LONG, at, (long) type << 60 | word);
    }

    private static long index(int leaf, long pfn) {
        return (long) (leaf % LEAVES_PER_SLAB) * LEAF + (pfn & (LEAF - 1));
    }

    private int leafFor(long pfn) throws LimitExceeded {
        long prefix = pfn >>> LEAF_BITS;
        if (prefix == lastPrefix) return lastLeaf;
        Integer known = leaves.get(prefix);
        int leaf = known == null ? leaves.size() : known;
        if (known == null) {
            if (leaf > SCATTERED_LEAVES_MAX + withContents()) {
                throw new LimitExceeded(
                        Fault.in(source)
                                .element("record PAGE_DATA")
                                .field("pfn")
                                .problem("are too scattered for an index")
                                .expected(
                                        "at most %d groups of %d PFNs beside those with contents"
                                                .formatted(SCATTERED_LEAVES_MAX, LEAF)));
            }
            if (leaf % LEAVES_PER_SLAB == 0)
                slabs.add(Arena.ofAuto().allocate(8L * LEAF * LEAVES_PER_SLAB, 64));
            leaves.put(prefix, leaf);
        }
        lastPrefix = prefix;
        lastLeaf = leaf;
        return leaf;
    }

    /** The word of a PFN, 0 if there is none. */
    private long word(long pfn) {
        Integer leaf = leaves.get(pfn >>> LEAF_BITS);
        return leaf == null ? 0 : word(leaf, pfn);
    }

    private long word(int leaf, long pfn) {
        return slabs.get(leaf / LEAVES_PER_SLAB)
                .getAtIndex(ValueLayout.JAVA_LONG, index(leaf, pfn));
    }

    boolean has(long pfn) {
        return word(pfn) != 0;
    }

    PageType type(long pfn) {
        return PageType.of(word(pfn));
    }

    /** Where the contents stand, or {@link Fault#NO_OFFSET}. */
    long contents(long pfn) {
        long word = word(pfn) & NO_CONTENTS;
        return word == 0 || word == NO_CONTENTS ? Fault.NO_OFFSET : word - 1;
    }

    /** The first PFN from here on that the image names, or -1. */
    long next(long from) {
        if (from < 0 || from > PageBatch.PFN_MASK) return -1;
        Map.@Nullable Entry<Long, Integer> leaf = leaves.ceilingEntry(from >>> LEAF_BITS);
        long at = from;
        while (leaf != null) {
            long first = leaf.getKey() << LEAF_BITS;
            for (long pfn = Math.max(first, at); pfn < first + LEAF; pfn++)
                if (word(leaf.getValue(), pfn) != 0) return pfn;
            at = first + LEAF;
            leaf = leaves.higherEntry(leaf.getKey());
        }
        return -1;
    }

    /** The greatest PFN that the image names, or -1. */
    long last() {
        if (leaves.isEmpty()) return -1;
        long first = leaves.lastKey() << LEAF_BITS;
        for (long pfn = first + LEAF - 1; pfn >= first; pfn--) if (has(pfn)) return pfn;
        return -1;
    }

    long count(PageType type) {
        return counts[type.code()];
    }

    long count() {
        long all = 0;
        for (long count : counts) all += count;
        return all;
    }

    long withContents() {
        long all = 0;
        for (int type = 0; type < counts.length; type++)
            if (PageType.hasData(type)) all += counts[type];
        return all;
    }
}
