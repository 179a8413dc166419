package org.xenimage.script.engine;

/** A script failed: it threw, it is invalid, or it exceeded a limit. */
public final class ScriptFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** What kind of failure it is. */
    public enum Kind {
        /** The source is invalid. */
        SYNTAX,
        /** It threw, or asked for something that is not to be had. */
        THROWN,
        /** The host refused what it asked for. */
        REFUSED,
        /** It was interrupted; the context can still be used. */
        INTERRUPTED,
        /** It went beyond a limit and was stopped. */
        LIMIT,
        /** It went beyond a limit and could not be stopped. */
        STUCK
    }

    /** Its kind. */
    private final Kind kind;

    /** From 1, or 0. */
    private final int line;

    /** From 1, or 0. */
    private final int column;

    /** Of a module that the script imports; empty for its own source. */
    private final String module;

    ScriptFailure(Kind kind, String problem, SourcePlace place, Throwable cause) {
        super(problem, cause);
        this.kind = kind;
        this.module = place.module();
        this.line = place.line();
        this.column = place.column();
    }

    ScriptFailure(Kind kind, String problem) {
        super(problem);
        this.kind = kind;
        this.module = "";
        this.line = 0;
        this.column = 0;
    }

    /** {@return its kind} */
    public Kind kind() {
        return kind;
    }

    /** {@return the problem, without the place} */
    public String problem() {
        String message = getMessage();
        return message == null ? "" : message;
    }

    /** {@return the path of the module in which it failed; empty for the script's own source} */
    public String module() {
        return module;
    }

    /** {@return the line of the source, from 1; 0 if it is not known} */
    public int line() {
        return line;
    }

    /** {@return the column, from 1; 0 if it is not known} */
    public int column() {
        return column;
    }
}
