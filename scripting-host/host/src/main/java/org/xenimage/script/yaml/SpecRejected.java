package org.xenimage.script.yaml;

/** A file of YAML, or what {@code t.run} was asked for, that is not in order. */
public final class SpecRejected extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** File, line and column; empty if it is not from a file. */
    private final String place;

    /**
     * Something that is not in order.
     *
     * @param place file, line and column; empty if it is not from a file
     * @param problem in words
     */
    public SpecRejected(String place, String problem) {
        super(problem);
        this.place = place;
    }

    /** {@return file, line and column; empty if it is not from a file} */
    public String place() {
        return place;
    }

    /** {@return what is not in order} */
    public String problem() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
