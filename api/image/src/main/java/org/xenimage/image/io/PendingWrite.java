package org.xenimage.image.io;

import java.io.IOException;

/**
 * A write that may still be going on, and needs its bytes until it is done (see {@link ByteSink#writeBehind}).
 */
@FunctionalInterface
public interface PendingWrite {
    /** A write that is done. */
    PendingWrite DONE = () -> {};

    /**
     * Waits until the bytes are no longer needed, whether or not they could be written: the sink
     * throws the failure.
     *
     * @throws IOException an {@link java.io.InterruptedIOException} if the thread is interrupted while it waits
     */
    void await() throws IOException;
}
