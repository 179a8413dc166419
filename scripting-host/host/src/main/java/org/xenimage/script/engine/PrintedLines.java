package org.xenimage.script.engine;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** What a script prints, handed on line by line as it comes. On the script's thread. */
public final class PrintedLines extends OutputStream {
    /** In bytes; a longer line is cut into several. */
    private static final int LINE_MAX = 8192;

    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /**
     * Nothing printed yet.
     *
     * @param lines takes each line, without its end
     */
    public PrintedLines(Consumer<String> lines) {
        this.lines = lines;
    }

    @Override
    public void write(int b) {
        if (b == '\n') {
            hand();
            return;
        }
        line.write(b);
        if (line.size() >= LINE_MAX) hand();
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
        for (int i = from; i < from + count; i++) write(bytes[i]);
    }

    private void hand() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        lines.accept(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
    }

    /** Hands on what was printed without the end of its line. */
    public void finish() {
        if (line.size() > 0) hand();
    }
}
