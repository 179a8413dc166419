package org.xenimage.formats.elf;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The section headers of a file, and the string table of their names.
 *
 * <p>Section 0 is empty, and counts the program headers in {@code sh_info} where {@code e_phnum}
 * cannot (PN_XNUM). The names stand one after the other after a NUL, in the order of the sections,
 * each ended by one.
 */
public final class SectionTable {
    private SectionTable() {}

    /**
     * The string table of some names.
     *
     * @param names in the order of the sections
     * @return its bytes
     */
    public static byte[] names(List<String> names) {
        var strings = new StringBuilder("\0");
        for (String name : names) strings.append(name).append('\0');
        return strings.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * Whether a file needs section 0 to count its program headers.
     *
     * @param segments how many there are
     * @return whether {@code e_phnum} cannot
     */
    public static boolean countsSegments(int segments) {
        return segments >= Elf.PN_XNUM;
    }

    /**
     * The header of section 0.
     *
     * @param segments how many program headers the file has
     * @return {@link Elf#SECTION_LENGTH} bytes
     */
    public static MemorySegment first(int segments) {
        MemorySegment header = MemorySegment.ofArray(new byte[Elf.SECTION_LENGTH]);
        if (countsSegments(segments)) header.set(Elf.U32, ElfSection.INFO, segments);
        return header;
    }

    /**
     * The section headers.
     *
     * @param first that of section 0
     * @param sections those that follow, whose names are in the {@link #names string table} in the
     *     same order
     * @return {@link Elf#SECTION_LENGTH} bytes each
     */
    public static MemorySegment encode(MemorySegment first, List<ElfSection> sections) {
        int count = sections.size() + 1;
        MemorySegment headers = MemorySegment.ofArray(new byte[count * Elf.SECTION_LENGTH]);
        MemorySegment.copy(first, 0, headers, 0, Elf.SECTION_LENGTH);
        int name = 1;
        long at = Elf.SECTION_LENGTH;
        for (ElfSection section : sections) {
            section.encode(headers, at, name);
            name += section.name().length() + 1;
            at += Elf.SECTION_LENGTH;
        }
        return headers;
    }

    /**
     * How many program headers section 0 counts.
     *
     * @param first its header
     * @return the count; 0 if it counts none
     */
    public static long segmentsOf(MemorySegment first) {
        return Integer.toUnsignedLong(first.get(Elf.U32, ElfSection.INFO));
    }
}
