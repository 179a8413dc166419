package org.xenimage.console;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/**
 * The console over one image. Typed in at a terminal, an error ends what was typed; run from a text, it ends the run.
 */
public final class Console {
    private static final int USUAL_WIDTH = 80;

    private final Setup setup;

    /**
     * A console; nothing is opened yet.
     *
     * @param setup what it works with
     */
    public Console(Setup setup) {
        this.setup = setup;
    }

    /**
     * A text that is run from its beginning to its end.
     *
     * @param name for messages: the file
     * @param source code, and commands where a line begins with a colon
     */
    public record CommandFile(String name, String source) {}

    /**
     * Runs texts, one after the other, and prints the value of the last expression.
     *
     * @param files to run
     * @param out takes values and what commands print
     * @param prints takes what code prints; the same place as {@code out}
     * @param notices receives remarks about the image
     * @throws IOException if the image cannot be opened, or a script fails
     */
    public void run(
            List<CommandFile> files, PrintWriter out, OutputStream prints, PrintWriter notices)
            throws IOException {
        try (Session session = Session.open(setup, out, prints, false, USUAL_WIDTH)) {
            session.image()
                    .fault()
                    .ifPresent(fault ->
                            notices.println(
                                    "xenimage: image is truncated; opened the readable part: "
                                            + fault.message()));
            if (session.image().unfinishedRound())
                notices.println("xenimage: " + ConsoleOverview.UNFINISHED);
            for (CommandFile file : files) run(session, file, out);
            if (session.unwritten())
                notices.println(
                        "xenimage: the edits were not written; use :commit OUT to write them");
        }
    }

    private static void run(Session session, CommandFile file, PrintWriter out) throws IOException {
        Optional<String> value = Optional.empty();
        for (Pieces.Piece piece : Pieces.of(file.source())) {
            if (session.ended()) return;
            switch (piece) {
                case Pieces.Code(String code) -> {
                    out.flush();
                    value = session.evaluate(file.name(), code);
                }
                case Pieces.Order(String order) -> {
                    value = Optional.empty();
                    try {
                        session.command(PromptLine.words(order));
                    } catch (CommandMisused e) {
                        throw new IOException(
                                file.name() + ": :" + order + ": " + e.getMessage(), e);
                    }
                }
            }
        }
        value.ifPresent(text -> text.lines().forEach(out::println));
        out.flush();
    }

    /**
     * Runs at a terminal until its user ends it.
     *
     * @throws IOException if the image cannot be opened, or the terminal fails
     */
    public void converse() throws IOException {
        new Conversation(setup).run();
    }
}
