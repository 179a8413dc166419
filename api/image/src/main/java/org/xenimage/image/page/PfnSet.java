package org.xenimage.image.page;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.HeapBounds;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set of PFNs that lists them as ranges.
 *
 * <p>Memory: one entry of a tree for each 512 PFNs that have a member, 72 KiB for a GiB of a guest's
 * memory in one piece; bounded by a share of the heap. Not safe for use by several threads.
 */
public final class PfnSet {
    private static final int WORDS = 8;

    /** PFNs of a chunk, as a power of two. */
    private static final int SHIFT = 9;

    /** What a chunk takes: its words, its key, its place in the tree. */
    private static final int CHUNK = 152;

    private final int most;
    private final TreeMap<Long, long[]> chunks = new TreeMap<>();
    private long heldKey = -1;
    private long[] held = new long[WORDS];
    private long size;

    /** An empty set. */
    public PfnSet() {
        this(HeapBounds.here());
    }

    PfnSet(HeapBounds bounds) {
        this.most = bounds.entries(CHUNK);
    }

    /**
     * PFNs one after the other.
     *
     * @param first inclusive
     * @param last inclusive
     */
    public record Range(long first, long last) {
        /** {@return how many} */
        public long count() {
            return last - first + 1;
        }

        @Override
        public String toString() {
            return first == last ? "0x%x".formatted(first) : "0x%x-0x%x".formatted(first, last);
        }
    }

    /**
     * Adds a PFN.
     *
     * @param pfn to add
     * @return whether it was not there
     * @throws LimitExceeded if the PFNs are too many, or too far apart
     */
    public boolean add(long pfn) throws LimitExceeded {
        long key = pfn >>> SHIFT;
        if (key != heldKey) hold(key);
        int word = word(pfn);
        long bit = 1L << (pfn & 63);
        if ((held[word] & bit) != 0) return false;
        held[word] |= bit;
        size++;
        return true;
    }

    /**
     * Removes a PFN.
     *
     * @param pfn to remove
     * @return whether it was there
     */
    public boolean remove(long pfn) {
        if (!contains(pfn)) return false;
        long[] chunk = chunks.getOrDefault(pfn >>> SHIFT, held);
        chunk[word(pfn)] &= ~(1L << (pfn & 63));
        size--;
        return true;
    }

    /**
     * Looks for a PFN.
     *
     * @param pfn to look for
     * @return whether it is present
     */
    public boolean contains(long pfn) {
        long key = pfn >>> SHIFT;
        long[] chunk = key == heldKey ? held : chunks.get(key);
        return chunk != null && (chunk[word(pfn)] >>> (pfn & 63) & 1) != 0;
    }

    private static int word(long pfn) {
        return (int) (pfn >>> 6) & (WORDS - 1);
    }

    /** {@return how many PFNs} */
    public long size() {
        return size;
    }

    /**
     * The first ranges.
     *
     * @param most how many at most
     * @return ascending
     */
    public List<Range> ranges(int most) {
        List<Range> ranges = new ArrayList<>();
        long first = -1;
        long next = -1;
        for (Map.Entry<Long, long[]> chunk : chunks.entrySet()) {
            for (int word = 0; word < WORDS; word++) {
                long base = (chunk.getKey() << SHIFT) + 64L * word;
                for (long bits = chunk.getValue()[word]; bits != 0; bits &= bits - 1) {
                    long pfn = base + Long.numberOfTrailingZeros(bits);
                    if (pfn == next) {
                        next++;
                        continue;
                    }
                    if (first >= 0) {
                        ranges.add(new Range(first, next - 1));
                        if (ranges.size() == most) return ranges;
                    }
                    first = pfn;
                    next = pfn + 1;
                }
            }
        }
        if (first >= 0) ranges.add(new Range(first, next - 1));
        return ranges;
    }

    /** Makes the chunk of a key the one at hand. */
    private void hold(long key) throws LimitExceeded {
        long[] chunk = chunks.get(key);
        if (chunk == null) {
            if (chunks.size() >= most) {
                throw new LimitExceeded(
                        Fault.in("image")
                                .element("PFNs")
                                .expected("at most %d runs of 512".formatted(most))
                                .found("0x%x more".formatted(key << SHIFT))
                                .remedy(HeapBounds.here().remedy()));
            }
            chunk = new long[WORDS];
            chunks.put(key, chunk);
        }
        heldKey = key;
        held = chunk;
    }
}
