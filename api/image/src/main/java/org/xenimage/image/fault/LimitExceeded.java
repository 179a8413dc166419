package org.xenimage.image.fault;

/** A length or count above the bound that is checked before anything is allocated. */
public final class LimitExceeded extends ImageException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     */
    public LimitExceeded(Fault fault) {
        super(fault);
    }

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     * @param cause what led to it
     */
    public LimitExceeded(Fault fault, Throwable cause) {
        super(fault, cause);
    }
}
