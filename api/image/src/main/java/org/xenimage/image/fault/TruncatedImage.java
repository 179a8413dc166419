package org.xenimage.image.fault;

/** The source ended inside an element, or before the element that ends the image. */
public final class TruncatedImage extends ImageException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     */
    public TruncatedImage(Fault fault) {
        super(fault);
    }

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     * @param cause what led to it
     */
    public TruncatedImage(Fault fault, Throwable cause) {
        super(fault, cause);
    }

    /**
     * An element that the source ends within.
     *
     * @param place source, offset and element
     * @param length of the element in bytes
     * @param found how many of them are there
     * @return the failure, with what to do
     */
    public static TruncatedImage within(Fault place, long length, long found) {
        return new TruncatedImage(
                place.problem("is truncated")
                        .expected(length + " bytes")
                        .found(found + " before the end of the source")
                        .remedy(REMEDY));
    }

    /** What to do about a source that ended too early. */
    public static final String REMEDY =
            "the sender or the disk stopped early; save the domain again, or recover the intact parts "
                    + "with xenimage salvage";
}
