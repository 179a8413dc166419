package org.xenimage.image.fault;

/** A policy threw, ran out of its limits, or could not be loaded. */
public final class PolicyFailed extends ImageException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     */
    public PolicyFailed(Fault fault) {
        super(fault);
    }

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     * @param cause what led to it
     */
    public PolicyFailed(Fault fault, Throwable cause) {
        super(fault, cause);
    }

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     * @param code the lines of the policy around it, each after a line feed; empty if they are not known
     * @param cause what led to it
     */
    public PolicyFailed(Fault fault, String code, Throwable cause) {
        super(fault, code, cause);
    }
}
