package org.xenimage.script.isolate;

import java.io.IOException;

/** A policy's process can no longer be used: it ended, was killed, or broke the protocol. */
public final class ChildFailure extends IOException {
    private static final long serialVersionUID = 1L;

    ChildFailure(String problem) {
        super(problem);
    }

    ChildFailure(String problem, Throwable cause) {
        super(problem, cause);
    }
}
