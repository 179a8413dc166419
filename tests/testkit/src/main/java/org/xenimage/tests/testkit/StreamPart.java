package org.xenimage.tests.testkit;

import java.util.Arrays;

/** A header, a record or another run of bytes of a stream that is examined as one. */
public final class StreamPart {
    private final String label;
    private final int header;
    private final byte[] bytes;

    /**
     * A part.
     *
     * @param label what messages call it, such as {@code record PAGE_DATA}
     * @param header how many of its first bytes are fields that a reader interprets
     * @param bytes all of it
     */
    public StreamPart(String label, int header, byte... bytes) {
        this.label = label;
        this.header = header;
        this.bytes = bytes.clone();
    }

    /** What messages call it. */
    public String label() {
        return label;
    }

    /** How many of its first bytes are fields that a reader interprets. */
    public int header() {
        return header;
    }

    /** All of it. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** How long it is. */
    public int length() {
        return bytes.length;
    }

    /** The same part with other bytes from an offset on. */
    public StreamPart with(int offset, byte... others) {
        byte[] changed = Arrays.copyOf(bytes, bytes.length);
        System.arraycopy(others, 0, changed, offset, others.length);
        return new StreamPart(label, header, changed);
    }

    @Override
    public String toString() {
        return label;
    }
}
