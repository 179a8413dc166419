package org.xenimage.formats.elf;

import java.lang.foreign.MemorySegment;

/**
 * A program header.
 *
 * @param type PT_*
 * @param flags PF_*
 * @param offset in the file
 * @param virtual address
 * @param physical address
 * @param length in the file and in memory
 * @param alignment of the offset
 */
public record Segment(
        int type,
        int flags,
        long offset,
        long virtual,
        long physical,
        long length,
        long alignment) {
    /**
     * Puts the header down.
     *
     * @param into takes it
     * @param at where in it
     */
    public void encode(MemorySegment into, long at) {
        into.set(Elf.U32, at, type);
        into.set(Elf.U32, at + 4, flags);
        into.set(Elf.U64, at + 8, offset);
        into.set(Elf.U64, at + 16, virtual);
        into.set(Elf.U64, at + 24, physical);
        into.set(Elf.U64, at + 32, length);
        into.set(Elf.U64, at + 40, type == Elf.PT_LOAD ? length : 0);
        into.set(Elf.U64, at + 48, alignment);
    }
}
