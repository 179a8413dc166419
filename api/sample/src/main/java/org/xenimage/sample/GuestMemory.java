package org.xenimage.sample;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.record.RecordContext;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of a sample guest: the purpose and contents of each PFN.
 *
 * <p>All of it follows from the options by arithmetic; nothing is kept per page. The kernel's part
 * lies together, at the 16 MiB where Linux puts it if the guest is large enough.
 *
 * <pre>
 *   virtual address      slots of L4   maps
 *   0x0000000000400000   0             a process: code, data, heap
 *   0x00007ffffffde000   255           its stack
 *   0xffff888000000000   273 …         all memory
 *   0xffffc90000000000   402           the p2m of a PV guest
 *   0xffffffff81000000   511           the kernel, from its code to the last page of its data
 * </pre>
 */
abstract sealed class GuestMemory permits PvMemory, HvmMemory {
    static final int PAGE_SIZE = PageBatch.PAGE_SIZE;
    static final int ENTRIES = 512;
    static final int STACK_PAGES = 4;

    static final long DIRECT_MAP = 0xffff888000000000L;
    static final long KERNEL = 0xffffffff81000000L;
    static final long P2M = 0xffffc90000000000L;
    static final long USER_CODE = 0x400000L;
    static final long USER_STACK = 0x7ffffffde000L;

    /** The bit of an entry that forbids to run what it leads to. */
    static final long NO_EXECUTE = 1L << 63;

    /** Of an entry that leads to a table: dirty, accessed, user, writable, present. */
    static final long TABLE = 0x67;

    static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(RecordContext.X86_64.order());
    static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(RecordContext.X86_64.order());

    /** What stands for an extent that is not placed yet. */
    static final Extent NONE = new Extent(0, 0, PageType.XTAB, false, PageContents.ZERO);

    private static final int FILLER_MIN = 24;
    private static final int USER_PAGES = 4;

    /** What the filler is made with, and the noise elsewhere. */
    final Filler filler;

    private final SampleImage options;
    private final List<Extent> extents = new ArrayList<>();
    private final List<Marker> markers = new ArrayList<>();
    private final KernelContents kernelContents;
    private long next;

    private Extent text = NONE;
    private Extent readOnly = NONE;
    private Extent data = NONE;
    private Extent stacks = NONE;
    private Extent user = NONE;
    private Extent roots = NONE;

    GuestMemory(SampleImage options) {
        this.options = options;
        this.filler = new Filler(options);
        this.kernelContents = new KernelContents(this);
    }

    /** {@return all extents, in ascending order} */
    List<Extent> extents() {
        return extents;
    }

    List<Marker> markers() {
        return List.copyOf(markers);
    }

    SampleImage options() {
        return options;
    }

    /** {@return pages of memory that the options ask for} */
    long pages() {
        return (long) options.memoryMiB() << 8;
    }

    /** Fills a page, its marker included. */
    void fill(Extent extent, long index, MemorySegment page) {
        extent.contents().fill(page, index);
        long pfn = extent.pfn(index);
        for (Marker marker : markers) {
            if (marker.pfn() == pfn) filler.put(page, marker.offset(), marker.text());
            if (marker.pfn() + 1 == pfn && marker.split()) {
                int fits = PAGE_SIZE - marker.offset();
                filler.put(page, 0, marker.text().substring(fits));
            }
        }
    }

    Extent text() {
        return text;
    }

    Extent readOnly() {
        return readOnly;
    }

    Extent data() {
        return data;
    }

    Extent stacks() {
        return stacks;
    }

    Extent roots() {
        return roots;
    }

    /** {@return where the kernel sees a PFN among all memory} */
    static long direct(long pfn) {
        return DIRECT_MAP + pfn * PAGE_SIZE;
    }

    /** {@return where the kernel sees a page of its own} */
    long kernelAddress(long pfn) {
        return KERNEL + (pfn - text.first()) * PAGE_SIZE;
    }

    /** {@return the bytes from physical address 0 to where 0xffffffff80000000 would be} */
    long physicalBase() {
        return (text.first() << 12) - (KERNEL - 0xffffffff80000000L);
    }

    /** {@return the top of a vCPU's stack among all memory} */
    long stackTop(int vcpu) {
        return direct(stacks.pfn((long) vcpu * STACK_PAGES)) + (long) STACK_PAGES * PAGE_SIZE;
    }

    /** {@return the page table that the first vCPU runs on: the process's} */
    abstract long processRoot();

    /** {@return the kernel's own, which the others run on} */
    abstract long kernelRoot();

    /** Fills the page in which a vCPU's stack begins, at its end. */
    abstract void fillStackTop(MemorySegment page);

    // Placing.

