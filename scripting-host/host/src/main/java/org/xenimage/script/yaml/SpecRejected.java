package org.xenimage.script.yaml;

/** A YAML file, or an argument of {@code t.run}, is invalid. */
public final class SpecRejected extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** File, line and column; empty if it is not from a file. */
    private final String place;

    /**
     * Makes a rejection.
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

    /** {@return the problem} */
    public String problem() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
