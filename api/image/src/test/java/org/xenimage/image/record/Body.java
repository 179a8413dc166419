package org.xenimage.image.record;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Builds the bytes of a body by hand, without any layout. */
final class Body {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ByteOrder order;

    private Body(ByteOrder order) {
        this.order = order;
    }

    static Body in(ByteOrder order) {
        return new Body(order);
    }

    static Body littleEndian() {
        return new Body(ByteOrder.LITTLE_ENDIAN);
    }

    Body u8(long... values) {
        for (long value : values) put(1, value);
        return this;
    }

    Body u16(long... values) {
        for (long value : values) put(2, value);
        return this;
    }

    Body u32(long... values) {
        for (long value : values) put(4, value);
        return this;
    }

    Body u64(long... values) {
        for (long value : values) put(8, value);
        return this;
    }

    Body word(int width, long... values) {
        for (long value : values) put(width, value);
        return this;
    }

    Body text(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    Body bytes(byte... more) {
        bytes.writeBytes(more);
        return this;
    }

    Body zeros(int count) {
        return bytes(new byte[count]);
    }

    /** Bytes that differ from their neighbours. */
    Body pattern(int count) {
        for (int at = 0; at < count; at++) bytes.write(at * 7 + 1);
        return this;
    }

    int length() {
        return bytes.size();
    }

    byte[] toArray() {
        return bytes.toByteArray();
    }

    MemorySegment segment() {
        return MemorySegment.ofArray(toArray()).asReadOnly();
    }

    private void put(int width, long value) {
        for (int at = 0; at < width; at++) {
            int b = order == ByteOrder.BIG_ENDIAN ? width - 1 - at : at;
            bytes.write((int) (value >>> (b * 8)));
        }
    }
}
