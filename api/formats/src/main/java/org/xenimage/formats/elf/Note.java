package org.xenimage.formats.elf;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.HeapBounds;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An ELF note, aligned to 4 bytes.
 *
 * <pre>
 *   0  u32 namesz  of the owner with its NUL
 *   4  u32 descsz
 *   8  u32 type
 *  12  owner, padded to 4; descriptor, padded to 4
 * </pre>
 *
 * @param owner without the NUL
 * @param type as the owner counts
 * @param offset of the descriptor in the bytes that were parsed; 0 of a note made here
 * @param descriptor the bytes
 */
public record Note(String owner, int type, long offset, MemorySegment descriptor) {
    private static final int HEADER = 12;

    /** The bytes of a note in memory, next to its descriptor. */
    private static final int TAKES = 320;

    /**
     * A note made here.
     *
     * @param owner without the NUL
     * @param type as the owner counts
     * @param descriptor the bytes
     * @return the note
     */
    public static Note of(String owner, int type, byte[] descriptor) {
        return new Note(owner, type, 0, MemorySegment.ofArray(descriptor));
    }

    /** {@return the bytes of the note} */
    public byte[] encode() {
        byte[] name = (owner + "\0").getBytes(StandardCharsets.ISO_8859_1);
        byte[] desc = descriptor.toArray(ValueLayout.JAVA_BYTE);
        byte[] all = new byte[HEADER + padded(name.length) + padded(desc.length)];
        MemorySegment to = MemorySegment.ofArray(all);
        to.set(Elf.U32, 0, name.length);
        to.set(Elf.U32, 4, desc.length);
        to.set(Elf.U32, 8, type);
        System.arraycopy(name, 0, all, HEADER, name.length);
        System.arraycopy(desc, 0, all, HEADER + padded(name.length), desc.length);
        return all;
    }

    /** {@return how many bytes {@link #encode} makes} */
    public long encodedLength() {
        return HEADER + padded(owner.length() + 1L) + padded(descriptor.byteSize());
    }

    /**
     * Puts notes one after the other.
     *
     * @param notes in order
     * @return their bytes
     */
    public static byte[] encode(List<Note> notes) {
        var all = new ByteArrayOutputStream();
        for (Note note : notes) all.writeBytes(note.encode());
        return all.toByteArray();
    }

    /**
     * Takes notes apart.
     *
     * @param bytes the notes, one after the other
     * @param place names them in a fault; its offset is where they begin
     * @return the notes
     * @throws ImageException a {@link CorruptImage} if one reaches beyond the bytes, a
     *     {@link LimitExceeded} if they are too many for the heap
     */
    public static List<Note> parse(MemorySegment bytes, Fault place) throws ImageException {
        int most = HeapBounds.here().entries(TAKES);
        List<Note> notes = new ArrayList<>();
        long at = 0;
        while (bytes.byteSize() - at >= HEADER) {
            if (notes.size() == most) {
                throw new LimitExceeded(
                        place.at(place.offset() + at)
                                .problem("holds too many notes for the memory")
                                .expected("at most " + most)
                                .found("more")
                                .remedy(HeapBounds.here().remedy()));
            }
            long name = Integer.toUnsignedLong(bytes.get(Elf.U32, at));
            long length = Integer.toUnsignedLong(bytes.get(Elf.U32, at + 4));
            long descriptor = at + HEADER + padded(name);
            if (descriptor + length > bytes.byteSize() || name > 256) {
                throw new CorruptImage(
                        place.at(place.offset() + at)
                                .field("namesz, descsz")
                                .expected(
                                        "a note within the 0x"
                                                + Long.toHexString(bytes.byteSize())
                                                + " bytes of its section")
                                .found("0x%x and 0x%x".formatted(name, length))
                                .remedy("the notes are damaged"));
            }
            byte[] owner = bytes.asSlice(at + HEADER, name).toArray(ValueLayout.JAVA_BYTE);
            String text = new String(owner, StandardCharsets.ISO_8859_1);
            if (text.endsWith("\0")) text = text.substring(0, text.length() - 1);
            notes.add(
                    new Note(
                            text,
                            bytes.get(Elf.U32, at + 8),
                            descriptor,
                            bytes.asSlice(descriptor, length).asReadOnly()));
            at = Math.min(bytes.byteSize(), descriptor + padded(length));
        }
        return notes;
    }

    private static int padded(int length) {
        return (length + 3) & ~3;
    }

    private static long padded(long length) {
        return (length + 3) & ~3L;
    }
}
