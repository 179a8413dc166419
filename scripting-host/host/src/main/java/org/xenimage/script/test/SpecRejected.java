package org.xenimage.script.test;

/** A case, or what {@code t.run} was asked for, that is not in order. */
final class SpecRejected extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** File, line and column; empty if it is not from a file. */
    private final String place;

    SpecRejected(String place, String problem) {
        super(problem);
        this.place = place;
    }

    String place() {
        return place;
    }

    String problem() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
