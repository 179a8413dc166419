package org.xenimage.tests.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A native image whose checksums and content digest are made right again after its bytes were changed, as someone does
 * who wants a reader to believe it: sections 6, 7, 9 and 10 of the format. Nothing is taken from the codecs that are
 * under test.
 */
public final class ForgedImage {
    /** The length of a chunk's header. */
    public static final int HEADER = 40;

    private static final int PAGE = 4096;
    private static final int MAGIC = 0x184d2a5c;
    private static final int TAG = 0x4b434958;
    private static final int TRAILER = 64;
    private static final long TRAILER_MAGIC = 0x646e456d696e6558L;

    private ByteBuffer bytes;

    /**
     * An image to forge.
     *
     * @param image in either form; not changed
     */
    public ForgedImage(byte[] image) {
        bytes = ByteBuffer.wrap(image.clone()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The bytes, good until the next call that changes the length. */
    public byte[] bytes() {
        return bytes.array();
    }

    /** Where the chunks begin, in order. */
    public List<Integer> chunks() {
        List<Integer> found = new ArrayList<>();
        byte[] all = bytes.array();
        for (int at = 0; at + HEADER <= all.length; at++) {
            if (all[at] == 0x5c && bytes.getInt(at) == MAGIC && bytes.getInt(at + 8) == TAG)
                found.add(at);
        }
        return found;
    }

    /** The kind of a chunk: 0 the end, 1 content, 2 metadata, 3 digest. */
    public int kind(int chunk) {
        return Byte.toUnsignedInt(bytes.get(chunk + 12));
    }

    /** How many bytes a chunk says that it decodes to. */
    public int length(int chunk) {
        return bytes.getInt(chunk + 24);
    }

    /** How many bytes follow a chunk's header. */
    public int stored(int chunk) {
        return bytes.getInt(chunk + 28);
    }

    /** Puts other bytes into a chunk, of any length; for the streaming form, where nothing knows offsets. */
    public ForgedImage store(int chunk, int codec, int length, byte... stored) {
        byte[] before = bytes.array();
        int from = chunk + HEADER + stored(chunk);
        byte[] after = Arrays.copyOf(before, chunk + HEADER + stored.length + before.length - from);
        System.arraycopy(stored, 0, after, chunk + HEADER, stored.length);
        System.arraycopy(before, from, after, chunk + HEADER + stored.length, before.length - from);
        bytes = ByteBuffer.wrap(after).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(chunk + 13, (byte) codec);
        bytes.putInt(chunk + 24, length);
        bytes.putInt(chunk + 28, stored.length);
        return this;
    }

    /** Puts a chunk before another one. */
    public ForgedImage insert(int before, int kind, byte... stored) {
        byte[] old = bytes.array();
        byte[] all = new byte[old.length + HEADER + stored.length];
        System.arraycopy(old, 0, all, 0, before);
        System.arraycopy(old, before, all, before + HEADER + stored.length, old.length - before);
        bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(before, MAGIC);
        bytes.putInt(before + 8, TAG);
        bytes.put(before + 12, (byte) kind);
        bytes.putInt(before + 24, stored.length);
        bytes.putInt(before + 28, stored.length);
        System.arraycopy(stored, 0, all, before + HEADER, stored.length);
        return this;
    }

    /** Puts a text in the place of one that is as long or longer, wherever it stands. */
    public ForgedImage replace(String text, String by) {
        byte[] all = bytes.array();
        byte[] old = text.getBytes(StandardCharsets.ISO_8859_1);
        byte[] now = Arrays.copyOf(by.getBytes(StandardCharsets.ISO_8859_1), old.length);
        Arrays.fill(now, by.length(), now.length, (byte) ' ');
        int at = indexOf(all, old);
        if (at < 0) throw new IllegalArgumentException("there is no " + text);
        System.arraycopy(now, 0, all, at, now.length);
        return this;
    }

    /** Where a text is first; -1 if it does not. */
    public int indexOf(String text) {
        return indexOf(bytes.array(), text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static int indexOf(byte[] all, byte... part) {
        for (int at = 0; at + part.length <= all.length; at++)
            if (Arrays.equals(all, at, at + part.length, part, 0, part.length)) return at;
        return -1;
    }

    /**
     * Makes the content digest right, and then all checksums: of the chunks, of the sums, of the trailer. The digest
     * stays as it is where the stream cannot be put together, as in an encrypted image.
     */
    public ForgedImage seal() {
        try {
            new ForgedDigest(this, bytes).write();
        } catch (IndexOutOfBoundsException | ArithmeticException _) {
            // what it counts over is broken: no reader comes as far as the digest
        }
        return sealSums();
    }

    private ForgedImage sealSums() {
        for (int chunk : chunks()) {
            long end = (long) chunk + HEADER + Integer.toUnsignedLong(stored(chunk));
            if (stored(chunk) < 0 || end > bytes.limit()) continue;
            int codec = bytes.get(chunk + 13);
            bytes.putInt(chunk + 4, HEADER - 8 + (codec == 1 ? 0 : stored(chunk)));
            bytes.putInt(chunk + 32, 0);
            bytes.putInt(chunk + 32, crc(chunk, (int) end));
        }
        int trailer = bytes.limit() - TRAILER;
        if (trailer < 0 || bytes.getLong(trailer) != TRAILER_MAGIC) return this;
        long sums = bytes.getLong(trailer + 24);
        long length = bytes.getLong(trailer + 32);
        if (sums >= 0 && length >= 0 && sums <= trailer && length <= trailer - sums) {
            for (int at = (int) sums; at + 24 <= sums + length; at += 24) {
                long offset = bytes.getLong(at);
                long covered = bytes.getLong(at + 8);
                if (offset < 0 || covered < 0 || covered > bytes.limit() - offset) continue;
                bytes.putInt(at + 16, crc((int) offset, (int) (offset + covered)));
            }
            bytes.putInt(trailer + 48, crc((int) sums, (int) (sums + length)));
        }
        bytes.putInt(trailer + 60, crc(trailer, trailer + 60));
        return this;
    }

    /**
     * Where a section begins.
     *
     * @param name of the section
     * @return its offset in the image; 0 if there is none
     */
    public int section(String name) {
        return NativeSections.of(bytes).find(name).offset();
    }

    /**
     * Leaves out the room in front of the pages, a MiB of zeros, which no reader needs: small images are read faster.
     *
     * @return this, sealed; as it was if it is not of the seekable form
     */
    public ForgedImage withoutRoom() {
        NativeSections sections = NativeSections.of(bytes);
        NativeSections.Section notes = sections.find(".note.Xenimage");
        if (notes.length() == 0) return this;
        int from = align(notes.end());
        int to = Integer.MAX_VALUE;
        for (NativeSections.Section section : sections.all())
            if (section.offset() >= from && section.length() > 0)
                to = Math.min(to, section.offset());
        if (to == Integer.MAX_VALUE || to - from < PAGE) return this;
        int capacity = (to - from) / PAGE * PAGE;
        sections.offsets(bytes)
                .forEach(at -> {
                    long offset = bytes.getLong(at);
                    if (offset >= from + capacity) bytes.putLong(at, offset - capacity);
                });
        bytes.putLong(bytes.limit() - TRAILER + 16, (long) bytes.limit() - capacity);
        byte[] all = bytes.array();
        byte[] less = Arrays.copyOf(all, all.length - capacity);
        System.arraycopy(all, from + capacity, less, from, all.length - from - capacity);
        bytes = ByteBuffer.wrap(less).order(ByteOrder.LITTLE_ENDIAN);
        return sealSums();
    }

    private static int align(int offset) {
        return (offset + PAGE - 1) / PAGE * PAGE;
    }

    private int crc(int from, int to) {
        var crc = new CRC32C();
        crc.update(bytes.array(), from, to - from);
        return (int) crc.getValue();
    }
}
