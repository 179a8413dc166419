package org.xenimage.formats.core;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Frame numbers by frame numbers: the PFN of a machine frame, or the other way round.
 *
 * <p>A hash table with open addressing in a {@link Spill}, at least half of it free: 32 to 64 bytes
 * of a file for each entry, none of the heap. The hash is keyed again for each table, so that an
 * image cannot choose frames that collide. Not safe for use by several threads.
 */
final class FrameTable implements Closeable {
    private static final long EMPTY = 0;
    private static final long ALL_ONES = -1;

    private final Spill words = new Spill();
    private final long mask;
    private final long key = ThreadLocalRandom.current().nextLong() | 1;

    /**
     * An empty table.
     *
     * @param entries how many will be put at most
     */
    FrameTable(long entries) throws IOException {
        this.mask = Math.max(8, Long.highestOneBit(Math.max(1, entries)) * 4) - 1;
    }

    /**
     * Puts an entry, in place of one with the same key; a key of all ones names nothing and is
     * skipped.
     */
    void put(long frame, long value) throws IOException {
        if (frame == ALL_ONES) return;
        long slot = slot(frame);
        words.word(2 * slot, frame + 1);
        words.word(2 * slot + 1, value);
    }

    /** {@return the value, all ones if there is none} */
    long find(long frame) throws IOException {
        if (frame == ALL_ONES) return ALL_ONES;
        long slot = slot(frame);
        return words.word(2 * slot) == EMPTY ? ALL_ONES : words.word(2 * slot + 1);
    }

    /** The slot that holds a frame, or the free one where it would go. */
    private long slot(long frame) throws IOException {
        long hash = (frame + 1) * key;
        hash = (hash ^ (hash >>> 32)) * 0x9e3779b97f4a7c15L;
        long slot = (hash ^ (hash >>> 29)) & mask;
        while (true) {
            long found = words.word(2 * slot);
            if (found == EMPTY || found == frame + 1) return slot;
            slot = (slot + 1) & mask;
        }
    }

    @Override
    public void close() throws IOException {
        words.close();
    }
}
