package org.xenimage.sample;

import java.lang.foreign.MemorySegment;

/** Makes the pages of one extent, each at any time and in any order. */
@FunctionalInterface
interface PageContents {
    /** Pages of zeros. */
    PageContents ZERO = (page, _) -> {};

    /**
     * Fills a page.
     *
     * @param page 4,096 bytes, all zero
     * @param index of the page in its extent
     */
    void fill(MemorySegment page, long index);
}
