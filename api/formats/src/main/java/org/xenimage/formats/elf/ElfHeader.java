package org.xenimage.formats.elf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The header of an ELF64 core file, little-endian (System V ABI, chapter 4).
 *
 * <pre>
 *   0  u8[16] e_ident      0x7f "ELF", 64-bit, little-endian, version 1; byte 8: ABI version
 *  16  u16 e_type          ET_CORE
 *  18  u16 e_machine
 *  20  u32 e_version       1
 *  24  u64 e_entry
 *  32  u64 e_phoff         of the program headers; 0 if there are none
 *  40  u64 e_shoff         of the section headers; 0 if there are none
 *  48  u32 e_flags
 *  52  u16 e_ehsize        64
 *  54  u16 e_phentsize     56
 *  56  u16 e_phnum         0xffff (PN_XNUM): the count stands in sh_info of section 0
 *  58  u16 e_shentsize     64; 0 if there are no sections
 *  60  u16 e_shnum
 *  62  u16 e_shstrndx      the section of the names
 * </pre>
 *
 * @param machine {@link Elf#EM_X86_64} or {@link Elf#EM_386}
 * @param abiVersion byte 8 of e_ident
 * @param entry the native format's magic; 0 in other cores
 * @param segments where the program headers are
 * @param segmentCount how many there are, unless it is {@link Elf#PN_XNUM}: that many or more, see
 *     {@link SectionTable#first}
 * @param sections where the section headers are
 * @param sectionLength of a section header
 * @param sectionCount how many there are, the empty first one included
 * @param names the index of the section that holds their names
 */
public record ElfHeader(
        int machine,
        int abiVersion,
        long entry,
        long segments,
        int segmentCount,
        long sections,
        int sectionLength,
        int sectionCount,
        int names) {
    /** Where e_phoff is. */
    public static final int PHOFF = 32;

    /** Where e_shoff is. */
    public static final int SHOFF = 40;

    /** Where e_phnum is. */
    public static final int PHNUM = 56;

    /** Where e_shentsize is. */
    public static final int SHENTSIZE = 58;

    /** Where e_shnum is. */
    public static final int SHNUM = 60;

    /** Where e_shstrndx is. */
    public static final int SHSTRNDX = 62;

    private static final int MAGIC = 0x464c457f;

    /** 64-bit, little-endian, version 1. */
    private static final int CLASS_AND_ORDER = 0x00010102;

    private static final int ABI_VERSION = 8;
    private static final int TYPE = 16;
    private static final int MACHINE = 18;
    private static final int VERSION = 20;
    private static final int ENTRY = 24;
    private static final int EHSIZE = 52;
    private static final int PHENTSIZE = 54;

    /**
     * The header of a core that has neither segments nor sections yet.
     *
     * @param machine of the guest
     * @return the header
     */
    public static ElfHeader core(int machine) {
        return new ElfHeader(machine, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /**
     * Sets byte 8.
     *
     * @param version of the ABI
     * @return such a header
     */
    public ElfHeader withAbiVersion(int version) {
        return new ElfHeader(
                machine,
                version,
                entry,
                segments,
                segmentCount,
                sections,
                sectionLength,
                sectionCount,
                names);
    }

    /**
     * Sets the entry point, which a core has no other use for.
     *
     * @param value 64 bits
     * @return such a header
     */
    public ElfHeader withEntry(long value) {
        return new ElfHeader(
                machine,
                abiVersion,
                value,
                segments,
                segmentCount,
                sections,
                sectionLength,
                sectionCount,
                names);
    }

    /**
     * Sets where the program headers are. If there are {@link Elf#PN_XNUM} or more, the file needs
     * a section table whose {@link SectionTable#first} counts them.
     *
     * @param offset in the file
     * @param count how many
     * @return such a header
     */
    public ElfHeader withSegments(long offset, int count) {
        return new ElfHeader(
                machine,
                abiVersion,
                entry,
                offset,
                Math.min(count, Elf.PN_XNUM),
                sections,
                sectionLength,
                sectionCount,
                names);
    }

    /**
     * Sets where the section headers are.
     *
     * @param offset in the file
     * @param count how many, the empty first one included
     * @param nameSection the index of the section that holds their names; 0 if they have none
     * @return such a header
     */
    public ElfHeader withSections(long offset, int count, int nameSection) {
        return new ElfHeader(
                machine,
                abiVersion,
                entry,
                segments,
                segmentCount,
                offset,
                Elf.SECTION_LENGTH,
                count,
                nameSection);
    }

    /**
     * Whether bytes begin a little-endian ELF64 core file.
     *
     * @param first the first bytes of a source
     * @return whether the identification and the type say so
     */
    public static boolean recognises(MemorySegment first) {
        return first.byteSize() >= Elf.HEADER_LENGTH
                && first.get(Elf.U32, 0) == MAGIC
                && (first.get(Elf.U32, 4) & 0xffff) == (CLASS_AND_ORDER & 0xffff)
                && first.get(Elf.U16, TYPE) == Elf.ET_CORE;
    }

    /**
     * Reads a header that is {@link #recognises recognised}; nothing in it is checked.
     *
     * @param first at least {@link Elf#HEADER_LENGTH} bytes
     * @return what it says
     */
    public static ElfHeader decode(MemorySegment first) {
        return new ElfHeader(
                u16(first, MACHINE),
                Byte.toUnsignedInt(first.get(ValueLayout.JAVA_BYTE, ABI_VERSION)),
                first.get(Elf.U64, ENTRY),
                first.get(Elf.U64, PHOFF),
                u16(first, PHNUM),
                first.get(Elf.U64, SHOFF),
                u16(first, SHENTSIZE),
                u16(first, SHNUM),
                u16(first, SHSTRNDX));
    }

    /** {@return the {@link Elf#HEADER_LENGTH} bytes of the header} */
    public MemorySegment encode() {
        MemorySegment to = MemorySegment.ofArray(new byte[Elf.HEADER_LENGTH]);
        to.set(Elf.U32, 0, MAGIC);
        to.set(Elf.U32, 4, CLASS_AND_ORDER);
        to.set(ValueLayout.JAVA_BYTE, ABI_VERSION, (byte) abiVersion);
        to.set(Elf.U16, TYPE, (short) Elf.ET_CORE);
        to.set(Elf.U16, MACHINE, (short) machine);
        to.set(Elf.U32, VERSION, 1);
        to.set(Elf.U64, ENTRY, entry);
        to.set(Elf.U64, PHOFF, segments);
        to.set(Elf.U64, SHOFF, sections);
        to.set(Elf.U16, EHSIZE, (short) Elf.HEADER_LENGTH);
        to.set(Elf.U16, PHENTSIZE, (short) Elf.SEGMENT_LENGTH);
        to.set(Elf.U16, PHNUM, (short) segmentCount);
        to.set(Elf.U16, SHENTSIZE, (short) sectionLength);
        to.set(Elf.U16, SHNUM, (short) sectionCount);
        to.set(Elf.U16, SHSTRNDX, (short) names);
        return to;
    }

    /**
     * Changes the section table of an existing file: every other byte of its header stays the same.
     *
     * @param header of the file; changed
     * @param offset of the table
     * @param count of section headers, the empty first one included
     * @param nameSection the index of the section that holds their names
     */
    public static void moveSections(MemorySegment header, long offset, int count, int nameSection) {
        header.set(Elf.U64, SHOFF, offset);
        header.set(Elf.U16, SHNUM, (short) count);
        header.set(Elf.U16, SHSTRNDX, (short) nameSection);
    }

    /**
     * Changes where the section table is, and nothing else.
     *
     * @param header of the file; changed
     * @param offset of the table
     */
    public static void moveTable(MemorySegment header, long offset) {
        header.set(Elf.U64, SHOFF, offset);
    }

    /**
     * Changes the machine, and nothing else.
     *
     * @param header of the file; changed
     * @param machine e_machine
     */
    public static void setMachine(MemorySegment header, int machine) {
        header.set(Elf.U16, MACHINE, (short) machine);
    }

    private static int u16(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(Elf.U16, at));
    }
}
