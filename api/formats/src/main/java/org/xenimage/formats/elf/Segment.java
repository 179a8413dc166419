package org.xenimage.formats.elf;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A program header of ELF64.
 *
 * <pre>
 *   0  u32 p_type
 *   4  u32 p_flags
 *   8  u64 p_offset
 *  16  u64 p_vaddr
 *  24  u64 p_paddr
 *  32  u64 p_filesz
 *  40  u64 p_memsz        as p_filesz; 0 of notes
 *  48  u64 p_align
 * </pre>
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
     * The segment of a core's notes.
     *
     * @param offset in the file
     * @param length in bytes
     * @return a PT_NOTE
     */
    public static Segment notes(long offset, long length) {
        return new Segment(Elf.PT_NOTE, 0, offset, 0, 0, length, 4);
    }

    /**
     * Reads a header.
     *
     * @param from program headers
     * @param at where in them
     * @return what it says
     */
    public static Segment decode(MemorySegment from, long at) {
        return new Segment(
                from.get(Elf.U32, at),
                from.get(Elf.U32, at + 4),
                from.get(Elf.U64, at + 8),
                from.get(Elf.U64, at + 16),
                from.get(Elf.U64, at + 24),
                from.get(Elf.U64, at + 32),
                from.get(Elf.U64, at + 48));
    }

    /**
     * Puts headers one after the other.
     *
     * @param first the one in front
     * @param others those that follow it
     * @return {@link Elf#SEGMENT_LENGTH} bytes each
     */
    public static MemorySegment encode(Segment first, List<Segment> others) {
        int count = others.size() + 1;
        MemorySegment headers =
                MemorySegment.ofArray(new byte[Math.multiplyExact(Elf.SEGMENT_LENGTH, count)]);
        first.encode(headers, 0);
        long at = Elf.SEGMENT_LENGTH;
        for (Segment segment : others) {
            segment.encode(headers, at);
            at += Elf.SEGMENT_LENGTH;
        }
        return headers;
    }

    private void encode(MemorySegment into, long at) {
        into.set(Elf.U32, at, type);
        into.set(Elf.U32, at + 4, flags);
        into.set(Elf.U64, at + 8, offset);
        into.set(Elf.U64, at + 16, virtual);
        into.set(Elf.U64, at + 24, physical);
        into.set(Elf.U64, at + 32, length);
        into.set(Elf.U64, at + 40, type == Elf.PT_LOAD ? length : 0);
        into.set(Elf.U64, at + 48, alignment);
    }

    /**
     * The same segment further back or forth in the file.
     *
     * @param by how many bytes
     * @return the segment
     */
    public Segment moved(long by) {
        return new Segment(type, flags, offset + by, virtual, physical, length, alignment);
    }
}
