package org.xenimage.tests.testkit;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * A pipe that gives few bytes at a time, and whose sender waits: a read beyond what it has sent would block for ever,
 * and fails here.
 */
public final class Trickle implements ReadableByteChannel {
    private final byte[] bytes;
    private final int step;
    private int sent;
    private int position;

    private Trickle(byte[] bytes, int step, int sent) {
        this.bytes = bytes.clone();
        this.step = step;
        this.sent = sent;
    }

    /** A pipe whose sender has sent everything. */
    public static Trickle of(byte[] bytes, int step) {
        return new Trickle(bytes, step, bytes.length);
    }

    /** A pipe whose sender waits before it sends anything. */
    public static Trickle waiting(byte[] bytes) {
        return new Trickle(bytes, bytes.length, 0);
    }

    /** Lets the sender continue up to an offset. */
    public void sendUpTo(int offset) {
        sent = offset;
    }

    @Override
    public int read(ByteBuffer into) {
        if (position == bytes.length) return -1;
        int length = Math.min(Math.min(step, into.remaining()), bytes.length - position);
        if (position + into.remaining() > sent && sent < bytes.length) {
            throw new AssertionError(
                    "a read of %d bytes at 0x%x, but the sender waits at 0x%x"
                            .formatted(into.remaining(), position, sent));
        }
        into.put(bytes, position, length);
        position += length;
        return length;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
