package org.xenimage.formats.xenimage;

import org.xenimage.image.element.PageEntry;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Makes small streams, byte by byte, with whatever order and content a test wants. */
final class HandmadeStream {
    static final int PAGE = 4096;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    static HandmadeStream xl(String config) {
        var builder = new HandmadeStream();
        byte[] text = (config + "\0").getBytes(StandardCharsets.UTF_8);
        builder.bytes.writeBytes(
                "Xen saved domain, xl format\n \0 \r".getBytes(StandardCharsets.US_ASCII));
        builder.u32(0x01020304).u32(3).u32(0).u32(4 + text.length).u32(text.length);
        builder.bytes.writeBytes(text);
        builder.bytes.writeBytes("LibxlFmt".getBytes(StandardCharsets.US_ASCII));
        builder.bytes.writeBytes(new byte[] {0, 0, 0, 2, 0, 0, 0, 0});
        return builder.record(1, new byte[0]);
    }

    /** An xl file of a PV guest called web1, up to a record of 40 pages. */
    static HandmadeStream pvGuest() {
        return xl("{\"c_info\":{\"type\":\"pv\",\"name\":\"web1\"}}")
                .headers(1)
                .pvInfo()
                .pages(1, range(0, 40));
    }

    static HandmadeStream libxc() {
        return new HandmadeStream();
    }

    HandmadeStream headers(int type) {
        for (int i = 0; i < 8; i++) bytes.write(0xff);
        bytes.writeBytes("XENF".getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(new byte[] {0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0});
        return u32(type).u32(12).u32(4).u32(17);
    }

    HandmadeStream pvInfo() {
        return record(0x02, new byte[] {8, 4, 0, 0, 0, 0, 0, 0});
    }

    HandmadeStream record(int type, byte[] body) {
        return record(type, body, 0);
    }

    HandmadeStream record(int type, byte[] body, int padding) {
        u32(type).u32(body.length);
        bytes.writeBytes(body);
        for (int i = body.length; i % 8 != 0; i++) bytes.write(padding);
        return this;
    }

    /** A PAGE_DATA record: the top nibble of an entry is its type; contents are told by the seed, 0 is a zero page. */
    HandmadeStream pages(long seed, long... entries) {
        int contents = 0;
        for (long entry : entries) if (hasContent(entry)) contents++;
        ByteBuffer body =
                ByteBuffer.allocate(8 + 8 * entries.length + PAGE * contents)
                        .order(ByteOrder.LITTLE_ENDIAN);
        body.putInt(entries.length).putInt(0);
        for (long entry : entries) body.putLong(entry);
        for (long entry : entries) if (hasContent(entry)) body.put(content(seed, entry));
        return record(0x01, body.array());
    }

    static boolean hasContent(long entry) {
        int type = new PageEntry(entry).typeCode();
        return type <= 4 || (type >= 9 && type <= 12);
    }

    static byte[] content(long seed, long entry) {
        byte[] page = new byte[PAGE];
        if (seed != 0) new Random(seed * 1_000_003 + entry).nextBytes(page);
        return page;
    }

    HandmadeStream raw(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    HandmadeStream end() {
        return record(0x00, new byte[0]);
    }

    private HandmadeStream u32(int value) {
        bytes.writeBytes(
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        return this;
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    static long[] range(long first, int count) {
        long[] entries = new long[count];
        for (int i = 0; i < count; i++) entries[i] = first + i;
        return entries;
    }

    static long[] backwards(long first, int count, int step) {
        long[] entries = new long[count];
        for (int i = 0; i < count; i++) entries[i] = first - (long) step * i;
        return entries;
    }
}
