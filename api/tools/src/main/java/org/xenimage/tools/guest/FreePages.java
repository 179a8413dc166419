package org.xenimage.tools.guest;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.page.PageView;
import org.xenimage.image.page.PfnSet;
import org.xenimage.image.paging.Paging;
import org.xenimage.tools.index.ImageIndex;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The pages that the kernel of a Linux guest has free, as its page allocator says in an image.
 *
 * <p>What VMCOREINFO names leads to the free lists of every zone, as in makedumpfile ({@code mm/page_alloc.c},
 * {@code include/linux/mmzone.h}):
 *
 * <pre>
 *   node_data[] or contig_page_data
 *     pglist_data.node_zones[nr_zones]
 *       zone.free_area[order]             order 0 to LENGTH(zone.free_area) - 1
 *         free_list[migrate type]         circular lists through page.lru
 *         nr_free                         blocks in these lists
 *   mem_section[root][section].section_mem_map   where the struct page of a PFN is (SPARSEMEM_VMEMMAP)
 * </pre>
 *
 * <p>A page that is taken for free although it is in use would break the guest, so nothing is believed that is said
 * only once. A block counts if it is in a list of its order; if its struct page has the mark of the allocator and the
 * same order; if every page of it has no reference and no mapping; and if it overlaps no other block. Each list must
 * have as many blocks as its zone counts, and be intact in both directions. The release of the kernel must be where its
 * symbols say. If any of that is not so, no page counts as free, and {@link #problem} says why: the kernel is one that
 * is not known, or the guest was saved in the middle of a change of its lists.
 *
 * <p>Not supported: 32-bit kernels, kernels without VMCOREINFO, without SPARSEMEM_VMEMMAP, with memory encryption, and
 * other systems than Linux. Pages in the caches of the vCPUs do not count as free.
 *
 * <p>Time: one read of the struct page of each free page. A hostile guest can have no page counted twice, so its lists
 * end. For one thread; the index must stay open.
 */
public final class FreePages {
    private static final long START_KERNEL_MAP = 0xffffffff80000000L;

    /** More notes than a guest can have by chance: its own, and copies of it. */
    private static final int NOTES_MAX = 16;

    private static final int NODES_MAX = 1024;
    private static final int ZONES_MAX = 8;
    private static final int LIST_HEAD = 16;
    private static final int POINTER = 8;

    /** The flags of a section: it has memory, and it has struct pages. */
    private static final long PRESENT = 3;

    private static final long SECTION_FLAGS = PageBatch.PAGE_SIZE - 1L;

    private final ImageIndex image;
    private final Set<Long> notes = new LinkedHashSet<>();
    private Optional<String> problem = Optional.empty();
    private long blocks;

    /** Why the free pages are not known. */
    static final class NotKnown extends Exception {
        private static final long serialVersionUID = 1;

        NotKnown(String why) {
            super(why);
        }

        String why() {
            return String.valueOf(getMessage());
        }
    }

    /**
     * The free pages of a guest.
     *
     * @param image of the guest
     */
    public FreePages(ImageIndex image) {
        this.image = image;
    }

    /**
     * Looks for the kernel's note among the pages of a batch; all batches must be seen before {@link #find}.
     *
     * @param view of the batch
     * @throws IOException if the batch cannot be read
     */
    public void observe(PageView view) throws IOException {
        GuestNote.observe(view, notes, NOTES_MAX);
    }

    /**
     * Finds the free pages.
     *
     * @return their PFNs; none if {@link #problem} says why they are not known
     * @throws LimitExceeded if they are too many
     * @throws IOException if the image cannot be read
     */
    public PfnSet find() throws IOException {
        try {
            return lists(note());
        } catch (NotKnown e) {
            problem = Optional.of(e.why());
            return new PfnSet();
        }
    }

    /** {@return why the free pages are not known, if they are not} */
    public Optional<String> problem() {
        return problem;
    }

    /** {@return how many blocks of the allocator the free pages are in} */
    public long blocks() {
        return blocks;
    }

    private GuestNote note() throws IOException, NotKnown {
        if (image.fault().isPresent())
            throw new NotKnown("the image is damaged: " + image.fault().get().message());
        List<GuestNote> found = GuestNote.read(image.pages(), notes);
        if (found.isEmpty())
            throw new NotKnown("the guest has no VMCOREINFO, so it is no Linux that is known");
        if (found.size() > 1)
            throw new NotKnown(
                    "the guest has %d different VMCOREINFO notes".formatted(found.size()));
        return found.getFirst();
    }

    private PfnSet lists(GuestNote note) throws IOException, NotKnown {
        if (!note.text("PAGESIZE").equals(Optional.of("4096")))
            throw new NotKnown("its VMCOREINFO has no PAGESIZE=4096");
        if (note.number("sme_mask").orElse(0) != 0)
            throw new NotKnown("its memory is encrypted: sme_mask is not 0");
        long tables = symbol(note, "swapper_pg_dir");
        if (Long.compareUnsigned(tables, START_KERNEL_MAP) < 0)
            throw new NotKnown("it is not a 64-bit kernel");
        boolean five = note.number("pgtable_l5_enabled").orElse(0) == 1;
        Paging paging = five ? Paging.LEVELS_5 : Paging.LEVELS_4;
        long top = tables - START_KERNEL_MAP + note.number("phys_base").orElse(0);
        var memory = new KernelMemory(image.pages(), new Paging.Root(paging, paging.top(top)));
        checkRelease(note, memory);
        var allocator = new Allocator(note, memory, image.pages());
        allocator.nodes();
        blocks = allocator.blocks;
        return allocator.free;
    }

    private static long symbol(GuestNote note, String name) throws NotKnown {
        return note.symbol(name)
                .orElseThrow(() -> new NotKnown("its VMCOREINFO has no SYMBOL(" + name + ")"));
    }

    /** The kernel says of itself what the note says: {@code init_uts_ns.name}, of six texts with 65 bytes each. */
    private static void checkRelease(GuestNote note, KernelMemory memory)
            throws IOException, NotKnown {
        String release = note.text("OSRELEASE").orElse("");
        long names = symbol(note, "init_uts_ns");
        // Before 5.11 the names follow a counter.
        for (int offset : new int[] {0, 4, 8})
            if (memory.text(names + offset, 65).equals("Linux")
                    && memory.text(names + offset + 2 * 65, 65).equals(release)) return;
        throw new NotKnown(
                "no kernel %s is where its VMCOREINFO says"
                        .formatted(release.replaceAll("\\W", "?")));
    }

    /** The allocator of a kernel, read once. */
    private static final class Allocator {
        private final GuestNote note;
        private final KernelMemory memory;
        private final PageIndex pages;
        private final PfnSet free = new PfnSet();
        private long blocks;

        private final int pageSize;
        private final int lru;
        private final int mapcount;
        private final int refcount;
        private final int privateAt;
        private final int buddy;
        private final int orders;
        private final int types;
        private final int areaSize;
        private final int pagesOfSection;
        private final Set<Long> sections = new HashSet<>();
        private long vmemmap;

        Allocator(GuestNote note, KernelMemory memory, PageIndex pages) throws NotKnown {
            this.note = note;
            this.memory = memory;
            this.pages = pages;
            pageSize = note.small("SIZE(page)");
            lru = note.small("OFFSET(page.lru)");
            mapcount = note.small("OFFSET(page._mapcount)");
            refcount = note.small("OFFSET(page._refcount)");
            privateAt = note.small("OFFSET(page.private)");
            orders = note.small("LENGTH(zone.free_area)");
            types = note.small("LENGTH(free_area.free_list)");
            areaSize = note.small("SIZE(free_area)");
            int sectionBits = note.small("NUMBER(SECTION_SIZE_BITS)");
            long mark =
                    note.number("PAGE_BUDDY_MAPCOUNT_VALUE")
                            .orElseThrow(() ->
                                    new NotKnown(
                                            "its VMCOREINFO has no NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)"));
            buddy = (int) mark;
            boolean known =
                    (buddy == mark || Integer.toUnsignedLong(buddy) == mark)
                            && buddy < -1
                            && pageSize >= 32
                            && pageSize <= 256
                            && pageSize % 8 == 0
                            && orders >= 1
                            && orders <= 32
                            && types >= 1
                            && types <= 16
                            && areaSize == types * LIST_HEAD + 8
                            && note.small("SIZE(list_head)") == LIST_HEAD
                            && note.small("OFFSET(list_head.next)") == 0
                            && note.small("OFFSET(list_head.prev)") == POINTER
                            && note.small("OFFSET(free_area.free_list)") == 0
                            && sectionBits >= 20
                            && sectionBits <= 40;
            for (int field : new int[] {lru, mapcount, refcount, privateAt})
                known &= field + POINTER <= pageSize || field + 4 == pageSize;
            if (!known) throw new NotKnown("its structures have a layout that is not known");
            pagesOfSection = 1 << (sectionBits - 12);
        }

        void nodes() throws IOException, NotKnown {
            if (note.symbol("node_data").isPresent()) {
                long table = note.symbol("node_data").getAsLong();
                int most = note.small("LENGTH(node_data)");
                if (most > NODES_MAX) throw new NotKnown("it has more than 1024 memory nodes");
                for (int i = 0; i < most; i++) {
                    long node = memory.u64(table + (long) i * POINTER);
                    if (node != 0) node(node);
                }
            } else node(symbol(note, "contig_page_data"));
            if (free.size() == 0) throw new NotKnown("its kernel has no free pages");
        }

        private void node(long node) throws IOException, NotKnown {
            long first = memory.u64(node + note.small("OFFSET(pglist_data.node_start_pfn)"));
            long end =
                    first + memory.u64(node + note.small("OFFSET(pglist_data.node_spanned_pages)"));
            int zones = memory.u32(node + note.small("OFFSET(pglist_data.nr_zones)"));
            if (zones < 0 || zones > ZONES_MAX || first < 0 || end < first)
                throw inconsistent("a node with %d zones".formatted(zones));
            long zone = node + note.small("OFFSET(pglist_data.node_zones)");
            for (int i = 0; i < zones; i++) {
                long at = zone + (long) i * note.small("SIZE(zone)");
                if (memory.u64(at + note.small("OFFSET(zone.spanned_pages)")) == 0) continue;
                if (vmemmap == 0) vmemmap = memmap(first);
                long area = at + note.small("OFFSET(zone.free_area)");
                for (int order = 0; order < orders; order++)
                    area(area + (long) order * areaSize, order, first, end);
            }
        }

        private void area(long area, int order, long first, long end) throws IOException, NotKnown {
            long counted = memory.u64(area + (long) types * LIST_HEAD);
            long found = 0;
            for (int type = 0; type < types; type++) {
                long head = area + (long) type * LIST_HEAD;
                long before = head;
                long at = memory.u64(head);
                while (at != head) {
                    if (memory.u64(at + POINTER) != before)
                        throw inconsistent("a list that is not linked back");
                    block(pfn(at - lru), order, first, end);
                    found++;
                    before = at;
                    at = memory.u64(at);
                }
                if (memory.u64(head + POINTER) != before)
                    throw inconsistent("a list that is not linked back");
            }
            if (found != counted)
                throw inconsistent(
                        "%d free blocks of order %d, of which %d are in lists"
                                .formatted(counted, order, found));
            blocks += found;
        }

        /** The number of the page that a struct page is of. */
        private long pfn(long page) throws IOException, NotKnown {
            long offset = page - vmemmap;
            long pfn = Long.divideUnsigned(offset, pageSize);
            if (Long.remainderUnsigned(offset, pageSize) != 0 || pfn > PageBatch.PFN_MASK)
                throw inconsistent("an entry that is no struct page");
            return pfn;
        }

        private void block(long pfn, int order, long first, long end) throws IOException, NotKnown {
            long count = 1L << order;
            if (pfn % count != 0 || pfn < first || pfn + count > end)
                throw inconsistent("a block of order %d at pfn 0x%x".formatted(order, pfn));
            for (long each = pfn; each < pfn + count; each++) {
                if (sections.add(each / pagesOfSection) && memmap(each) != vmemmap)
                    throw new NotKnown("its struct pages are not in one table");
                long page = vmemmap + each * pageSize;
                int mark = each == pfn ? buddy : -1;
                if (memory.u32(page + mapcount) != mark || memory.u32(page + refcount) != 0)
                    throw inconsistent("pfn 0x%x in a list, but in use".formatted(each));
                if (!free.add(each)) throw inconsistent("pfn 0x%x in two blocks".formatted(each));
                if (!pages.has(each))
                    throw inconsistent("pfn 0x%x, which the image does not have".formatted(each));
            }
            if (memory.u64(vmemmap + pfn * pageSize + privateAt) != order)
                throw inconsistent("a block of another order at pfn 0x%x".formatted(pfn));
        }

        /** Where the struct page of PFN 0 would be, as the section of a PFN says. */
        private long memmap(long pfn) throws IOException, NotKnown {
            int size = note.small("SIZE(mem_section)");
            if (size < 8 || size > PageBatch.PAGE_SIZE)
                throw new NotKnown("its structures have a layout that is not known");
            int ofRoot = PageBatch.PAGE_SIZE / size;
            long section = pfn / pagesOfSection;
            if (section / ofRoot >= note.small("LENGTH(mem_section)"))
                throw inconsistent("pfn 0x%x beyond all memory".formatted(pfn));
            long root = memory.u64(symbol(note, "mem_section") + section / ofRoot * POINTER);
            long map =
                    memory.u64(
                            root
                                    + section % ofRoot * size
                                    + note.small("OFFSET(mem_section.section_mem_map)"));
            if ((map & PRESENT) != PRESENT)
                throw inconsistent("pfn 0x%x without a struct page".formatted(pfn));
            return map & ~SECTION_FLAGS;
        }

        private static NotKnown inconsistent(String what) {
            return new NotKnown(
                    "its free lists are not consistent: they have "
                            + what
                            + "; it may have been saved while they changed");
        }
    }
}
