package org.xenimage.console;

import java.io.IOException;
import java.io.Writer;
import java.util.Optional;

/**
 * Makes the escape sequences of a terminal out of the marks that {@link Style#on} puts around a text.
 *
 * <p>The screen in front of it escapes everything but these marks, which are private use characters
 * that no terminal obeys. So the only escape sequences that reach the terminal are made here,
 * whatever an image contains.
 */
final class StyledWriter extends Writer {
    private final Writer terminal;
    private final StringBuilder text = new StringBuilder();
    private Optional<Style> style = Optional.empty();

    StyledWriter(Writer terminal) {
        this.terminal = terminal;
    }

    @Override
    public void write(char[] characters, int from, int count) throws IOException {
        for (int i = from; i < from + count; i++) {
            char c = characters[i];
            Optional<Style> begun = Style.begunBy(c);
            if (begun.isPresent() || c == Style.END || c == '\n') passOn();
            if (begun.isPresent()) style = begun;
            else if (c != Style.END) text.append(c);
        }
    }

    private void passOn() throws IOException {
        String plain = text.toString();
        terminal.write(style.isPresent() ? style.get().ansi(plain) : plain);
        text.setLength(0);
        style = Optional.empty();
    }

    @Override
    public void flush() throws IOException {
        passOn();
        terminal.flush();
    }

    @Override
    public void close() throws IOException {
        flush();
        terminal.close();
    }
}
