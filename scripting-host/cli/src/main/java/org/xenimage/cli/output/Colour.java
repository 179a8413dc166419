package org.xenimage.cli.output;

/** A colour of a line on a terminal, and the code that begins it. */
public enum Colour {
    /** What is removed, and what fails. */
    RED(31),
    /** What is added. */
    GREEN(32),
    /** What is changed. */
    YELLOW(33),
    /** Where the lines below are from. */
    CYAN(36),
    /** What matters less. */
    FAINT(2);

    private final int code;

    Colour(int code) {
        this.code = code;
    }

    /** The escape sequence, which only {@link TextOutput} writes. */
    String begin() {
        return "\033[" + code + "m";
    }

    /**
     * Whether a descriptor of this process is a terminal that shows colours to somebody who wants them.
     *
     * @param descriptor 1 or 2
     * @return false if {@code NO_COLOR} is set, or for a dumb terminal
     */
    static boolean wanted(int descriptor) {
        return System.getenv().getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(System.getenv("TERM"))
                && ProgressLine.isTerminal(descriptor);
    }
}
