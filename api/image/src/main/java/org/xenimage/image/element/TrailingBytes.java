package org.xenimage.image.element;

import org.xenimage.image.io.ByteRun;

import java.io.IOException;

/**
 * Bytes after the end of the stream, as they came: the sender's go-ahead in a recorded {@code xl migrate}, or bytes
 * that do not belong to the image. Several may follow one another.
 *
 * @param offset in the source
 * @param bytes verbatim
 */
public record TrailingBytes(long offset, ByteRun bytes) implements ImageElement {
    @Override
    public TrailingBytes detach() throws IOException {
        return new TrailingBytes(offset, bytes.detach());
    }

    @Override
    public String label() {
        return "bytes after the stream";
    }
}
