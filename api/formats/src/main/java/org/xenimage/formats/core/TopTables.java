package org.xenimage.formats.core;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The pages that are top page tables of a PV guest by their types in PAGE_DATA, L4TAB or, with 32
 * bits, L3TAB. Pinned ones are tables that a process or the kernel can run on. They are the start
 * of a walk if the records of the vCPUs are lost. At most {@value #TABLES_MAX} are kept.
 */
final class TopTables {
    private static final int TABLES_MAX = 1024;
    private static final int PINNED = 8;

    /** PFN to type. */
    private final TreeMap<Long, Integer> tables = new TreeMap<>();

    /** {@return these tables, apart from what comes after} */
    TopTables copy() {
        var copy = new TopTables();
        copy.tables.putAll(tables);
        return copy;
    }

    void observe(PageBatch batch) throws IOException {
        int count = batch.count();
        for (int i = 0; i < count; i++) {
            long entry = batch.entry(i);
            int type = new PageEntry(entry).typeCode();
            int level = type & ~PINNED;
            long pfn = new PageEntry(entry).pfn();
            if (PageType.hasData(type)
                    && (level == PageType.L4TAB.code() || level == PageType.L3TAB.code())) {
                if (tables.size() < TABLES_MAX || tables.containsKey(pfn)) tables.put(pfn, type);
            } else if (!tables.isEmpty()) {
                tables.remove(pfn);
            }
        }
    }

    /** Top level first, pinned ones first. */
    List<Long> pfns() {
        List<Long> best = new ArrayList<>();
        boolean narrow =
                tables.values().stream()
                        .noneMatch(type -> (type & ~PINNED) == PageType.L4TAB.code());
        int level = (narrow ? PageType.L3TAB : PageType.L4TAB).code();
        for (int type : new int[] {level | PINNED, level})
            tables.forEach((pfn, found) -> {
                if (found == type) best.add(pfn);
            });
        return best;
    }
}
