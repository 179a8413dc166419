package org.xenimage.image.fault;

/** A file of a known kind that no codec here reads, such as a compressed one; the fault's remedy says what to do. */
public final class UnsupportedFormat extends ImageException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     */
    public UnsupportedFormat(Fault fault) {
        super(fault);
    }
}
