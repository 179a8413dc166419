package org.xenimage.console;

import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.script.ScriptSession;
import org.xenimage.tools.index.ImageIndex;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One image, its code and its commands, whoever types them. For one thread, except for
 * {@link #interrupt}.
 */
final class Session implements Closeable {
    private final Setup setup;
    private final ImageIndex image;
    private final ScriptSession code;
    private final PrintWriter out;
    private final Map<String, PromptCommand> commands = new TreeMap<>();
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private final boolean colours;
    private final int width;
    private volatile boolean evaluating;
    private boolean quit;
    private boolean written = true;
    private final boolean unicode;
    private int inputs;

    private Session(
            Setup setup,
            ImageIndex image,
            ScriptSession code,
            PrintWriter out,
            boolean colours,
            int width) {
        this.setup = setup;
        this.image = image;
        this.code = code;
        this.out = out;
        this.colours = colours;
        this.width = width;
        this.unicode = setup.unicode();
        for (PromptCommand command : CommandTable.all()) commands.put(command.name(), command);
    }

    /** Opens the image; the engine starts meanwhile. */
    static Session open(
            Setup setup, PrintWriter out, OutputStream prints, boolean colours, int width)
            throws IOException {
        ImageIndex image = ImageIndex.open(setup.images(), source(setup), setup.reading());
        try {
            ScriptSession code = ScriptSession.open(setup.code(), setup.language(), image, prints);
            return new Session(setup, image, code, out, colours, width);
        } catch (IOException | RuntimeException e) {
            image.close();
            throw e;
        }
    }

    private static ByteSource source(Setup setup) throws IOException {
        setup.files().reading(setup.image());
        return ChannelSource.open(setup.image());
    }

    Setup setup() {
        return setup;
    }

    ImageIndex image() {
        return image;
    }

    ScriptSession code() {
        return code;
    }

    PrintWriter out() {
        return out;
    }

    Map<String, PromptCommand> commands() {
        return commands;
    }

    int width() {
        return width;
    }

    boolean colours() {
        return colours;
    }

    String styled(Style style, String text) {
        return style.on(text, colours);
    }

    /** A fresh skip the image's file, its edits not in it. */
    ImageReader reader() throws IOException {
        return setup.images().open(source(setup), setup.reading());
    }

    /** What the provenance of an image that is committed says. */
    Statement.Draft statement() {
        return new Statement.Draft("commit", List.of(), "", "", setup.run().operator());
    }

    /** Runs a command. */
    void command(List<String> words) throws IOException, CommandMisused {
        if (words.isEmpty()) throw new CommandMisused("a command is missing; :help lists them");
        PromptCommand command = commands.get(words.getFirst().toLowerCase(Locale.ROOT));
        if (command == null)
            throw new CommandMisused(
                    "there is no command " + words.getFirst() + "; :help lists them");
        interrupted.set(false);
        command.run(this, words.subList(1, words.size()));
    }

    /** Runs a piece of code. */
    Optional<String> evaluate(String name, String text) throws IOException {
        interrupted.set(false);
        evaluating = true;
        try {
            int steps = code.edits().steps().size();
            Optional<String> value = code.evaluate(name, text);
            written &= code.edits().steps().size() == steps;
            return value;
        } finally {
            evaluating = false;
        }
    }

    /** A name for the next piece that is typed. */
    String nextName() {
        return "input " + ++inputs;
    }

    /** Stops what runs: from another thread. */
    void interrupt() {
        interrupted.set(true);
        if (evaluating) code.interrupt();
    }

    boolean wasInterrupted() {
        return interrupted.get();
    }

    /** Ends a command that was interrupted. */
    void pulse() throws Interrupted {
        if (interrupted.get()) throw new Interrupted();
    }

    /** Notes whether all edits are in a file. */
    void written(boolean are) {
        written = are;
    }

    boolean unwritten() {
        return !written && !code.edits().steps().isEmpty();
    }

    void quit() {
        quit = true;
    }

    /** Takes a quit back. */
    void stay() {
        quit = false;
    }

    /** Whether only the plainest characters are to be used. */
    boolean plain() {
        return !unicode;
    }

    boolean ended() {
        return quit;
    }

    @Override
    public void close() throws IOException {
        code.close();
        image.close();
    }
}
