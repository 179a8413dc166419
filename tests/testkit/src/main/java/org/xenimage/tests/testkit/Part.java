package org.xenimage.tests.testkit;

import java.util.Arrays;

/** A header, a record or another run of octets of a stream that is looked at as one. */
public final class Part {
    private final String label;
    private final int header;
    private final byte[] octets;

    /**
     * A part.
     *
     * @param label what messages call it, such as {@code record PAGE_DATA}
     * @param header how many of its first octets are fields that a reader interprets
     * @param octets all of it
     */
    public Part(String label, int header, byte... octets) {
        this.label = label;
        this.header = header;
        this.octets = octets.clone();
    }

    /** What messages call it. */
    public String label() {
        return label;
    }

    /** How many of its first octets are fields that a reader interprets. */
    public int header() {
        return header;
    }

    /** All of it. */
    public byte[] octets() {
        return octets.clone();
    }

    /** How long it is. */
    public int length() {
        return octets.length;
    }

    /** The same part with other octets from an offset on. */
    public Part with(int offset, byte... others) {
        byte[] changed = Arrays.copyOf(octets, octets.length);
        System.arraycopy(others, 0, changed, offset, others.length);
        return new Part(label, header, changed);
    }

    @Override
    public String toString() {
        return label;
    }
}
