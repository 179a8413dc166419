package org.xenimage.image.fault;

/** Bytes that no version of the format allows: a bad magic, an impossible length or field, a broken order. */
public final class CorruptImage extends ImageException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     */
    public CorruptImage(Fault fault) {
        super(fault);
    }

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     * @param cause what led to it
     */
    public CorruptImage(Fault fault, Throwable cause) {
        super(fault, cause);
    }
}
