package org.xenimage.tools.guest;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.paging.Paging;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The memory of a 64-bit kernel by its virtual addresses, through the kernel's own page tables. Keeps the pages that
 * were read last: 8 MiB at most. For one thread; the index must stay open.
 */
final class KernelMemory {
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PAGE_SHIFT = 12;
    private static final long IN_PAGE = PageBatch.PAGE_SIZE - 1;
    private static final int CACHED = 2048;

    private final PageIndex pages;
    private final Paging.Root root;
    private final Map<Long, MemorySegment> cache = new Cache();
    private final MemorySegment table = MemorySegment.ofArray(new byte[PageBatch.PAGE_SIZE]);
    private long lastPage = -1;
    private MemorySegment last = MemorySegment.NULL;

    /** The pages that were read last, by their virtual page numbers. */
    private static final class Cache extends LinkedHashMap<Long, MemorySegment> {
        private static final long serialVersionUID = 1;

        Cache() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, MemorySegment> eldest) {
            return size() > CACHED;
        }
    }

    KernelMemory(PageIndex pages, Paging.Root root) {
        this.pages = pages;
        this.root = root;
    }

    /** An integer of 64 bits at an address that is a multiple of 8. */
    long u64(long address) throws IOException, FreePages.NotKnown {
        if ((address & 7) != 0) throw notMapped(address);
        return page(address).get(U64, address & IN_PAGE);
    }

    /** An integer of 32 bits at an address that is a multiple of 4. */
    int u32(long address) throws IOException, FreePages.NotKnown {
        if ((address & 3) != 0) throw notMapped(address);
        return page(address).get(U32, address & IN_PAGE);
    }

    /** The text at an address up to a NUL, within a page. */
    String text(long address, int most) throws IOException, FreePages.NotKnown {
        var text = new StringBuilder();
        for (int i = 0; i < most; i++) {
            byte next = page(address + i).get(ValueLayout.JAVA_BYTE, (address + i) & IN_PAGE);
            if (next == 0) break;
            text.append((char) (next & 0xff));
        }
        return text.toString();
    }

    private MemorySegment page(long address) throws IOException, FreePages.NotKnown {
        long page = address >>> PAGE_SHIFT;
        if (page == lastPage) return last;
        MemorySegment found = cache.get(page);
        if (found == null) {
            found = MemorySegment.ofArray(new byte[PageBatch.PAGE_SIZE]);
            if (!pages.read(translate(address) >>> PAGE_SHIFT, found)) throw notMapped(address);
            cache.put(page, found);
        }
        lastPage = page;
        last = found;
        return found;
    }

    private long translate(long address) throws IOException, FreePages.NotKnown {
        Paging paging = root.paging();
        long base = paging.base();
        if ((address & base) != base) throw notMapped(address);
        long at = root.top();
        for (int level = paging.levels(); ; level--) {
            if (!pages.read(at >>> PAGE_SHIFT, table)) throw notMapped(address);
            long slot = (address >>> paging.shift(level)) & (paging.slots(level) - 1);
            long entry = table.get(U64, slot * Long.BYTES);
            if (!Paging.present(entry)) throw notMapped(address);
            if (paging.maps(entry, level))
                return paging.frame(entry, level) + (address & ((1L << paging.shift(level)) - 1));
            at = entry & Paging.FRAME;
        }
    }

    private static FreePages.NotKnown notMapped(long address) {
        return new FreePages.NotKnown(
                "the image has no memory of its kernel at 0x%x".formatted(address));
    }
}
