package org.xenimage.image.element;

/**
 * An entry of a PAGE_DATA record (libxc-migration-stream, section PAGE_DATA).
 *
 * <pre>
 *   bits 63-60  page type
 *   bits 59-52  reserved
 *   bits 51-0   PFN
 * </pre>
 *
 * <p>It gives the bits of a word their names; where millions of them are kept, the words are kept.
 *
 * @param word as on the wire
 */
public record PageEntry(long word) {
    private static final int TYPE_SHIFT = 60;

    /**
     * Makes an entry, its reserved bits zero.
     *
     * @param type of the page
     * @param pfn 52 bits
     * @return the entry
     */
    public static PageEntry of(PageType type, long pfn) {
        return new PageEntry(((long) type.code() << TYPE_SHIFT) | (pfn & PageBatch.PFN_MASK));
    }

    /** {@return the PFN} */
    public long pfn() {
        return word & PageBatch.PFN_MASK;
    }

    /** {@return bits 63-60: the type, as a number} */
    public int typeCode() {
        return (int) (word >>> TYPE_SHIFT);
    }

    /** {@return the type of the page} */
    public PageType type() {
        return PageType.of(word);
    }

    /** {@return whether the record holds the contents of the page} */
    public boolean hasData() {
        return PageType.hasData(typeCode());
    }

    /** {@return the reserved bits, in their place} */
    public long reserved() {
        return word & PageBatch.RESERVED_MASK;
    }
}
