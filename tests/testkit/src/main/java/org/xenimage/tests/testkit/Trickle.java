package org.xenimage.tests.testkit;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * A pipe that gives few octets at a time, and whose sender waits: a read beyond what it has sent would block for ever,
 * and fails here.
 */
public final class Trickle implements ReadableByteChannel {
    private final byte[] octets;
    private final int step;
    private int sent;
    private int position;

    private Trickle(byte[] octets, int step, int sent) {
        this.octets = octets.clone();
        this.step = step;
        this.sent = sent;
    }

    /** A pipe whose sender has sent everything. */
    public static Trickle of(byte[] octets, int step) {
        return new Trickle(octets, step, octets.length);
    }

    /** A pipe whose sender waits before it sends anything. */
    public static Trickle waiting(byte[] octets) {
        return new Trickle(octets, octets.length, 0);
    }

    /** Lets the sender go on up to an offset. */
    public void sendUpTo(int offset) {
        sent = offset;
    }

    @Override
    public int read(ByteBuffer into) {
        if (position == octets.length) return -1;
        int length = Math.min(Math.min(step, into.remaining()), octets.length - position);
        if (position + into.remaining() > sent && sent < octets.length) {
            throw new AssertionError(
                    "a read of %d octets at 0x%x, but the sender waits at 0x%x"
                            .formatted(into.remaining(), position, sent));
        }
        into.put(octets, position, length);
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
