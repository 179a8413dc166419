package org.xenimage.image.section;

/** Which sections of sites the images of a format can hold. */
public enum SectionRoom {
    /** None. */
    NONE,
    /**
     * Any, but the mandatory ones are named before the pages: a rewrite that reads its image forwards can neither add
     * nor drop one.
     */
    MANDATORY_FIRST,
    /** Any. */
    ANY
}
