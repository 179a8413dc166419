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
}
