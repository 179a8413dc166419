package org.xenimage.script.header;

/** Text that is not the expected literal. */
public final class LiteralRejected extends Exception {
    private static final long serialVersionUID = 1L;

    /** From 1. */
    private final int line;

    /** From 1. */
    private final int column;

    /**
     * Makes the failure.
     *
     * @param line from 1
     * @param column from 1
     * @param message the problem, without the place
     */
    public LiteralRejected(int line, int column, String message) {
        super(message, null, false, false);
        this.line = line;
        this.column = column;
    }

    /** {@return the line, from 1} */
    public int line() {
        return line;
    }

    /** {@return the column, from 1} */
    public int column() {
        return column;
    }

    /** {@return the problem, without the place} */
    public String problem() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
