package org.xenimage.tests.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;

/** Octets being put down one field after the other, in one byte order. */
public final class Wire {
    private final ByteOrder order;
    private final ByteArrayOutputStream octets = new ByteArrayOutputStream();

    private Wire(ByteOrder order) {
        this.order = order;
    }

    /** No octets yet. */
    public static Wire in(ByteOrder order) {
        return new Wire(order);
    }

    /** One octet. */
    public Wire u8(int value) {
        return unsigned(value, 1);
    }

    /** Two octets. */
    public Wire u16(int value) {
        return unsigned(value, 2);
    }

    /** Four octets. */
    public Wire u32(long value) {
        return unsigned(value, 4);
    }

    /** Eight octets. */
    public Wire u64(long value) {
        return unsigned(value, 8);
    }

    /** Octets as they are. */
    public Wire octets(byte... some) {
        octets.writeBytes(some);
        return this;
    }

    /** The same octet, again and again. */
    public Wire fill(int value, int times) {
        for (int i = 0; i < times; i++) octets.write(value);
        return this;
    }

    /** Zeroes up to a multiple of 8 octets. */
    public Wire pad() {
        return fill(0, -octets.size() & 7);
    }

    /** What stands there. */
    public byte[] toArray() {
        return octets.toByteArray();
    }

    private Wire unsigned(long value, int width) {
        for (int i = 0; i < width; i++) {
            int octet = order.equals(ByteOrder.LITTLE_ENDIAN) ? i : width - 1 - i;
            octets.write((int) (value >>> (8 * octet)));
        }
        return this;
    }
}
