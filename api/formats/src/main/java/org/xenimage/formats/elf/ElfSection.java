package org.xenimage.formats.elf;

import java.lang.foreign.MemorySegment;

/**
 * A section header of ELF64, except for the fields that a core has no use for.
 *
 * <pre>
 *   0  u32 sh_name        where the name stands in the string table
 *   4  u32 sh_type
 *  24  u64 sh_offset
 *  32  u64 sh_size
 *  44  u32 sh_info        of section 0 only
 *  48  u64 sh_addralign
 *  56  u64 sh_entsize
 * </pre>
 *
 * @param name from the section name table
 * @param type SHT_*
 * @param offset in the file
 * @param length in bytes
 * @param alignment of the offset
 * @param entryLength of a table's entries, else 0
 */
public record ElfSection(
        String name, int type, long offset, long length, long alignment, long entryLength) {
    /** Where sh_offset is. */
    static final int OFFSET = 24;

    /** Where sh_size is. */
    static final int SIZE = 32;

    /** Where sh_info is. */
    static final int INFO = 44;

    private static final int TYPE = 4;
    private static final int ALIGNMENT = 48;
    private static final int ENTRY_LENGTH = 56;

    /**
     * Reads a header.
     *
     * @param from section headers
     * @param at where in them
     * @return what it says, without the name
     */
    public static ElfSection decode(MemorySegment from, long at) {
        return new ElfSection(
                "",
                from.get(Elf.U32, at + TYPE),
                from.get(Elf.U64, at + OFFSET),
                from.get(Elf.U64, at + SIZE),
                from.get(Elf.U64, at + ALIGNMENT),
                from.get(Elf.U64, at + ENTRY_LENGTH));
    }

    /**
     * Reads where the name of a section is in the string table.
     *
     * @param from section headers
     * @param at where in them
     * @return the offset
     */
    public static long nameOffset(MemorySegment from, long at) {
        return Integer.toUnsignedLong(from.get(Elf.U32, at));
    }

    /** Puts the header down; the name is where the table of names has it. */
    void encode(MemorySegment into, long at, int nameOffset) {
        into.set(Elf.U32, at, nameOffset);
        into.set(Elf.U32, at + TYPE, type);
        into.set(Elf.U64, at + OFFSET, offset);
        into.set(Elf.U64, at + SIZE, length);
        into.set(Elf.U64, at + ALIGNMENT, alignment);
        into.set(Elf.U64, at + ENTRY_LENGTH, entryLength);
    }

    /**
     * Changes where a section is, and nothing else of its header.
     *
     * @param headers section headers; changed
     * @param at where in them
     * @param newOffset in the file
     * @param newLength in bytes
     */
    public static void move(MemorySegment headers, long at, long newOffset, long newLength) {
        headers.set(Elf.U64, at + OFFSET, newOffset);
        headers.set(Elf.U64, at + SIZE, newLength);
    }

    /**
     * The same section under another name.
     *
     * @param other the name
     * @return the section
     */
    public ElfSection named(String other) {
        return new ElfSection(other, type, offset, length, alignment, entryLength);
    }

    /**
     * The same section in another place.
     *
     * @param newOffset in the file
     * @param newLength in bytes
     * @return the section
     */
    public ElfSection placed(long newOffset, long newLength) {
        return new ElfSection(name, type, newOffset, newLength, alignment, entryLength);
    }

    /** {@return the first byte after the section} */
    public long end() {
        return offset + length;
    }
}
