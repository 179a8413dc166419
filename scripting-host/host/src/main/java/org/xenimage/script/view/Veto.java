package org.xenimage.script.view;

/** A policy refuses the run. */
public final class Veto extends Exception {
    private static final long serialVersionUID = 1L;

    Veto(String reason) {
        super(reason, null, false, false);
    }

    /** {@return why} */
    public String reason() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
