package org.xenimage.image.page;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Looks at one word in 16, 32 or 64 bytes, and asks a table whether the pattern has that word at one of as many
 * consecutive places.
 *
 * <p>A pattern of {@code stride + 7} bytes or more, wherever it begins, covers a whole word whose place is a multiple
 * of the stride. Counted from the beginning of the pattern that word is one of {@code stride} windows of 8 bytes. Each
 * of them marks the slot of its hash in a table of 4,096 bytes; a word whose slot is not marked rules out
 * {@code stride} positions at once.
 */
final class WindowFilter implements ByteFilter {
    static final int STRIDE_MIN = 16;
    static final int STRIDE_MAX = 64;
    private static final int SLOT_BITS = 12;
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    /** Words that fill pages; their slots stay free, so that such pages pass at full speed. */
    static final List<Long> COMMON =
            List.of(0L, -1L, 0xccccccccccccccccL, 1L, 0x2020202020202020L, 0x9090909090909090L);

    private final int stride;
    private final int base;
    private final long[] windows;
    private final byte[] slots = new byte[1 << SLOT_BITS];
    private final byte[] others;
    private final long multiplier;

    WindowFilter(byte[] bytes, int stride, int base) {
        this.stride = stride;
        this.base = base;
        this.windows = new long[stride];
        this.others = new byte[stride + 1];
        for (int k = 0; k < stride; k++) windows[k] = word(bytes, base + k);
        this.multiplier = multiplier(windows);
        for (int k = 0; k < stride; k++) {
            int slot = slot(windows[k], multiplier);
            others[k + 1] = slots[slot];
            slots[slot] = (byte) (k + 1);
        }
    }

    /** {@return the least length of a pattern for a stride} */
    static int lengthFor(int stride) {
        return stride + Long.BYTES - 1;
    }

    /**
     * Where the windows are most telling.
     *
     * @return an offset in the pattern, or -1 if wherever they start, one of them repeats a single byte: on a page
     *     full of that byte every word would be a candidate
     */
    static int bestBase(byte[] bytes, int stride) {
        return bestBase(bytes, stride, Long.BYTES);
    }

    /** {@return the same for windows of another width} */
    static int bestBase(byte[] bytes, int stride, int width) {
        int[] worth = new int[bytes.length - width + 1];
        for (int k = 0; k < worth.length; k++) worth[k] = worth(bytes, k, width);
        int best = -1;
        int bestWorth = 0;
        for (int base = 0; base + stride <= worth.length; base++) {
            int least = Integer.MAX_VALUE;
            for (int k = base; k < base + stride && least > bestWorth; k++)
                least = Math.min(least, worth[k]);
            if (least > bestWorth) {
                bestWorth = least;
                best = base;
            }
        }
        return best;
    }

    /** {@return the rarities of the distinct bytes of a window together; 0 if there is but one} */
    private static int worth(byte[] bytes, int at, int width) {
        int sum = 0;
        int distinct = 0;
        for (int i = at; i < at + width; i++) {
            boolean seen = false;
            for (int j = at; j < i; j++) seen |= bytes[j] == bytes[i];
            if (!seen) {
                sum += 1 + ByteFilter.rarity(bytes[i]);
                distinct++;
            }
        }
        return distinct > 1 ? sum : 0;
    }

    private static long word(byte[] bytes, int at) {
        long word = 0;
        for (int i = Long.BYTES - 1; i >= 0; i--) word = word << 8 | (bytes[at + i] & 0xff);
        return word;
    }

    private static long multiplier(long[] windows) {
        long multiplier = GOLDEN_RATIO;
        for (int attempt = 0; attempt < 64; attempt++) {
            if (!marksCommon(windows, multiplier)) return multiplier;
            multiplier = (multiplier * GOLDEN_RATIO + 2) | 1;
        }
        return GOLDEN_RATIO;
    }

    private static boolean marksCommon(long[] windows, long multiplier) {
        for (long window : windows) {
            for (long common : COMMON) {
                if (window != common && slot(window, multiplier) == slot(common, multiplier))
                    return true;
            }
        }
        return false;
    }

    private static int slot(long word, long multiplier) {
        return (int) ((word * multiplier) >>> (Long.SIZE - SLOT_BITS));
    }

    @Override
    public int stride() {
        return stride;
    }

    @Override
    public int lead() {
        return stride - 1;
    }

    @Override
    public void load(WordBuffer buffer, MemorySegment bytes, long position, long end, int groups) {
        buffer.load(bytes, position + base, end, groups * stride, 0);
    }

    @Override
    public int seek(long[] words, int group, int end) {
        byte[] table = slots;
        int mask = table.length - 1;
        long hash = multiplier;
        int step = stride / Long.BYTES;
        for (int i = group; i < end; i++) {
            if (table[(int) ((words[i * step] * hash) >>> (Long.SIZE - SLOT_BITS)) & mask] != 0)
                return i;
        }
        return end;
    }

    @Override
    public long candidates(long[] words, int group) {
        long word = words[group * (stride / Long.BYTES)];
        return confirmed(slots[slot(word, multiplier)], word);
    }

    @Override
    public long after(long candidates, long[] words, int group) {
        return confirmed(others[(int) candidates], words[group * (stride / Long.BYTES)]);
    }

    /** {@return the greatest window offset plus 1, from a candidate downwards, at which the pattern has the word} */
    private int confirmed(int candidate, long word) {
        int k = candidate;
        while (k != 0 && windows[k - 1] != word) k = others[k];
        return k;
    }

    @Override
    public int distance(long candidates) {
        return 1 - (int) candidates;
    }

    @Override
    public boolean proof() {
        return false;
    }
}
