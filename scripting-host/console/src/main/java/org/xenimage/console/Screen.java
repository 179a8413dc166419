package org.xenimage.console;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;

/**
 * What a terminal's user reads: text of any origin, in which no character is left that a terminal would obey.
 *
 * @param out takes lines; an end of a line is one only if it comes from {@link PrintWriter#println()}
 * @param prints takes what code prints, whose line ends are meant; the same place as {@code out}
 */
public record Screen(PrintWriter out, OutputStream prints) {
    /** Makes the screen of a terminal. */
    @FunctionalInterface
    public interface Maker {
        /**
         * Makes a screen.
         *
         * @param terminal takes what is safe to show
         * @return the screen
         */
        Screen over(Writer terminal);
    }
}
