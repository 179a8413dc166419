package org.xenimage.cli.rewrite;

import org.xenimage.cli.output.Colour;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.script.explain.ChangeLine;
import org.xenimage.script.explain.EditDiff;

import java.io.PrintWriter;
import java.util.Optional;

/** Prints differences, in colours if the output supports them. For one thread. */
public final class DiffPrinter {
    private final PrintWriter to;
    private final boolean coloured;

    /**
     * A printer.
     *
     * @param to takes the lines
     * @param coloured whether lines have colours, if the output can have them
     */
    public DiffPrinter(PrintWriter to, boolean coloured) {
        this.to = to;
        this.coloured = coloured;
    }

    /**
     * Prints a difference.
     *
     * @param diff its lines are bounded
     */
    public void print(EditDiff diff) {
        for (ChangeLine line : diff.lines()) {
            Optional<Colour> colour = coloured ? colour(line.kind()) : Optional.empty();
            if (colour.isPresent() && to instanceof TextOutput text)
                text.println(colour.get(), line.text());
            else to.println(line.text());
        }
    }

    private static Optional<Colour> colour(ChangeLine.Kind kind) {
        return switch (kind) {
            case HEADING -> Optional.of(Colour.CYAN);
            case REMOVED -> Optional.of(Colour.RED);
            case ADDED -> Optional.of(Colour.GREEN);
            case CHANGED -> Optional.of(Colour.YELLOW);
            case MORE -> Optional.of(Colour.FAINT);
            case CONTEXT -> Optional.empty();
        };
    }
}
