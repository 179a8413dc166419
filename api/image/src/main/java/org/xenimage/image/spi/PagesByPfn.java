package org.xenimage.image.spi;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.ImageException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The pages of an image that has an index of them: each is found without reading the others. Not
 * safe for use by several threads; good until its reader is closed.
 */
public interface PagesByPfn {
    /**
     * Reads a page.
     *
     * @param pfn of it
     * @param into takes its {@link PageBatch#PAGE_SIZE} bytes, if there is such a page
     * @return whether the image has contents of it
     * @throws IOException an {@link ImageException} if the image is damaged there
     */
    boolean read(long pfn, MemorySegment into) throws IOException;
}
