package org.xenimage.sample;

import org.xenimage.image.element.PageType;

/**
 * A run of PFNs that serve one purpose.
 *
 * @param first PFN
 * @param count of PFNs
 * @param type of every one of them
 * @param writable whether the kernel may map them for writing: page tables and descriptor tables of
 *     a PV guest must not be
 * @param contents makes the pages, if the type has contents
 */
record Extent(long first, long count, PageType type, boolean writable, PageContents contents) {
    /** {@return the PFN after the last one} */
    long end() {
        return first + count;
    }

    boolean contains(long pfn) {
        return pfn >= first && pfn < end();
    }

    /** {@return the PFN at some place} */
    long pfn(long index) {
        if (index < 0 || index >= count) throw new IndexOutOfBoundsException(Long.toString(index));
        return first + index;
    }
}
