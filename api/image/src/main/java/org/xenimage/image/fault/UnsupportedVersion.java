package org.xenimage.image.fault;

/** A format version older or newer than this release reads; the fault's remedy says which. */
public final class UnsupportedVersion extends ImageException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     */
    public UnsupportedVersion(Fault fault) {
        super(fault);
    }

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     * @param cause what led to it
     */
    public UnsupportedVersion(Fault fault, Throwable cause) {
        super(fault, cause);
    }
}
