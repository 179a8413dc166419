package org.xenimage.cli.output;

/** A command cannot do what it was asked for; the message says why. */
public final class CommandFailed extends Exception {
    private static final long serialVersionUID = 1L;

    private final Failure.Kind kind;

    /**
     * A command that this image does not allow.
     *
     * @param message for the user, without the program's name
     */
    public CommandFailed(String message) {
        this(Failure.Kind.REFUSED, message);
    }

    /**
     * A failure.
     *
     * @param kind of it
     * @param message for the user, without the program's name
     */
    public CommandFailed(Failure.Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** {@return what is at fault} */
    public Failure.Kind kind() {
        return kind;
    }
}
