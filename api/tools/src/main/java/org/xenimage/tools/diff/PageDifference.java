package org.xenimage.tools.diff;

import org.xenimage.image.element.PageType;

import java.util.Optional;

/**
 * Pages one after the other that differ in the same way.
 *
 * @param kind in which way
 * @param first PFN
 * @param last PFN, inclusive
 * @param before the type in the first image, if it mentions the pages
 * @param after the type in the second image, if it mentions the pages
 */
public record PageDifference(
        Kind kind, long first, long last, Optional<PageType> before, Optional<PageType> after) {
    /** The ways in which a page differs. */
    public enum Kind {
        /** Both images have a content, and the contents differ. */
        CONTENT,
        /** The contents are equal, or both images have none; the types differ. */
        TYPE,
        /** Only the first image has a content. */
        ONLY_FIRST,
        /** Only the second image has a content. */
        ONLY_SECOND,
        /** Neither image has a content, and only one of them mentions the page. */
        MENTION
    }

    /** {@return how many pages} */
    public long count() {
        return last - first + 1;
    }
}
