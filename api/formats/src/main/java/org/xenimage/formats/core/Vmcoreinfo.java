package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Note;
import org.xenimage.image.paging.Paging;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The VMCOREINFO note that a Linux guest keeps of itself: symbols, offsets and its release, as lines of text.
 *
 * @param note as the guest has it
 */
public record Vmcoreinfo(Note note) {
    /** The owner of the note. */
    public static final String OWNER = "VMCOREINFO";

    private static final int HEADER = 24;
    private static final long START_KERNEL_MAP = 0xffffffff80000000L;
    private static final long PAGE_OFFSET_32 = 0xc0000000L;
    private static final int LENGTH_MAX = 2 * 4096 - HEADER;
    private static final byte[] START =
            "VMCOREINFO\0\0OSRELEASE=".getBytes(StandardCharsets.US_ASCII);
    private static final MemorySegment START_BYTES = MemorySegment.ofArray(START);

    /** {@return whether a note header and the beginning of its text are at a place of a page} */
    static boolean at(MemorySegment page, long at) {
        return page.byteSize() - at >= 12 + START.length
                && page.get(Elf.U32, at) == 11
                && page.get(Elf.U32, at + 8) == 0
                && page.asSlice(at + 12, START.length).mismatch(START_BYTES) < 0;
    }

    /**
     * Examines the pages that began like the note.
     *
     * @param pages of the guest
     * @return the note, if the guest has made one
     * @throws IOException if the pages cannot be read
     */
    static Optional<Vmcoreinfo> find(PageStore pages) throws IOException {
        MemorySegment page = Arena.ofAuto().allocate(4096, 8);
        for (long pfn : pages.noted()) {
            long number = pages.runs().find(pfn);
            if (number == PageRuns.NONE) continue;
            pages.read(number, page);
            if (at(page, 0)) return Optional.of(read(pages, number, 0));
        }
        return Optional.empty();
    }

    /** Looks through every word of some pages, for kernels that keep the note within their image. */
    static Optional<Vmcoreinfo> find(PageStore pages, long number, long count) throws IOException {
        MemorySegment two = Arena.ofAuto().allocate(8192, 8);
        for (long page = number; page < number + count; page++) {
            pages.read(page, two);
            for (long at = 0; at < 4096; at += 4)
                if (at(two, at)) return Optional.of(read(pages, page, at));
        }
        return Optional.empty();
    }

    private static Vmcoreinfo read(PageStore pages, long number, long at) throws IOException {
        MemorySegment bytes = Arena.ofAuto().allocate(3 * 4096, 8);
        pages.read(number, bytes);
        long length = Math.min(LENGTH_MAX, Integer.toUnsignedLong(bytes.get(Elf.U32, at + 4)));
        return new Vmcoreinfo(
                Note.of(
                        OWNER,
                        0,
                        bytes.asSlice(at + HEADER, length).toArray(ValueLayout.JAVA_BYTE)));
    }

    /**
     * The value of a line.
     *
     * @param key before the equals sign
     * @return what follows it
     */
    public Optional<String> value(String key) {
        String text =
                new String(
                        note.descriptor().toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.ISO_8859_1);
        return text.lines()
                .filter(line -> line.startsWith(key + "="))
                .map(line -> line.substring(key.length() + 1))
                .findFirst();
    }

    /**
     * The kernel's own page tables as the note names them: {@code swapper_pg_dir} by its virtual
     * address, which is in the kernel's image, and {@code phys_base}, or without it the direct map
     * of a 32-bit kernel.
     *
     * @return at the addresses of the guest; none if the note does not contain them
     */
    List<Paging.Root> roots() {
        Optional<Long> top = value("SYMBOL(swapper_pg_dir)").flatMap(text -> number(text, 16));
        if (top.isEmpty()) return List.of();
        if (Long.compareUnsigned(top.get(), START_KERNEL_MAP) >= 0) {
            long base = value("NUMBER(phys_base)").flatMap(text -> number(text, 10)).orElse(0L);
            boolean five = value("NUMBER(pgtable_l5_enabled)").filter("1"::equals).isPresent();
            Paging paging = five ? Paging.LEVELS_5 : Paging.LEVELS_4;
            return List.of(
                    new Paging.Root(paging, paging.top(top.get() - START_KERNEL_MAP + base)));
        }
        if (top.get() < PAGE_OFFSET_32 || top.get() > 0xffffffffL) return List.of();
        boolean pae = value("CONFIG_X86_PAE").isPresent();
        Paging paging = pae ? Paging.PAE : Paging.LARGE_32;
        return List.of(new Paging.Root(paging, paging.top(top.get() - PAGE_OFFSET_32)));
    }

    private static Optional<Long> number(String text, int radix) {
        try {
            return Optional.of(
                    radix == 16 ? Long.parseUnsignedLong(text, 16) : Long.parseLong(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
