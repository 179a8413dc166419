package org.xenimage.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * A section that this release does not know, put into a native image in the streaming form as
 * another release would: in a chunk of its own before the digest (section 9 of the format's
 * specification).
 */
final class UnknownSection {
    /** Its name. */
    static final String NAME = ".acme.notes";

    private static final byte[] CONTENT =
            "what another release keeps here".repeat(50).getBytes(StandardCharsets.US_ASCII);

    private static final int FRONT = 4096;
    private static final int HEADER_LENGTH = 40;
    private static final int CRC_AT = 32;
    private static final byte DIGEST = 3;
    private static final byte PART = (byte) 0x81;

    private UnknownSection() {}

    /** Adds the section. */
    static void into(Path stream) throws IOException {
        ByteBuffer image =
                ByteBuffer.wrap(Files.readAllBytes(stream)).order(ByteOrder.LITTLE_ENDIAN);
        int at = FRONT;
        while (image.get(at + 12) != DIGEST) at += HEADER_LENGTH + image.getInt(at + 28);
        byte[] chunk = chunk();
        var all = ByteBuffer.allocate(image.capacity() + chunk.length);
        all.put(image.slice(0, at)).put(chunk).put(image.slice(at, image.capacity() - at));
        Files.write(stream, all.array());
    }

    /** Whether a file has the section's content, wherever it stands. */
    static boolean in(Path image) throws IOException {
        String all = new String(Files.readAllBytes(image), StandardCharsets.ISO_8859_1);
        return all.contains(NAME) && all.contains(new String(CONTENT, StandardCharsets.US_ASCII));
    }

    private static byte[] chunk() {
        byte[] name = NAME.getBytes(StandardCharsets.US_ASCII);
        int length = 40 + name.length + CONTENT.length;
        var chunk = ByteBuffer.allocate(HEADER_LENGTH + length).order(ByteOrder.LITTLE_ENDIAN);
        chunk.putInt(0x184d2a5c).putInt(HEADER_LENGTH - 8 + length).putInt(0x4b434958);
        chunk.put(PART).put((byte) 0).putShort((short) 0).putLong(0).putInt(length).putInt(length);
        chunk.position(HEADER_LENGTH);
        chunk.putLong(0)
                .putLong(CONTENT.length)
                .putLong(0)
                .putLong(8)
                .putInt(1)
                .putInt(name.length);
        chunk.put(name).put(CONTENT);
        var sum = new CRC32C();
        sum.update(chunk.array());
        chunk.putInt(CRC_AT, (int) sum.getValue());
        return chunk.array();
    }
}
