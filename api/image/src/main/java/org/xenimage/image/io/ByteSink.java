package org.xenimage.image.io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * Bytes written forwards, once, to a file or a pipe.
 *
 * <p>A pipe or socket holds nothing back: when a method returns, the bytes are with the operating
 * system, so that a live migration's receiver sees each element as soon as its sender sent it. Not
 * safe for use by several threads.
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
     * Writes bytes that do not change for a while, possibly while the caller continues.
     *
     * <p>A sink for a file may write them on a separate thread, so that another processor can read
     * and search the next bytes in the meantime; any other sink has written them when this returns.
     * The next call on the sink waits for them, and throws the failure if there was one.
     *
     * @param bytes not changed before the returned write is done; native memory avoids a copy
     * @return the write
     * @throws IOException if the operating system refuses, also what was written earlier
     */
    default PendingWrite writeBehind(MemorySegment bytes) throws IOException {
        write(bytes);
        return PendingWrite.DONE;
    }

    /**
     * The new file behind this sink, for a format that is not written sequentially.
     *
     * <p>A caller that takes it writes to it by position, and no longer to the sink.
     *
     * @return the file, open for reading and writing; empty if the sink is a pipe or is written forwards only
     */
    default Optional<FileChannel> file() {
        return Optional.empty();
    }

    /**
     * The channel that this sink writes to and adds nothing to: bytes that nobody reads are moved
     * there by the kernel, without passing through memory.
     *
     * @return the channel; empty where the sink looks at its bytes, or is none
     */
    default Optional<ChannelSink> channel() {
        return Optional.empty();
    }

    /**
     * This sink for a writer that closes what it writes to, while the sink is to stay open.
     *
     * @return the same sink except for its {@link #close}, which does nothing
     */
    default ByteSink leftOpen() {
        return new LeftOpenSink(this);
    }
}
