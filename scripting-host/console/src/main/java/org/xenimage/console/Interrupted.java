package org.xenimage.console;

import java.io.IOException;

/** A command was interrupted by Ctrl-C. */
final class Interrupted extends IOException {
    private static final long serialVersionUID = 1L;

    Interrupted() {
        super("interrupted");
    }
}
