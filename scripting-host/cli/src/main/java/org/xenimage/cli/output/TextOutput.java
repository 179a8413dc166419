package org.xenimage.cli.output;

import org.xenimage.image.fault.ControlCharacters;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Standard output or standard error as text: the one writer that everything a person or a JSON reader sees goes
 * through.
 *
 * <p>Names, configs, metadata, warnings and file names are hostile input: an escape sequence in one
 * of them would move the cursor, a line end would forge a message, a bidirectional control would
 * show another name. So this writer passes on no control, format or line-separating character but
 * the line ends of {@link #println()}: each is written as {@code \u001b}, which is at the same time
 * how JSON escapes it within a string. Callers that print several lines use {@link #lines}.
 *
 * <p>Written in UTF-8. Like any {@link PrintWriter} it throws nothing; {@link #failure()} returns
 * the first error.
 */
public final class TextOutput extends PrintWriter {
    /** How much of a line is remembered. */
    private static final int LINE_KEPT = 1 << 12;

    private static final String ERASE_LINE = "\r\033[K";
    private static final String RESET = "\033[0m";

    private final Recording recording;
    private final boolean flushing;
    private final StringBuilder line = new StringBuilder();
    private String last = "";

    private TextOutput(Recording recording, boolean flushing) {
        super(recording);
        this.recording = recording;
        this.flushing = flushing;
    }

    /**
     * Text over a stream.
     *
     * @param stream standard output or standard error
     * @param flushing whether each line is seen at once
     * @return the text output
     */
    public static TextOutput over(OutputStream stream, boolean flushing) {
        return new TextOutput(
                new Recording(new OutputStreamWriter(stream, StandardCharsets.UTF_8)), flushing);
    }

    /**
     * Text over a writer, such as a terminal's.
     *
     * @param writer takes what is safe to show
     * @param flushing whether each line is seen at once
     * @return the text output
     */
    public static TextOutput over(Writer writer, boolean flushing) {
        return new TextOutput(new Recording(writer), flushing);
    }

    /** Remembers why the stream could not be written. */
    private static final class Recording extends Writer {
        private final Writer out;
        private Optional<IOException> failure = Optional.empty();

        Recording(Writer out) {
            this.out = out;
        }

        @Override
        public void write(char[] text, int from, int count) throws IOException {
            run(() -> out.write(text, from, count));
        }

        @Override
        public void flush() throws IOException {
            run(out::flush);
        }

        @Override
        public void close() throws IOException {
            run(out::close);
        }

        private void run(Step step) throws IOException {
            try {
                step.run();
            } catch (IOException e) {
                if (failure.isEmpty()) failure = Optional.of(e);
                throw e;
            }
        }

        private interface Step {
            void run() throws IOException;
        }
    }

    /** {@return the last line that was printed; empty if none was} */
    public String last() {
        return last;
    }

    /** {@return why something that was printed is lost; empty if nothing is} */
    public Optional<IOException> failure() {
        return recording.failure;
    }

    @Override
    public void write(int character) {
        write(String.valueOf((char) character), 0, 1);
    }

    @Override
    public void write(char[] text, int from, int count) {
        write(new String(text, from, count), 0, count);
    }

    @Override
    public void write(String text, int from, int count) {
        String escaped = escape(text.substring(from, from + count));
        if (line.length() < LINE_KEPT) line.append(escaped);
        super.write(escaped, 0, escaped.length());
    }

    @Override
    public void println() {
        last = line.toString();
        line.setLength(0);
        super.write("\n", 0, 1);
        if (flushing) flush();
    }

    /**
     * Prints a line in a colour; only for a terminal that shows colours.
     *
     * @param colour of the line
     * @param text to print, escaped as any other
     */
    public void println(Colour colour, String text) {
        String begin = colour.begin();
        super.write(begin, 0, begin.length());
        print(text);
        super.write(RESET, 0, RESET.length());
        println();
    }

    /**
     * Prints text of the program itself that has several lines, such as a help text.
     *
     * @param text whose line ends are meant; what else would be escaped still is
     */
    public void lines(String text) {
        text.lines().forEach(this::println);
    }

    /**
     * A writer for those that end lines themselves, such as a log: its line feeds are meant, all else is escaped.
     *
     * @return a view of this
     */
    public Writer byLine() {
        return new Lines();
    }

    private final class Lines extends Writer {
        @Override
        public void write(char[] text, int from, int count) {
            int start = from;
            for (int at = from; at < from + count; at++) {
                if (text[at] != '\n') continue;
                TextOutput.this.write(text, start, at - start);
                println();
                start = at + 1;
            }
            TextOutput.this.write(text, start, from + count - start);
        }

        @Override
        public void flush() throws IOException {
            TextOutput.this.flush();
            if (failure().isPresent()) throw failure().get();
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }

    /**
     * A stream for those that print bytes, such as a script: as {@link #byLine()}, of UTF-8.
     *
     * @return a view of this
     */
    public OutputStream bytes() {
        return new Bytes();
    }

    private final class Bytes extends OutputStream {
        private final ByteArrayOutputStream part = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            if (b == '\n') {
                text();
                println();
            } else part.write(b);
        }

        @Override
        public void flush() {
            text();
            TextOutput.this.flush();
        }

        private void text() {
            if (part.size() == 0) return;
            print(part.toString(StandardCharsets.UTF_8));
            part.reset();
        }

        @Override
        public void close() {
            flush();
        }
    }

    /**
     * Draws a line that the next call replaces; for a terminal only.
     *
     * @param text to show; empty to remove the line
     */
    public void redraw(String text) {
        super.write(ERASE_LINE, 0, ERASE_LINE.length());
        write(text, 0, text.length());
        flush();
    }

    /**
     * Text as this writer prints it.
     *
     * @param text of any origin
     * @return the same with every character escaped that a terminal or a reader of lines would obey
     */
    public static String escape(String text) {
        return ControlCharacters.escapeButTabs(text);
    }
}
