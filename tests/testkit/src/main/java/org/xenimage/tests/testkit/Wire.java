package org.xenimage.tests.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;

/** Bytes being put down one field after the other, in one byte order. */
public final class Wire {
    private final ByteOrder order;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Wire(ByteOrder order) {
        this.order = order;
    }

    /** No bytes yet. */
    public static Wire in(ByteOrder order) {
        return new Wire(order);
    }

    /** One byte. */
    public Wire u8(int value) {
        return unsigned(value, 1);
    }

    /** Two bytes. */
    public Wire u16(int value) {
        return unsigned(value, 2);
    }

    /** Four bytes. */
    public Wire u32(long value) {
        return unsigned(value, 4);
    }

    /** Eight bytes. */
    public Wire u64(long value) {
        return unsigned(value, 8);
    }

    /** Bytes as they are. */
    public Wire bytes(byte... some) {
        bytes.writeBytes(some);
        return this;
    }

    /** The same byte, again and again. */
    public Wire fill(int value, int times) {
        for (int i = 0; i < times; i++) bytes.write(value);
        return this;
    }

    /** Zeroes up to a multiple of 8 bytes. */
    public Wire pad() {
        return fill(0, -bytes.size() & 7);
    }

    /** What stands there. */
    public byte[] toArray() {
        return bytes.toByteArray();
    }

    private Wire unsigned(long value, int width) {
        for (int i = 0; i < width; i++) {
            int b = order.equals(ByteOrder.LITTLE_ENDIAN) ? i : width - 1 - i;
            bytes.write((int) (value >>> (8 * b)));
        }
        return this;
    }
}
