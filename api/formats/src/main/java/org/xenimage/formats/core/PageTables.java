package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;
import org.xenimage.image.paging.Paging;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Walks page tables for what the kernel maps: the kernel half of a 64-bit guest; of a 32-bit one, which has no such
 * half, everything from {@link Paging#LOWEST_32} that user mode may not touch.
 *
 * <p>Tables of a hostile image may form cycles or name one table a billion times, so a walk reads at most
 * {@link #TABLES_MAX} tables and says if it stopped.
 */
final class PageTables {
    /** What a walk reads at most: the tables of 64 GiB mapped by small pages. */
    static final int TABLES_MAX = 1 << 15;

    private static final long USER = 1 << 2;
    private static final int XEN_FIRST = 256;
    private static final int XEN_LAST = 271;

    /** Takes mappings, ascending by virtual address. */
    interface Visitor {
        void mapped(long virtual, long physical, long bytes) throws IOException;
    }

    private final PageStore pages;
    private final CoreFrames frames;
    private final boolean pv;
    private final Paging paging;
    private final Visitor visitor;
    private final MemorySegment[] levels;
    private int tables;

    PageTables(PageStore pages, CoreFrames frames, boolean pv, Paging paging, Visitor visitor) {
        this.pages = pages;
        this.frames = frames;
        this.pv = pv;
        this.paging = paging;
        this.visitor = visitor;
        this.levels = new MemorySegment[paging.levels()];
        for (int i = 0; i < levels.length; i++) levels[i] = Arena.ofAuto().allocate(4096, 8);
    }

    /**
     * Walks from a top table.
     *
     * @param top its address, in the frames that the tables themselves name
     * @return false if it stopped before the end
     */
    boolean walk(long top) throws IOException {
        return table(top, levels.length, paging.firstSlot(), paging.base(), true);
    }

    private boolean table(long address, int level, int firstSlot, long base, boolean user)
            throws IOException {
        long physical = guest(address);
        if (physical < 0) return true;
        long number = pages.runs().find(physical >>> 12);
        if (number == PageRuns.NONE) return true;
        if (++tables > TABLES_MAX) return false;
        MemorySegment table = levels[level - 1];
        pages.read(number, table);
        // only the top table of PAE may be within a page
        long start = physical & 0xfff;
        int shift = paging.shift(level);
        for (int slot = firstSlot; slot < paging.slots(level); slot++) {
            long entry = entry(table, start, slot);
            if (!Paging.present(entry)) continue;
            if (pv && level == 4 && slot >= XEN_FIRST && slot <= XEN_LAST) continue;
            long virtual = base + ((long) slot << shift);
            boolean open = user && (ofPdpt(level) || (entry & USER) != 0);
            if (paging.maps(entry, level)) {
                if (paging.narrow() && open) continue;
                long at = guest(paging.frame(entry, level));
                if (at >= 0) visitor.mapped(virtual, at, 1L << shift);
            } else if (!table(entry & Paging.FRAME, level - 1, 0, virtual, open)) {
                return false;
            }
        }
        return true;
    }

    /** The guest's address of what a table names: its own frames, or in a PV guest's dump-core those of the machine. */
    private long guest(long address) throws IOException {
        if (!frames.any()) return address;
        long pfn = frames.pfn(address >>> 12);
        return pfn == PageRuns.NONE ? PageRuns.NONE : (pfn << 12) | (address & 0xfff);
    }

    /** The four entries at the top of PAE have no say in who may touch a page. */
    private boolean ofPdpt(int level) {
        return paging == Paging.PAE && level == 3;
    }

    private long entry(MemorySegment table, long start, int slot) {
        return paging.shortEntries()
                ? Integer.toUnsignedLong(table.get(Elf.U32, start + 4L * slot))
                : table.get(Elf.U64, start + 8L * slot);
    }
}
