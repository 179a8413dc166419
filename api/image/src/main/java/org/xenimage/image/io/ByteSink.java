package org.xenimage.image.io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * Bytes written forwards, once, to a file or a pipe.
 *
 * <p>Nothing is held back: when a method returns, the bytes are with the operating system, so that a live migration's
 * receiver sees each element as soon as its sender sent it. Not safe for use by several threads.
 */
public interface ByteSink extends Closeable {
    /** {@return the name for messages, as the user gave it} */
    String name();

    /** {@return the bytes written so far} */
    long position();

    /**
     * Writes all bytes of the segments, in order, in as few calls of the operating system as it takes.
     *
     * @param segments the bytes; native memory avoids a copy
     * @throws IOException if the operating system refuses
     */
    void write(MemorySegment... segments) throws IOException;

    /**
     * The new file behind this sink, for a format whose bytes are not written in order.
     *
     * <p>Whoever takes it writes to it by position and no longer to the sink.
     *
     * @return the file, open for reading and writing; empty if the sink is a pipe or is written forwards only
     */
    default Optional<FileChannel> file() {
        return Optional.empty();
    }
}
