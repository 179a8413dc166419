package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Walks the kernel half of 4-level or 5-level page tables.
 *
 * <p>Tables of a hostile image may form cycles or name one table a billion times, so a walk reads at most
 * {@link #TABLES_MAX} tables and says if it stopped.
 */
final class PageTables {
    /** What a walk reads at most: the tables of 64 GiB mapped by small pages. */
    static final int TABLES_MAX = 1 << 15;

    private static final long PRESENT = 1;
    private static final long LARGE = 1 << 7;
    private static final long FRAME = 0x000ffffffffff000L;
    private static final int SLOTS = 512;
    private static final int XEN_FIRST = 256;
    private static final int XEN_LAST = 271;

    /** Takes mappings, ascending by virtual address. */
    interface Visitor {
        void mapped(long virtual, long physical, long octets) throws IOException;
    }

    private final PageStore pages;
    private final boolean pv;
    private final Visitor visitor;
    private final MemorySegment[] levels;
    private int tables;

    PageTables(PageStore pages, boolean pv, boolean fiveLevels, Visitor visitor) {
        this.pages = pages;
        this.pv = pv;
        this.visitor = visitor;
        this.levels = new MemorySegment[fiveLevels ? 5 : 4];
        for (int i = 0; i < levels.length; i++) levels[i] = Arena.ofAuto().allocate(4096, 8);
    }

    /** Walks from a top table; returns false if it stopped before the end. */
    boolean walk(long top) throws IOException {
        return table(
                top,
                levels.length,
                XEN_FIRST,
                levels.length == 5 ? 0xff00000000000000L : 0xffff000000000000L);
    }

    private boolean table(long physical, int level, int firstSlot, long base) throws IOException {
        long number = pages.runs().find(physical >>> 12);
        if (number == PageRuns.NONE) return true;
        if (++tables > TABLES_MAX) return false;
        MemorySegment table = levels[level - 1];
        pages.read(number, table);
        int shift = 12 + 9 * (level - 1);
        for (int slot = firstSlot; slot < SLOTS; slot++) {
            long entry = table.get(Elf.U64, 8L * slot);
            if ((entry & PRESENT) == 0) continue;
            if (pv && level == 4 && slot >= XEN_FIRST && slot <= XEN_LAST) continue;
            long virtual = base + ((long) slot << shift);
            if (level == 1 || (level <= 3 && (entry & LARGE) != 0)) {
                visitor.mapped(virtual, entry & FRAME & -(1L << shift), 1L << shift);
            } else if (!table(entry & FRAME, level - 1, 0, virtual)) {
                return false;
            }
        }
        return true;
    }
}
