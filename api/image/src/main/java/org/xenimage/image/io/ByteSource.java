package org.xenimage.image.io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Bytes read forwards, once, from a file or a pipe.
 *
 * <p>Positions and lengths count bytes. No method reads more from the operating system than it was asked for. Not
 * safe for use by several threads; close it to release the file.
 */
public interface ByteSource extends Closeable {
    /** {@return the name for messages, as the user gave it} */
    String name();

    /** {@return the bytes consumed so far} */
    long position();

    /** {@return the bytes in all, where they are known in advance, as for a file} */
    OptionalLong size();

    /**
     * Reads until the segment is full or the source ends.
     *
     * @param into takes the bytes; native memory avoids a copy
     * @return the bytes read: less than the segment's size only at the end of the source
     * @throws IOException if the operating system refuses
     */
    long read(MemorySegment into) throws IOException;

    /**
     * Reads the available bytes; waits only if there are none.
     *
     * @param into takes the bytes
     * @return the bytes read, at least one; 0 at the end of the source
     * @throws IOException if the operating system refuses
     */
    long readSome(MemorySegment into) throws IOException;

    /**
     * Skips bytes. A file does not read them.
     *
     * @param bytes how many
     * @return the bytes skipped: less than asked only at the end of the source
     * @throws IOException if the operating system refuses
     */
    long skip(long bytes) throws IOException;

    /**
     * Moves bytes to a sink, by the kernel alone where both ends allow it.
     *
     * @param bytes how many
     * @param sink takes them
     * @return the bytes moved: less than asked only at the end of the source
     * @throws IOException if the operating system refuses
     */
    long moveTo(ByteSink sink, long bytes) throws IOException;

    /**
     * Shows the first bytes of the source without consuming them. Only before anything was consumed.
     *
     * @param bytes how many, at most {@link #PEEK_MAX}
     * @return the bytes, fewer if the source is shorter
     * @throws IOException if the operating system refuses
     */
    MemorySegment peek(int bytes) throws IOException;

    /**
     * The file behind this source, for a format that is not read sequentially.
     *
     * <p>A caller that takes it reads by position, and no longer from the source.
     *
     * @return the file; empty if the source is a pipe or is read forwards only
     */
    default Optional<FileChannel> file() {
        return Optional.empty();
    }

    /**
     * The same bytes, to be read in any order.
     *
     * @return the bytes, valid while this source is open; empty if it can only be read forwards
     * @throws IOException if they cannot be read
     */
    default Optional<RandomAccessBytes> byPosition() throws IOException {
        return file().map(RandomAccessBytes::of);
    }

    /**
     * This source for a reader that closes what it reads, while the source is to stay open: a sender
     * sends more after its image.
     *
     * @return the same source except for its {@link #close}, which does nothing
     */
    default ByteSource leftOpen() {
        return new LeftOpenSource(this);
    }

    /** The longest peek: what the recognition of any format needs. */
    int PEEK_MAX = 4096;
}
