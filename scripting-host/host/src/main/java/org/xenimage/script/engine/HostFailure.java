package org.xenimage.script.engine;

import java.util.Objects;

/**
 * Something of the host failed while a script had called it: the image cannot be read, the policy vetoed, the host has
 * a bug. A script that catches it gains nothing: it is thrown again after the hook.
 */
public final class HostFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    HostFailure(Throwable cause) {
        super(cause.getMessage(), cause);
    }

    /** {@return what failed} */
    public Throwable failure() {
        return Objects.requireNonNull(getCause());
    }
}
