package org.xenimage.image.fault;

/** An image is encrypted and no key was given, or none that fits. */
public final class KeyRefused extends ImageException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     */
    public KeyRefused(Fault fault) {
        super(fault);
    }

    /**
     * Makes the failure.
     *
     * @param fault where it is and what to do
     * @param cause what led to it
     */
    public KeyRefused(Fault fault, Throwable cause) {
        super(fault, cause);
    }
}
