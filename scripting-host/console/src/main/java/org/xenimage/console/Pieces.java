package org.xenimage.console;

import java.util.ArrayList;
import java.util.List;

/**
 * Code that was not typed in, cut where a line begins with a colon: such a line is a command. The
 * pieces of code between them keep their line numbers, by blank lines before them.
 */
final class Pieces {
    /** A piece. */
    sealed interface Piece {}

    /** Code that is run as a whole. */
    record Code(String text) implements Piece {}

    /** A command, without its colon. */
    record Order(String text) implements Piece {}

    private Pieces() {}

    static List<Piece> of(String source) {
        List<Piece> pieces = new ArrayList<>();
        var code = new StringBuilder();
        int line = 0;
        boolean blank = true;
        for (String text : source.split("\n", -1)) {
            if (text.startsWith(":")) {
                if (!blank) pieces.add(new Code(code.toString()));
                pieces.add(new Order(text.substring(1)));
                code.setLength(0);
                code.append("\n".repeat(line + 1));
                blank = true;
            } else {
                code.append(text).append('\n');
                blank &= text.isBlank();
            }
            line++;
        }
        if (!blank) pieces.add(new Code(code.toString()));
        return pieces;
    }
}
