package org.xenimage.image.page;

import java.lang.foreign.MemorySegment;

/**
 * Excludes most positions as places of a pattern by examining few bytes.
 *
 * <p>The bytes are examined in a {@link WordBuffer}, in groups: one group of words stands for
 * {@link #stride} consecutive positions at which an occurrence may begin.
 */
sealed interface ByteFilter permits WindowFilter, PairFilter {
    /** {@return positions that one group stands for, in bytes; a multiple of 8} */
    int stride();

    /** {@return how far the positions of a group start before the group's own: 0, or a stride less 1} */
    int lead();

    /**
     * Loads the words of some groups.
     *
     * @param buffer takes them
     * @param bytes where to look
     * @param position of the first group
     * @param end of the bytes that may be examined
     * @param groups how many, as many as fit in {@link WordBuffer#PIECE} positions or fewer
     */
    void load(WordBuffer buffer, MemorySegment bytes, long position, long end, int groups);

    /**
     * Looks for a group that may stand for an occurrence.
     *
     * @param words as loaded
     * @param group the first one to look at
     * @param end the end of the groups, exclusive
     * @return the first group with a candidate, or {@code end}
     */
    int seek(long[] words, int group, int end);

    /**
     * The candidates of a group.
     *
     * @param words as {@link #seek} had them
     * @param group that it returned
     * @return the first candidate with those that come after, or 0
     */
    long candidates(long[] words, int group);

    /**
     * Skips a candidate.
     *
     * @param candidates not 0
     * @param words as {@link #candidates} had them
     * @param group likewise
     * @return the next candidate, in ascending order of positions, with those that come after, or 0
     */
    long after(long candidates, long[] words, int group);

    /**
     * Where an occurrence would begin.
     *
     * @param candidates not 0
     * @return bytes from the group's own position to the first candidate's, which may be less than 0
     */
    int distance(long candidates);

    /** {@return whether a candidate is an occurrence without a further look} */
    boolean proof();

    /**
     * Chooses the filter: by windows from 23 bytes on, unless they would not tell much.
     *
     * <p>Measured on batches of a guest's memory, one core, GB/s when warm: a hashed word in 64 bytes 25, one in 16
     * 13, one in 8 (for 15 bytes and more) 8; two bytes in vector registers 10 to 18, whence the limit of 23.
     * Rejected: Horspool's method (2 to 6, one unforeseeable branch per shift); one byte alone (0, 0xcc or 0xff fill
     * too many pages).
     */
    static ByteFilter of(byte[] bytes) {
        for (int stride = WindowFilter.STRIDE_MAX; stride >= WindowFilter.STRIDE_MIN; stride /= 2) {
            if (bytes.length < WindowFilter.lengthFor(stride)) continue;
            int base = WindowFilter.bestBase(bytes, stride);
            if (base >= 0) return new WindowFilter(bytes, stride, base);
        }
        return new PairFilter(bytes);
    }

    /**
     * How telling a byte is: high for those that are rare in the memory of guests.
     *
     * <p>In a paravirtualised guest's image a quarter of the bytes of pages that are not zero is 0, two fifths are
     * 0xcc, a twentieth is 0xff; x86 code and text come next.
     */
    static int rarity(byte b) {
        return switch (b & 0xff) {
            case 0x00 -> 0;
            case 0xcc, 0xff -> 8;
            case 0x01,
                    0x0f,
                    0x10,
                    0x20,
                    0x24,
                    0x41,
                    0x48,
                    0x74,
                    0x80,
                    0x81,
                    0x88,
                    0x89,
                    0x8b,
                    0xe8 ->
                    24;
            case 'a', 'd', 'e', 'h', 'i', 'l', 'n', 'o', 'r', 's', 'u', 0x02, 0x04, 0x08, 0x40 ->
                    26;
            default -> 30;
        };
    }
}
