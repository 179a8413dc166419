package org.xenimage.console;

/** A command cannot be understood. */
final class CommandMisused extends Exception {
    private static final long serialVersionUID = 1L;

    CommandMisused(String message) {
        super(message);
    }
}
