package org.xenimage.image.page;

import java.lang.foreign.MemorySegment;

/**
 * Compares two bytes of the pattern with 8 positions at a time (SIMD within a register).
 *
 * <p>The two are the rarest the pattern has. Each is looked for in a copy of its own of the bytes,
 * shifted so that both words of a group stand for the same positions: copying is cheaper than
 * shifting each word. The loop over a block has no exit, so that the compiler turns it into vector
 * instructions; a block with a candidate is examined again, word by word.
 */
final class PairFilter implements ByteFilter {
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = ONES << 7;

    /** Words in a block: long enough for vectors, short enough to look at twice. */
    private static final int BLOCK = 64;

    private final int first;
    private final int second;
    private final long here;
    private final long there;
    private final boolean proof;

    PairFilter(byte[] bytes) {
        first = rarest(bytes, 0, 0);
        second = bytes.length == 1 ? first : rarest(bytes, first, 1);
        here = (bytes[first] & 0xff) * ONES;
        there = (bytes[second] & 0xff) * ONES;
        proof = bytes.length <= 2;
    }

    /**
     * {@return the place of the rarest byte, except for one place; a second byte of the same value
     * is no better than 0}
     */
    private static int rarest(byte[] bytes, int except, int exceptions) {
        int best = -1;
        int place = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (exceptions == 1 && i == except) continue;
            int rarity =
                    exceptions == 1 && bytes[i] == bytes[except] ? 0 : ByteFilter.rarity(bytes[i]);
            if (rarity > best) {
                best = rarity;
                place = i;
            }
        }
        return place;
    }

    @Override
    public int stride() {
        return Long.BYTES;
    }

    @Override
    public int lead() {
        return 0;
    }

    @Override
    public boolean proof() {
        return proof;
    }

    @Override
    public void load(WordBuffer buffer, MemorySegment bytes, long position, long end, int groups) {
        buffer.load(bytes, position + first, end, groups * Long.BYTES, 0);
        if (first != second) {
            buffer.load(bytes, position + second, end, groups * Long.BYTES, WordBuffer.SECOND);
        }
    }

    @Override
    public int seek(long[] words, int group, int end) {
        return first == second ? seekOne(words, group, end) : seekTwo(words, group, end);
    }

    private int seekOne(long[] words, int group, int end) {
        long each = here;
        int i = group;
        while (end - i >= BLOCK) {
            long any = 0;
            for (int k = i; k < i + BLOCK; k++) {
                long x = words[k] ^ each;
                any |= (x - ONES) & ~x;
            }
            if ((any & HIGHS) != 0) break;
            i += BLOCK;
        }
        for (; i < end; i++) {
            long x = words[i] ^ each;
            if (((x - ONES) & ~x & HIGHS) != 0) return i;
        }
        return end;
    }

    private int seekTwo(long[] words, int group, int end) {
        long a = here;
        long b = there;
        int i = group;
        while (end - i >= BLOCK) {
            long any = 0;
            for (int k = i; k < i + BLOCK; k++) {
                long x = (words[k] ^ a) | (words[k + WordBuffer.SECOND] ^ b);
                any |= (x - ONES) & ~x;
            }
            if ((any & HIGHS) != 0) break;
            i += BLOCK;
        }
        for (; i < end; i++) {
            long x = (words[i] ^ a) | (words[i + WordBuffer.SECOND] ^ b);
            if (((x - ONES) & ~x & HIGHS) != 0) return i;
        }
        return end;
    }

    /** {@return the top bit of each byte at whose position both bytes of the pattern stand} */
    @Override
    public long candidates(long[] words, int group) {
        long x = words[group] ^ here;
        if (first != second) x |= words[group + WordBuffer.SECOND] ^ there;
        // Exact, unlike the test in the loops, whose borrow may mark a byte above a true one.
        return ~(((x & ~HIGHS) + ~HIGHS) | x | ~HIGHS);
    }

    @Override
    public long after(long candidates, long[] words, int group) {
        return candidates & (candidates - 1);
    }

    @Override
    public int distance(long candidates) {
        return Long.numberOfTrailingZeros(candidates) >>> 3;
    }
}
