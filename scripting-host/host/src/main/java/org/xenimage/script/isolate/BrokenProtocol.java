package org.xenimage.script.isolate;

import java.io.IOException;

/** The other side sent something that is not a valid message at this point. */
public final class BrokenProtocol extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes a failure.
     *
     * @param problem as in a message
     */
    public BrokenProtocol(String problem) {
        super(problem);
    }

    /**
     * Makes a failure with a cause.
     *
     * @param problem as in a message
     * @param cause the exception that detected it
     */
    public BrokenProtocol(String problem, Throwable cause) {
        super(problem, cause);
    }
}
