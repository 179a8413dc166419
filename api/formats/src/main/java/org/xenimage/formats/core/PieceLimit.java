package org.xenimage.formats.core;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.HeapBounds;

/**
 * How many pieces of a MiB an image may have: readers and writers keep a few words for each of them in memory.
 *
 * <p>A heap of 64 MiB has enough memory for 512 GiB. No heap is enough for more than 8 TiB, so that
 * the number of a page in the file is always an {@code int}. Counts are 64 bits until they are
 * checked here.
 *
 * @param pieces the greatest number
 */
public record PieceLimit(int pieces) {
    /** Below 2^31 pages. */
    static final int MOST = (1 << 23) - 1;

    /** What a writer keeps for each piece at its peak: place, length, checksum, and the encoded table. */
    private static final int BYTES_EACH = 64;

    private static final PieceLimit HERE = within(HeapBounds.here().heap());

    /** {@return the limit in this JVM} */
    public static PieceLimit here() {
        return HERE;
    }

    /** {@return the limit in a heap of so many bytes, half of which is for the pieces} */
    static PieceLimit within(long heap) {
        return new PieceLimit(Math.clamp(heap / 2 / BYTES_EACH, 1, MOST));
    }

    /**
     * Checks the number of a piece.
     *
     * @param number from 0
     * @param place of the piece, for the message
     * @return the number
     * @throws LimitExceeded if there would be too many
     */
    public int number(long number, Fault place) throws LimitExceeded {
        return count(number + 1, place) - 1;
    }

    /**
     * Checks how many pieces there are.
     *
     * @param count of all pieces
     * @param place that says so, for the message
     * @return the count
     * @throws LimitExceeded if they are too many
     */
    public int count(long count, Fault place) throws LimitExceeded {
        if (count >= 0 && count <= pieces) return (int) count;
        throw new LimitExceeded(
                place.expected("at most %d pieces of 1 MiB".formatted(pieces))
                        .found(Long.toUnsignedString(count))
                        .remedy(
                                count < 0 || count > MOST
                                        ? "images of more than 8 TiB are not supported"
                                        : "use a larger heap: XENIMAGE_JAVA_OPTS=-Xmx%dm"
                                                .formatted(heapFor(count) >> 20)));
    }

    /** The power of two that is enough. */
    private static long heapFor(long count) {
        return Long.highestOneBit(2 * BYTES_EACH * count) * 2;
    }
}
