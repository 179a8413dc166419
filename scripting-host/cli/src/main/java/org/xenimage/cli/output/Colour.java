package org.xenimage.cli.output;

/** The colour of a line on a terminal, with its escape code. */
public enum Colour {
    /** Removed lines, and failures. */
    RED(31),
    /** Added lines. */
    GREEN(32),
    /** Changed values. */
    YELLOW(33),
    /** Headings of the lines below. */
    CYAN(36),
    /** Less important lines. */
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
     * Whether a descriptor of this process is a terminal with colours, and the user has not disabled them.
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
