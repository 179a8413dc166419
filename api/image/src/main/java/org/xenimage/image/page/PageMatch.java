package org.xenimage.image.page;

/**
 * Where an occurrence of a pattern begins.
 *
 * @param pfn of the page
 * @param offset of the first byte in the page, 0 to 4,095
 * @param dataIndex of the page among those of its batch that have contents
 */
public record PageMatch(long pfn, int offset, int dataIndex) {
    /** {@return such as {@code PFN 0x27dd+0xff8}} */
    @Override
    public String toString() {
        return "PFN 0x" + Long.toHexString(pfn) + "+0x" + Integer.toHexString(offset);
    }
}
