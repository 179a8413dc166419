package org.xenimage.script.isolate;

import java.io.IOException;

/** What came from the other side is not a message that may come now. */
public final class BrokenProtocol extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * What was wrong.
     *
     * @param problem as in a message
     */
    public BrokenProtocol(String problem) {
        super(problem);
    }

    /**
     * What was wrong, and what found it.
     *
     * @param problem as in a message
     * @param cause that found it
     */
    public BrokenProtocol(String problem, Throwable cause) {
        super(problem, cause);
    }
}
