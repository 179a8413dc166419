package org.xenimage.formats.elf;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers and integer layouts of ELF64, little-endian. */
public final class Elf {
    /** Sixteen bits, at any offset. */
    public static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Thirty-two bits, at any offset. */
    public static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Sixty-four bits, at any offset. */
    public static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The length of the ELF header. */
    public static final int HEADER_LENGTH = 64;

    /** The length of a program header. */
    public static final int SEGMENT_LENGTH = 56;

    /** The length of a section header. */
    public static final int SECTION_LENGTH = 64;

    /** {@code e_phnum} when section 0 holds the count. */
    public static final int PN_XNUM = 0xffff;

    /** {@code e_type} of a core. */
    public static final int ET_CORE = 4;

    /** {@code e_machine} of a 32-bit x86 guest. */
    public static final int EM_386 = 3;

    /** {@code e_machine} of a 64-bit x86 guest. */
    public static final int EM_X86_64 = 62;

    /** A section without meaning, the first one. */
    public static final int SHT_NULL = 0;

    /** A section whose meaning is given by its name. */
    public static final int SHT_PROGBITS = 1;

    /** A section of strings. */
    public static final int SHT_STRTAB = 3;

    /** A section of notes. */
    public static final int SHT_NOTE = 7;

    /** A segment of memory. */
    public static final int PT_LOAD = 1;

    /** A segment of notes. */
    public static final int PT_NOTE = 4;

    private Elf() {}
}
