package org.xenimage.image.fault;

/** A mandatory record or page type that this release does not know; it must not be ignored. */
public final class UnsupportedRecord extends ImageException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     */
    public UnsupportedRecord(Fault fault) {
        super(fault);
    }

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     * @param cause what led to it
     */
    public UnsupportedRecord(Fault fault, Throwable cause) {
        super(fault, cause);
    }
}
