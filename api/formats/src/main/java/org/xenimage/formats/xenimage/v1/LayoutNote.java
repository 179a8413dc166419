package org.xenimage.formats.xenimage.v1;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.Note;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The note LAYOUT (section 4): the positions of the sections of a seekable image, near the front of
 * the file, for recovering an image whose section headers are lost. No reader of a whole image
 * needs it.
 *
 * <pre>
 *   0  entries of 64 bytes: u64 offset, u64 length, name in 48 bytes, padded with NULs; unused entries are zero
 * </pre>
 */
public final class LayoutNote {
    public static final int TYPE = 8;

    private static final int ENTRY = 64;
    private static final int ENTRIES = 24;
    private static final int NAME_AT = 16;

    /** Behind the note header and the owner. */
    private static final int DESCRIPTOR_AT = 24;

    private LayoutNote() {}

    /** {@return the note with nothing in it yet; the layout is known when the file is nearly written} */
    public static Note placeholder() {
        return Note.of(Native.OWNER, TYPE, new byte[ENTRY * ENTRIES]);
    }

    /** Fills the note in, which begins at an offset of the notes. */
    public static void fill(MemorySegment notes, long note, List<ElfSection> sections) {
        long at = note + DESCRIPTOR_AT;
        for (ElfSection section : sections.subList(0, Math.min(ENTRIES, sections.size()))) {
            byte[] name = section.name().getBytes(StandardCharsets.US_ASCII);
            if (name.length >= ENTRY - NAME_AT) continue;
            notes.set(Elf.U64, at, section.offset());
            notes.set(Elf.U64, at + 8, section.length());
            MemorySegment.copy(MemorySegment.ofArray(name), 0, notes, at + NAME_AT, name.length);
            at += ENTRY;
        }
    }

    /**
     * Reads the sections that a note lists; sections that are not of the native format are skipped.
     */
    public static List<ElfSection> decode(Note note) {
        List<ElfSection> sections = new ArrayList<>();
        MemorySegment from = note.descriptor();
        for (long at = 0; at + ENTRY <= from.byteSize() && at < (long) ENTRY * 1024; at += ENTRY) {
            byte[] name =
                    from.asSlice(at + NAME_AT, ENTRY - NAME_AT).toArray(ValueLayout.JAVA_BYTE);
            int length = 0;
            while (length < name.length && name[length] != 0) length++;
            long offset = from.get(Elf.U64, at);
            long bytes = from.get(Elf.U64, at + 8);
            if (length == 0 || offset < 0 || bytes < 0 || offset + bytes < 0) continue;
            sections.add(
                    new ElfSection(
                            new String(name, 0, length, StandardCharsets.ISO_8859_1),
                            Elf.SHT_PROGBITS,
                            offset,
                            bytes,
                            1,
                            0));
        }
        return sections;
    }
}
