package org.xenimage.script.jsr223;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** What a script prints, from UTF-8 to whatever writer the present {@code ScriptContext} has. */
final class WriterStream extends OutputStream {
    private static final int CAPACITY = 8192;

    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final ByteBuffer pending = ByteBuffer.allocate(CAPACITY);
    private final CharBuffer characters = CharBuffer.allocate(CAPACITY);
    private Writer writer = Writer.nullWriter();

    /** Changes the writer; what was printed before has gone to the one before. */
    synchronized void to(Writer next) {
        writer = next;
    }

    @Override
    public synchronized void write(int value) throws IOException {
        if (!pending.hasRemaining()) decode();
        pending.put((byte) value);
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int count) throws IOException {
        int at = from;
        int end = from + count;
        while (at < end) {
            if (!pending.hasRemaining()) decode();
            int step = Math.min(pending.remaining(), end - at);
            pending.put(bytes, at, step);
            at += step;
        }
    }

    /** The beginning of a character stays until its rest has come. */
    private void decode() throws IOException {
        pending.flip();
        decoder.decode(pending, characters, false);
        pending.compact();
        characters.flip();
        writer.append(characters);
        characters.clear();
    }

    @Override
    public synchronized void flush() throws IOException {
        decode();
        writer.flush();
    }
}
