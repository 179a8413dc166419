package org.xenimage.tools.diff;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.image.page.PfnTable;
import org.xenimage.image.seal.Sha256;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * The last type and content of each PFN, the content as 128 bits of its SHA-256.
 *
 * <p>24 bytes for each PFN, in a {@link PfnTable}, which goes to a file where they are many.
 */
final class PageHashes implements Closeable {
    /** The type of a PFN that was not mentioned. */
    static final int NONE = -1;

    private static final long ZERO_HIGH = 1;

    private final PfnTable pages = new PfnTable(2, HeapBounds.here());
    private final MessageDigest digest = Sha256.begin();
    private final MemorySegment zero = MemorySegment.ofArray(new byte[PageBatch.PAGE_SIZE]);
    private boolean sealed;

    void accept(PageBatch batch) throws IOException {
        MemorySegment data = batch.data();
        long at = 0;
        for (int i = 0; i < batch.count(); i++) {
            long entry = batch.entry(i);
            if (!new PageEntry(entry).hasData()) {
                pages.put(entry, 0, 0);
                continue;
            }
            MemorySegment page = data.asSlice(at, PageBatch.PAGE_SIZE);
            at += PageBatch.PAGE_SIZE;
            if (page.mismatch(zero) < 0) {
                pages.put(entry, ZERO_HIGH, 0);
                continue;
            }
            digest.update(page.asByteBuffer());
            ByteBuffer sum = ByteBuffer.wrap(digest.digest());
            pages.put(entry, sum.getLong(), sum.getLong());
        }
    }

    /** A checkpoint: {@link #backToMark} forgets what comes after it. */
    void mark() {
        pages.mark();
    }

    void backToMark() {
        pages.backToMark();
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

    private void seal() throws IOException {
        if (!sealed) pages.seal();
        sealed = true;
    }

    void compare(PageHashes other, Visitor visitor) throws IOException {
        seal();
        other.seal();
        PfnTable mine = pages;
        PfnTable theirs = other.pages;
        long left = 0;
        long right = 0;
        while (left < mine.size() || right < theirs.size()) {
            long first = left < mine.size() ? mine.pfnAt(left) : Long.MAX_VALUE;
            long second = right < theirs.size() ? theirs.pfnAt(right) : Long.MAX_VALUE;
            if (first < second) {
                visitor.differ(first, type(mine, left), NONE, mine.word(left, 0) != 0);
                left++;
            } else if (second < first) {
                visitor.differ(second, NONE, type(theirs, right), theirs.word(right, 0) != 0);
                right++;
            } else {
                boolean content =
                        mine.word(left, 0) != theirs.word(right, 0)
                                || mine.word(left, 1) != theirs.word(right, 1);
                if (content || type(mine, left) != type(theirs, right))
                    visitor.differ(first, type(mine, left), type(theirs, right), content);
                left++;
                right++;
            }
        }
    }

    private static int type(PfnTable table, long rank) {
        return new PageEntry(table.entry(rank)).typeCode();
    }

    @Override
    public void close() throws IOException {
        pages.close();
    }
}
