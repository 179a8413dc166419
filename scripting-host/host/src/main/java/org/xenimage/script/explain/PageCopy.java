package org.xenimage.script.explain;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Copies batches, because pages are edited in place. Each copy reuses the memory of the previous one. */
public final class PageCopy {
    private MemorySegment memory = MemorySegment.NULL;

    /** Makes a copier without a copy. */
    public PageCopy() {}

    /**
     * Copies a batch.
     *
     * @param batch to copy
     * @return another batch with the same contents, valid until the next copy
     * @throws IOException if the batch cannot be read
     */
    public PageBatch of(PageBatch batch) throws IOException {
        MemorySegment all = batch.bytes().all();
        if (memory.byteSize() < all.byteSize())
            memory = Arena.ofAuto().allocate(all.byteSize(), Long.BYTES);
        MemorySegment copy = memory.asSlice(0, all.byteSize());
        copy.copyFrom(all);
        return new PageBatch(
                batch.label(), batch.offset(), batch.bodyLength(), batch.order(), ByteRun.of(copy));
    }
}
