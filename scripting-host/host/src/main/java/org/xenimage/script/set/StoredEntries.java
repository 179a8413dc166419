package org.xenimage.script.set;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * The only ZIP layout that bundles use: stored entries with ASCII names, dated 1980-01-01, one after the
 * other, then the directory and its end.
 *
 * <pre>
 *   local header   50 4b 03 04, version 10, flags 0, method 0, time 0, date 0x21, CRC-32, size, size, name length, 0
 *   directory      50 4b 01 02, version 10, the same fields, no comment, attributes 0, offset of the local header
 *   end            50 4b 05 06, 0, 0, count, count, size of the directory, its offset, 0
 * </pre>
 *
 * <p>Little-endian. The bytes read are compared with the bytes that would be written, so the directory is never
 * interpreted.
 */
final class StoredEntries {
    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int LOCAL_LENGTH = 30;
    private static final int CENTRAL_LENGTH = 46;
    private static final int END_LENGTH = 22;
    private static final short VERSION = 10;
    private static final short DATE = 0x21;

    private StoredEntries() {}

    /** An entry. */
    @SuppressWarnings(
            "ArrayRecordComponent") // handed from here to a bundle, and compared by nobody
    record Entry(String name, byte[] bytes) {}

    static byte[] bytes(List<Entry> entries) {
        var archive = new ByteArrayOutputStream();
        var directory = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            byte[] name = entry.name().getBytes(StandardCharsets.US_ASCII);
            int offset = archive.size();
            ByteBuffer fields = fields(entry, name.length);
            archive.writeBytes(buffer(LOCAL_LENGTH).putInt(LOCAL).put(fields.duplicate()).array());
            archive.writeBytes(name);
            archive.writeBytes(entry.bytes());
            directory.writeBytes(
                    buffer(CENTRAL_LENGTH)
                            .putInt(CENTRAL)
                            .putShort(VERSION)
                            .put(fields)
                            .putShort((short) 0) // comment
                            .putShort((short) 0) // disk
                            .putShort((short) 0) // internal attributes
                            .putInt(0) // external attributes
                            .putInt(offset)
                            .array());
            directory.writeBytes(name);
        }
        int offset = archive.size();
        archive.writeBytes(directory.toByteArray());
        archive.writeBytes(
                buffer(END_LENGTH)
                        .putInt(END)
                        .putInt(0)
                        .putShort((short) entries.size())
                        .putShort((short) entries.size())
                        .putInt(directory.size())
                        .putInt(offset)
                        .putShort((short) 0)
                        .array());
        return archive.toByteArray();
    }

    private static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The fields that both headers have. */
    private static ByteBuffer fields(Entry entry, int nameLength) {
        CRC32 crc = new CRC32();
        crc.update(entry.bytes());
        return buffer(LOCAL_LENGTH - Integer.BYTES)
                .putShort(VERSION)
                .putShort((short) 0) // flags
                .putShort((short) 0) // stored
                .putShort((short) 0) // time
                .putShort(DATE)
                .putInt((int) crc.getValue())
                .putInt(entry.bytes().length)
                .putInt(entry.bytes().length)
                .putShort((short) nameLength)
                .putShort((short) 0) // extra
                .flip();
    }

    /**
     * Reads entries up to the directory. The caller must compare the bytes with those that {@link #bytes} makes.
     *
     * @throws IllegalArgumentException if there is no such entry, or too many
     */
    static List<Entry> read(byte[] archive, int most, int longestName) {
        ByteBuffer in = ByteBuffer.wrap(archive).order(ByteOrder.LITTLE_ENDIAN);
        List<Entry> entries = new ArrayList<>();
        int at = 0;
        while (in.limit() - at >= LOCAL_LENGTH && in.getInt(at) == LOCAL) {
            if (entries.size() == most)
                throw new IllegalArgumentException("it has more than %d entries".formatted(most));
            long length = Integer.toUnsignedLong(in.getInt(at + 22));
            int nameLength = Short.toUnsignedInt(in.getShort(at + 26));
            long end = (long) at + LOCAL_LENGTH + nameLength + length;
            if (nameLength > longestName || end > archive.length)
                throw new IllegalArgumentException(
                        "the entry at 0x%x is longer than the file or its name too long"
                                .formatted(at));
            int begin = at + LOCAL_LENGTH + nameLength;
            entries.add(
                    new Entry(
                            new String(
                                    archive,
                                    at + LOCAL_LENGTH,
                                    nameLength,
                                    StandardCharsets.US_ASCII),
                            Arrays.copyOfRange(archive, begin, (int) end)));
            at = (int) end;
        }
        if (entries.isEmpty())
            throw new IllegalArgumentException("it is not an archive with entries");
        return entries;
    }
}
