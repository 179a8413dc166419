package org.xenimage.image.page;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/** A piece of the bytes that are searched, twice if a filter asks for it, as little-endian words of 64 bits. */
final class WordBuffer {
    /** Positions in a piece: both copies of it stay in the caches of the core. */
    static final int PIECE = 16 * 1024;

    /** Where the second copy starts. */
    static final int SECOND = PIECE / Long.BYTES + 1;

    private static final boolean SWAP = ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN;

    private final long[] words = new long[2 * SECOND];
    private final MemorySegment bytes = MemorySegment.ofArray(words);

    /** {@return the words; those beyond the last byte loaded hold anything} */
    long[] words() {
        return words;
    }

    /**
     * Loads bytes.
     *
     * @param from where they are
     * @param at the first byte
     * @param end of the bytes that may be examined; the load stops there
     * @param length at most {@link #PIECE}
     * @param word the first word to overwrite
     */
    void load(MemorySegment from, long at, long end, int length, int word) {
        MemorySegment.copy(from, at, bytes, (long) word * Long.BYTES, Math.min(length, end - at));
        if (SWAP) {
            for (int i = word; i < word + length / Long.BYTES; i++)
                words[i] = Long.reverseBytes(words[i]);
        }
    }
}
