package org.xenimage.tools.guest;

import org.xenimage.image.element.GuestType;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.page.PageView;
import org.xenimage.image.page.PfnSet;
import org.xenimage.image.paging.Paging;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntry;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.PvInfo;
import org.xenimage.image.record.RecordType;
import org.xenimage.tools.index.ImageIndex;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The address spaces of a guest, as its page tables in an image have them.
 *
 * <p>Of a PV guest every table is known by the type of its page. Of any other guest the walk begins at the tables that
 * the vCPUs run on, and at every page that looks like one of them: its upper half, which is the kernel's and the same
 * in each process of a 64-bit guest, has the entries that theirs has. Those pages are found by {@link #observe}, which
 * sees all contents before the {@link #walk}.
 *
 * <p>Tables of a hostile image may form cycles, be tables of several levels, or name one table from everywhere. Each
 * page is walked once for each level, and all reads together are bounded by the number of pages, so that the time grows
 * with the image only. Memory: two bits for each page that is or may be a table, as in {@link PfnSet}. For one thread;
 * the index must stay open.
 */
public final class AddressSpaces {
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PAGE_SHIFT = 12;
    private static final int HALF = PageBatch.PAGE_SIZE / 2;
    private static final long NOTHING = -1;

    /** Reads of tables for each page of the image, and for an image of any size. */
    private static final int READS_PER_PAGE = 4;

    private static final int READS_LEAST = 1 << 16;

    /** Top tables that others are compared with: those of so many vCPUs that differ. */
    private static final int MODELS_MAX = 4;

    /** Takes pages that follow one another. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * Takes two pages.
         *
         * @param first PFN of the page at some address
         * @param second PFN of the page at the address after it; not the PFN after the first
         * @throws IOException to end the walk
         */
        void follows(long first, long second) throws IOException;
    }

    private final String source;
    private final PageIndex pages;
    private final boolean pv;
    private final int pvLevels;
    private final List<Paging.Root> roots;
    private final List<Model> models = new ArrayList<>();
    private final PfnSet alike = new PfnSet();
    private final Map<Paging, List<PfnSet>> walked = new EnumMap<>(Paging.class);
    private final List<MemorySegment> levels = new ArrayList<>();
    private final MemorySegment edge = Arena.ofAuto().allocate(PageBatch.PAGE_SIZE, 8);
    private final long readsMax;
    private long reads;
    private long tables;

    /** The kernel's half of a top table: the slots in use and what they lead to. */
    private static final class Model {
        private final Paging paging;
        private final int[] slots;
        private final long[] frames;

        Model(Paging paging, int[] slots, long[] frames) {
            this.paging = paging;
            this.slots = slots;
            this.frames = frames;
        }
    }

    /**
     * The address spaces of a guest.
     *
     * @param image of the guest
     * @throws IOException if its records cannot be read
     */
    public AddressSpaces(ImageIndex image) throws IOException {
        source = image.name();
        pages = image.pages();
        pv =
                image.first(LibxcHeader.class)
                        .flatMap(LibxcHeader::guestType)
                        .filter(GuestType.PV::equals)
                        .isPresent();
        readsMax = Math.max(READS_LEAST, READS_PER_PAGE * pages.withContents());
        for (Paging paging : Paging.values()) {
            while (levels.size() < paging.levels())
                levels.add(Arena.ofAuto().allocate(PageBatch.PAGE_SIZE, 8));
        }
        Set<Paging.Root> found = new LinkedHashSet<>();
        int tops = 4;
        for (var element : image.elements()) {
            if (!(element instanceof RecordFrame frame)) continue;
            try {
                if (pv && frame.type().equals(RecordType.X86_PV_INFO)) {
                    if (frame.decode() instanceof PvInfo info) tops = info.ptLevels();
                } else if (!pv && frame.type().equals(RecordType.HVM_CONTEXT)) {
                    if (frame.decode() instanceof HvmContext context) found.addAll(roots(context));
                }
            } catch (CorruptImage _) {
                // The verifier and the guard say what is wrong with the record; it shows no tables.
            }
        }
        pvLevels = tops;
        roots = List.copyOf(found);
        for (Paging.Root root : roots) if (models.size() < MODELS_MAX) model(root);
    }

    private static List<Paging.Root> roots(HvmContext context) {
        List<Paging.Root> found = new ArrayList<>();
        for (HvmEntry entry : context.entries(HvmEntryType.CPU))
            if (entry.body() instanceof FieldValue.Group cpu)
                Paging.root(
                                cpu.unsigned("cr0"),
                                cpu.unsigned("cr3"),
                                cpu.unsigned("cr4"),
                                cpu.unsigned("msr_efer"))
                        .ifPresent(found::add);
        return found;
    }

    private void model(Paging.Root root) throws IOException {
        Paging paging = root.paging();
        if (paging.narrow()) return;
        MemorySegment top = levels.get(0);
        if (!pages.read(root.top() >>> PAGE_SHIFT, top)) return;
        int[] slots = new int[HALF / Long.BYTES];
        long[] frames = new long[slots.length];
        int used = 0;
        for (int slot = slots.length; slot < 2 * slots.length; slot++) {
            long entry = top.get(U64, (long) slot * Long.BYTES);
            if (!Paging.present(entry)) continue;
            slots[used] = slot;
            frames[used++] = entry & Paging.FRAME;
        }
        if (used > 0)
            models.add(new Model(paging, Arrays.copyOf(slots, used), Arrays.copyOf(frames, used)));
    }

    /**
     * Looks for top tables among the pages of a batch.
     *
     * @param view of the batch
     * @throws IOException if the batch cannot be read
     */
    public void observe(PageView view) throws IOException {
        if (models.isEmpty()) return;
        MemorySegment data = view.batch().data();
        long at = 0;
        for (int i = 0; i < view.count(); i++) {
            if (!view.hasContents(i)) continue;
            for (Model model : models) if (looksLike(model, data, at)) alike.add(view.pfn(i));
            at += PageBatch.PAGE_SIZE;
        }
    }

    /** Three entries of four as in the model: a process has some of its own, and entries change while a guest runs. */
    private static boolean looksLike(Model model, MemorySegment data, long at) {
        int wrong = model.slots.length / 4;
        for (int i = 0; i < model.slots.length; i++) {
            long entry = data.get(U64, at + (long) model.slots[i] * Long.BYTES);
            boolean same = Paging.present(entry) && (entry & Paging.FRAME) == model.frames[i];
            if (!same && wrong-- == 0) return false;
        }
        return true;
    }

    /**
     * Walks all tables.
     *
     * @param visitor takes what follows one another, in no order, and perhaps several times
     * @return how many tables there were
     * @throws LimitExceeded if the tables of a hostile image name too many others
     * @throws IOException if the image cannot be read, or whatever the visitor throws
     */
    public long walk(Visitor visitor) throws IOException {
        if (pv) {
            walkByType(visitor);
        } else {
            for (Paging.Root root : roots) table(root.paging(), root.top(), visitor);
            for (long pfn = pages.next(0); pfn >= 0; pfn = pages.next(pfn + 1))
                if (alike.contains(pfn))
                    for (Model model : models) table(model.paging, pfn << PAGE_SHIFT, visitor);
        }
        return tables;
    }

    private void walkByType(Visitor visitor) throws IOException {
        Paging paging = pvLevels == 3 ? Paging.PAE : Paging.LEVELS_4;
        for (long pfn = pages.next(0); pfn >= 0; pfn = pages.next(pfn + 1)) {
            PageType type = pages.type(pfn);
            int level = type.isPageTable() ? type.code() & 7 : 0;
            if (level < 1 || level > paging.levels()) continue;
            MemorySegment table = levels.get(0);
            if (read(pfn, table)) entries(paging, level, table, 0, visitor);
        }
    }

    private void table(Paging paging, long top, Visitor visitor) throws IOException {
        table(paging, paging.levels(), top, visitor);
    }

    private void table(Paging paging, int level, long address, Visitor visitor) throws IOException {
        long pfn = address >>> PAGE_SHIFT;
        if (pfn > PageBatch.PFN_MASK) return;
        // the top table of PAE is not a page of its own, and is walked as often as it is named
        boolean whole = paging != Paging.PAE || level < paging.levels();
        if (whole && !walked(paging, level).add(pfn)) return;
        MemorySegment table = levels.get(level - 1);
        if (!read(pfn, table)) return;
        int start = whole ? 0 : (int) (address & (PageBatch.PAGE_SIZE - 1));
        entries(paging, level, table, start, visitor);
        if (level == 1) return;
        for (int slot = 0; slot < paging.slots(level); slot++) {
            long entry = entry(paging, table, start, slot);
            if (Paging.present(entry) && !paging.maps(entry, level))
                table(paging, level - 1, entry & Paging.FRAME, visitor);
        }
    }

    private PfnSet walked(Paging paging, int level) {
        List<PfnSet> sets = walked.computeIfAbsent(paging, _ -> new ArrayList<>());
        while (sets.size() < level) sets.add(new PfnSet());
        return sets.get(level - 1);
    }

    /** What follows what where one entry ends and the next one begins. */
    private void entries(Paging paging, int level, MemorySegment table, int start, Visitor visitor)
            throws IOException {
        tables++;
        int slots = paging.slots(level);
        long before = 0;
        for (int slot = 0; slot < slots; slot++) {
            long entry = entry(paging, table, start, slot);
            if (Paging.present(before) && Paging.present(entry)) {
                long first = end(paging, level, before, true);
                long second = first == NOTHING ? NOTHING : end(paging, level, entry, false);
                if (second != NOTHING && second != first + 1) visitor.follows(first, second);
            }
            before = entry;
        }
    }

    /** The last or the first page that an entry maps, at any depth. */
    private long end(Paging paging, int level, long entry, boolean last) throws IOException {
        long at = entry;
        int depth = level;
        while (Paging.present(at) && !paging.maps(at, depth)) {
            if (!read((at & Paging.FRAME) >>> PAGE_SHIFT, edge)) return NOTHING;
            depth--;
            at = entry(paging, edge, 0, last ? paging.slots(depth) - 1 : 0);
        }
        if (!Paging.present(at)) return NOTHING;
        long pfn = paging.frame(at, depth) >>> PAGE_SHIFT;
        return last ? pfn + (1L << (paging.shift(depth) - PAGE_SHIFT)) - 1 : pfn;
    }

    private static long entry(Paging paging, MemorySegment table, int start, int slot) {
        return paging.shortEntries()
                ? Integer.toUnsignedLong(table.get(U32, start + 4L * slot))
                : table.get(U64, start + 8L * slot);
    }

    private boolean read(long pfn, MemorySegment into) throws IOException {
        if (++reads > readsMax)
            throw new LimitExceeded(
                    Fault.in(source)
                            .element("page tables")
                            .expected(
                                    "tables that name at most %d others, which is %d for each page"
                                            .formatted(readsMax, READS_PER_PAGE))
                            .found("more")
                            .remedy("scrub without across: the tables were made to take up time"));
        return pages.read(pfn, into);
    }
}
