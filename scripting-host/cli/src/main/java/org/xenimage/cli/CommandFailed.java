package org.xenimage.cli;

/** A command ends with exit status 1; what there is to say is said, or stands in the message. */
public final class CommandFailed extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * A failure.
     *
     * @param message for the user, without the program's name
     */
    public CommandFailed(String message) {
        super(message);
    }
}
