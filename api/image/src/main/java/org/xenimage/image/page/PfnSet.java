package org.xenimage.image.page;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set of PFNs that lists them as ranges.
 *
 * <p>Memory: one entry of a tree for each 64 PFNs that have a member, 2 MiB for a GiB of a guest's memory in one piece;
 * bounded by {@link #WORDS_MAX}. Not safe for use by several threads.
 */
public final class PfnSet {
    /** Runs of 64 PFNs that a set may touch: a guest of a TiB in one piece. */
    public static final int WORDS_MAX = 1 << 22;

    private final TreeMap<Long, Long> words = new TreeMap<>();
    private long heldKey = -1;
    private long held;
    private long size;

    /** An empty set. */
    public PfnSet() {}

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
        load(pfn >>> 6);
        long bit = 1L << (pfn & 63);
        if ((held & bit) != 0) return false;
        held |= bit;
        size++;
        return true;
    }

    /**
     * Removes a PFN.
     *
     * @param pfn to remove
     * @return whether it was there
     * @throws LimitExceeded as {@link #add}
     */
    public boolean remove(long pfn) throws LimitExceeded {
        load(pfn >>> 6);
        long bit = 1L << (pfn & 63);
        if ((held & bit) == 0) return false;
        held &= ~bit;
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
        long word = pfn >>> 6 == heldKey ? held : words.getOrDefault(pfn >>> 6, 0L);
        return (word >>> (pfn & 63) & 1) != 0;
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
        store();
        List<Range> ranges = new ArrayList<>();
        long first = -1;
        long next = -1;
        for (Map.Entry<Long, Long> word : words.entrySet()) {
            for (long bits = word.getValue(); bits != 0; bits &= bits - 1) {
                long pfn = (word.getKey() << 6) + Long.numberOfTrailingZeros(bits);
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
        if (first >= 0) ranges.add(new Range(first, next - 1));
        return ranges;
    }

    private void load(long key) throws LimitExceeded {
        if (key == heldKey) return;
        store();
        heldKey = key;
        held = words.getOrDefault(key, 0L);
        if (words.size() >= WORDS_MAX && held == 0) {
            throw new LimitExceeded(
                    Fault.in("image")
                            .element("PFNs")
                            .expected("at most " + WORDS_MAX + " runs of 64")
                            .found("0x%x more".formatted(key << 6))
                            .remedy("the image is damaged, or was made to exhaust memory"));
        }
    }

    private void store() {
        if (heldKey < 0) return;
        if (held == 0) words.remove(heldKey);
        else words.put(heldKey, held);
    }
}
