package org.xenimage.tools.diff;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.TreeMap;

/**
 * The last type and content of each PFN, the content as 128 bits of its SHA-256.
 *
 * <p>17 bytes for each PFN in blocks of 256, so that the order of the stream does not matter. Bounded by
 * {@link #BLOCKS_MAX}.
 */
final class PageHashes {
    /** Blocks that an image may touch: a guest of a TiB in one piece. */
    static final int BLOCKS_MAX = 1 << 20;

    /** The type of a PFN that was not mentioned. */
    static final int NONE = -1;

    private static final int BLOCK = 256;
    private static final long ZERO_HIGH = 1;

    private final TreeMap<Long, Block> blocks = new TreeMap<>();
    private final MessageDigest digest = sha256();
    private final MemorySegment zero = MemorySegment.ofArray(new byte[PageBatch.PAGE_SIZE]);
    private long heldNumber = -1;
    private Block held = new Block();

    /** PFNs that share all but their last eight bits. */
    private static final class Block {
        final byte[] types = new byte[BLOCK];
        final long[] hashes = new long[2 * BLOCK];

        Block() {
            Arrays.fill(types, (byte) NONE);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    void accept(PageBatch batch) throws IOException {
        MemorySegment data = batch.data();
        long at = 0;
        for (int i = 0; i < batch.count(); i++) {
            long entry = batch.entry(i);
            long pfn = entry & PageBatch.PFN_MASK;
            Block block = block(pfn);
            int slot = (int) (pfn % BLOCK);
            block.types[slot] = (byte) (entry >>> 60);
            block.hashes[2 * slot] = 0;
            block.hashes[2 * slot + 1] = 0;
            if (!PageType.hasData((int) (entry >>> 60))) continue;
            hash(data.asSlice(at, PageBatch.PAGE_SIZE), block.hashes, 2 * slot);
            at += PageBatch.PAGE_SIZE;
        }
    }

    private void hash(MemorySegment page, long[] into, int at) {
        if (page.mismatch(zero) < 0) {
            into[at] = ZERO_HIGH;
            return;
        }
        digest.update(page.asByteBuffer());
        ByteBuffer sum = ByteBuffer.wrap(digest.digest());
        into[at] = sum.getLong();
        into[at + 1] = sum.getLong();
    }

    private Block block(long pfn) throws LimitExceeded {
        long number = pfn / BLOCK;
        if (number == heldNumber) return held;
        Block found = blocks.get(number);
        if (found == null) {
            if (blocks.size() == BLOCKS_MAX) {
                throw new LimitExceeded(
                        Fault.in("image")
                                .element("PFNs")
                                .expected("at most " + BLOCKS_MAX + " runs of " + BLOCK)
                                .found("0x%x more".formatted(pfn))
                                .remedy("the image is damaged, or made to fill the memory"));
            }
            found = new Block();
            blocks.put(number, found);
        }
        heldNumber = number;
        held = found;
        return found;
    }

    /** Takes the PFNs that differ, ascending. */
    interface Visitor {
        /**
         * Takes a PFN.
         *
         * @param before bits 63-60 of the entry, or {@link #NONE}
         * @param content whether the contents differ; of two PFNs that both have one
         */
        void differ(long pfn, int before, int after, boolean content);
    }

    void compare(PageHashes other, Visitor visitor) {
        var all = new TreeMap<>(blocks);
        other.blocks.forEach(all::putIfAbsent);
        var nothing = new Block();
        for (long number : all.keySet()) {
            Block mine = blocks.getOrDefault(number, nothing);
            Block theirs = other.blocks.getOrDefault(number, nothing);
            for (int slot = 0; slot < BLOCK; slot++) {
                boolean content =
                        mine.hashes[2 * slot] != theirs.hashes[2 * slot]
                                || mine.hashes[2 * slot + 1] != theirs.hashes[2 * slot + 1];
                if (mine.types[slot] != theirs.types[slot] || content)
                    visitor.differ(
                            number * BLOCK + slot, mine.types[slot], theirs.types[slot], content);
            }
        }
    }
}
