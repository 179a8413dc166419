package org.xenimage.pipeline;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The lines of a file with their places, and whether a newline ended the last of them. */
final class FileLines implements Closeable {
    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long position;
    private boolean ended;

    FileLines(Path file) throws IOException {
        in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    }

    /** Goes to the next line; false if there is none. */
    boolean next() throws IOException {
        line.reset();
        ended = false;
        int b;
        while (!ended && (b = in.read()) >= 0) {
            position++;
            if (b == '\n') ended = true;
            else line.write(b);
        }
        return ended || line.size() > 0;
    }

    String text() {
        return line.toString(StandardCharsets.UTF_8);
    }

    boolean ended() {
        return ended;
    }

    /** {@return bytes from the beginning of the file to the end of this line} */
    long position() {
        return position;
    }

    /** {@return whether nothing follows this line} */
    boolean last() throws IOException {
        in.mark(1);
        boolean none = in.read() < 0;
        in.reset();
        return none;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
