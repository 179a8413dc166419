package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * Which pages of a batch an operation is about: those that meet all of type, PFN range and contents.
 *
 * <p>Immutable; built by narrowing: {@code PageSelection.NORMAL.pfns(0, 0x100).content(Content.NOT_ZERO)}.
 *
 * @param types of the pages
 * @param firstPfn the first PFN of the range
 * @param endPfn the end of the range, exclusive
 * @param content what the pages hold
 */
public record PageSelection(Set<PageType> types, long firstPfn, long endPfn, Content content) {
    /** What a page holds. */
    public enum Content {
        /** Anything, or nothing at all: pages without contents in the record are meant too. */
        ANY,
        /** Contents, all of them 0. */
        ZERO,
        /** Contents, not all of them 0. */
        NOT_ZERO
    }

    /** All normal pages: what a rule is about unless it says otherwise. */
    public static final PageSelection NORMAL =
            new PageSelection(Set.of(PageType.NOTAB), 0, PageBatch.PFN_MASK + 1, Content.ANY);

    /** All entries of a batch. */
    public static final PageSelection ALL =
            new PageSelection(
                    EnumSet.allOf(PageType.class), 0, PageBatch.PFN_MASK + 1, Content.ANY);

    /** Checks the range and copies the types. */
    public PageSelection {
        types = Set.copyOf(types);
        Objects.requireNonNull(content);
        if (firstPfn < 0 || firstPfn > endPfn || endPfn > PageBatch.PFN_MASK + 1) {
            throw new IllegalArgumentException(
                    "pfns: a range within 0 to 0x10000000000000, found 0x"
                            + Long.toHexString(firstPfn)
                            + " to 0x"
                            + Long.toHexString(endPfn));
        }
    }

    /**
     * Other types.
     *
     * @param allowed the types of the pages meant
     * @return this selection with these types
     */
    public PageSelection types(PageType... allowed) {
        return new PageSelection(Set.of(allowed), firstPfn, endPfn, content);
    }

    /**
     * Another PFN range.
     *
     * @param first the first PFN
     * @param end the end of the range, exclusive
     * @return this selection with this range
     * @throws IllegalArgumentException if the end is before the first PFN, or one of them has more than 52 bits
     */
    public PageSelection pfns(long first, long end) {
        return new PageSelection(types, first, end, content);
    }

    /**
     * Other contents.
     *
     * @param held what the pages meant hold
     * @return this selection with these contents
     */
    public PageSelection content(Content held) {
        return new PageSelection(types, firstPfn, endPfn, held);
    }

    /** {@return a bit for each type, by its code} */
    int typeBits() {
        int bits = 0;
        for (PageType type : types) bits |= 1 << type.code();
        return bits;
    }
}