    /** Leaves PFNs out, telling the receiver so. */
    final void hole(long count) {
        place(count, PageType.XTAB, false, PageContents.ZERO);
    }

    /** Leaves PFNs out, and says nothing of them. */
    final void skipTo(long pfn) {
        next = pfn;
    }

    final long next() {
        return next;
    }

    final Extent place(long count, PageType type, boolean writable, PageContents contents) {
        var extent = new Extent(next, count, type, writable, contents);
        next += count;
        if (count > 0) extents.add(extent);
        return extent;
    }

    final Extent place(long count, PageContents contents) {
        return place(count, PageType.NOTAB, true, contents);
    }

    final Extent placeFiller(long count) {
        long first = next;
        return place(count, (page, index) -> filler.fill(page, first + index));
    }

    /** The part of the kernel that is mapped at its own address; the guest's tables follow. */
    final void placeKernel(PageContents descriptors, int descriptorPages, boolean writable) {
        text = place(KernelContents.TEXT_PAGES, PageType.NOTAB, false, kernelContents::text);
        readOnly =
                place(
                        KernelContents.READ_ONLY_PAGES,
                        PageType.NOTAB,
                        false,
                        kernelContents::readOnly);
        data = place(KernelContents.DATA_PAGES, kernelContents::data);
        placeDescriptors(place(descriptorPages, PageType.NOTAB, writable, descriptors));
        stacks =
                place(
                        (long) options.vcpus() * STACK_PAGES,
                        (page, index) -> {
                            if (index % STACK_PAGES == STACK_PAGES - 1) fillStackTop(page);
                        });
        long first = next;
        user = place(USER_PAGES, (page, index) -> filler.text(page, first + index));
        markers.add(marker(user.pfn(1), 0x240));
    }

    abstract void placeDescriptors(Extent descriptors);

    final void placeRoots(Extent tables) {
        roots = tables;
    }

    /** Hides the markers in the largest run of filler. */
    final void placeMarkers(Extent... fillers) {
        Extent largest = NONE;
        for (Extent run : fillers) if (run.count() > largest.count()) largest = run;
        if (largest.count() < FILLER_MIN) throw tooSmall();
        for (int i = 0; i < 4; i++) {
            markers.add(marker(largest.pfn(largest.count() * i / 6 + 1), 0x100 + 0x135 * i));
        }
        markers.add(marker(largest.pfn(largest.count() * 4 / 6 + 1), PAGE_SIZE - 20));
        markers.add(marker(largest.pfn(largest.count() * 5 / 6 + 1), PAGE_SIZE - 9));
    }

    final IllegalArgumentException tooSmall() {
        return new IllegalArgumentException(
                "%d MiB is too little for a sample with %d vCPUs; use at least %d MiB"
                        .formatted(options.memoryMiB(), options.vcpus(), 2 + options.vcpus() / 16));
    }

    private Marker marker(long pfn, int offset) {
        long value = options.random(pfn ^ 0x746f6b656eL).nextLong();
        return new Marker(pfn, offset, Marker.PREFIX + "%016x%016x".formatted(value, ~value));
    }

    // Page tables.

    /** An entry that leads to a page of the kernel. */
    abstract long kernelEntry(long pfn, boolean writable, boolean executable);

    /** An entry that leads to a page of the process. */
    abstract long userEntry(long pfn, boolean executable);

    static long tableEntry(long pfn) {
        return (pfn << 12) | TABLE;
    }

    static void setEntry(MemorySegment page, long index, long entry) {
        page.set(U64, 8 * index, entry);
    }

    /** The slot of an address in a table of some level, 4 to 1. */
    static int slot(long address, int level) {
        return (int) (address >>> (3 + 9 * level)) & (ENTRIES - 1);
    }

    /** Maps the kernel's own pages at its own address. */
    final void fillKernelTable(MemorySegment page) {
        for (Extent extent : List.of(text, readOnly, data)) {
            for (long pfn = extent.first(); pfn < extent.end(); pfn++) {
                setEntry(
                        page,
                        slot(kernelAddress(pfn), 1),
                        kernelEntry(pfn, extent.writable(), extent.first() == text.first()));
            }
        }
    }

    /** Maps the code, the data and the heap of the process. */
    final void fillUserTable(MemorySegment page) {
        for (int i = 0; i < USER_PAGES - 1; i++) {
            setEntry(page, slot(USER_CODE, 1) + i, userEntry(user.pfn(i), i == 0));
        }
    }

    /** Maps the stack of the process. */
    final void fillUserStackTable(MemorySegment page) {
        setEntry(page, slot(USER_STACK, 1), userEntry(user.pfn(USER_PAGES - 1), false));
    }
}
