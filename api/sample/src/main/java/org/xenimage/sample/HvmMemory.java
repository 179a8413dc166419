package org.xenimage.sample;

import java.lang.foreign.MemorySegment;

/**
 * The memory of an HVM or PVH guest: RAM around the holes of a PC, and the pages that the toolstack
 * puts below 4 GiB.
 *
 * <pre>
 *   PFN 0x00000          RAM
 *       0x000a0          VGA, not in a PVH guest
 *       0x000c0          RAM up to 0xf0000
 *       0xfc000          ACPI tables
 *       0xfc100          task state for real mode, HVM only
 *       0xfeff0          emulator requests, HVM only
 *       0xfeff8          the rings of console, xenstore, …, and the identity page table
 *      0x100000          RAM that did not fit below
 * </pre>
 */
final class HvmMemory extends GuestMemory {
    static final long ACPI = 0xfc000;
    static final long VM86 = 0xfc100;
    static final long REQUEST_SERVERS = 0xfeff0;
    static final int REQUEST_SERVER_COUNT = 8;
    static final long PAGING = 0xfeff8;
    static final long MONITOR = 0xfeff9;
    static final long SHARING = 0xfeffa;
    static final long BUFFERED_REQUESTS = 0xfeffb;
    static final long XENSTORE = 0xfeffc;
    static final long REQUESTS = 0xfeffd;
    static final long IDENTITY_TABLE = 0xfeffe;
    static final long CONSOLE = 0xfefff;

    /** Within a vCPU's descriptor page. */
    static final int TASK_STATE = 0x200;

    static final int TASK_STATE_LENGTH = 0x68;
    static final int PER_VCPU = 0x400;

    private static final long VGA = 0xa0;
    private static final long VGA_END = 0xc0;
    private static final long LOW_END = 0xf0000;
    private static final long HIGH = 0x100000;
    private static final int ACPI_PAGES = 9;

    /** Holes that the image names before the special pages, as savers name all they examined. */
    private static final int NAMED_HOLES = 16;

    private static final long KERNEL_PFN = 0x1000;
    private static final long KERNEL_PFN_SMALL = 0x100;

    /** An entry of L2 that maps 2 MiB: NX, global, page size, dirty, accessed, writable. */
    private static final long LARGE = NO_EXECUTE | 0x1e3;

    private final long lowEnd;
    private final long highEnd;
    private final boolean vga;
    private Extent descriptors = NONE;
    private final Extent l3Direct;
    private final Extent l3Kernel;
    private final Extent l3User;
    private final Extent l3UserStack;
    private final Extent l2Direct;
    private final Extent l2Kernel;
    private final Extent l2User;
    private final Extent l2UserStack;
    private final Extent l1First;
    private final Extent l1Last;
    private final Extent l1Kernel;
    private final Extent l1User;
    private final Extent l1UserStack;

    HvmMemory(SampleImage options) {
        super(options);
        long total = pages();
        lowEnd = Math.min(total, LOW_END);
        highEnd = HIGH + total - lowEnd;
        vga = options.guest() == SampleGuest.HVM;
        long kernel = total >= 2 * KERNEL_PFN ? KERNEL_PFN : KERNEL_PFN_SMALL;
        if (total <= kernel) kernel = VGA_END;

        Extent low = placeFiller(vga ? VGA : kernel);
        if (vga) {
            hole(VGA_END - VGA);
            placeFiller(kernel - VGA_END);
        }
        placeKernel(this::fillDescriptors, 1 + options.vcpus(), true);
        placeRoots(place(1, (page, _) -> fillRoot(page)));
        long end = total > lowEnd ? highEnd : lowEnd;
        long l2 = tables(end, (long) ENTRIES * ENTRIES);
        l3Direct = place(tables(l2, ENTRIES), this::fillDirectL3);
        l3Kernel = place(1, (page, _) -> fillKernelL3(page));
        l3User = place(1, (page, _) -> fillUserL3(page));
        l3UserStack = place(1, (page, _) -> fillUserStackL3(page));
        l2Direct = place(l2, this::fillDirectL2);
        l2Kernel = place(1, (page, _) -> fillKernelL2(page));
        l2User = place(1, (page, _) -> fillUserL2(page));
        l2UserStack = place(1, (page, _) -> fillUserStackL2(page));
        l1First = place(1, (page, _) -> fillDirectL1(page, 0));
        boolean ragged = total % ENTRIES != 0 && total > ENTRIES;
        l1Last = place(ragged ? 1 : 0, (page, _) -> fillDirectL1(page, end - end % ENTRIES));
        l1Kernel = place(1, (page, _) -> fillKernelTable(page));
        l1User = place(1, (page, _) -> fillUserTable(page));
        l1UserStack = place(1, (page, _) -> fillUserStackTable(page));
        if (next() > lowEnd) throw tooSmall();
        Extent rest = placeFiller(lowEnd - next());
        placeSpecial();
        skipTo(HIGH);
        placeMarkers(low, rest, placeFiller(highEnd - HIGH));
    }

    private void placeSpecial() {
        skipTo(ACPI);
        place(ACPI_PAGES, this::fillAcpi);
        if (vga) {
            skipTo(VM86);
            place(1, PageContents.ZERO);
        }
        skipTo(REQUEST_SERVERS - NAMED_HOLES);
        hole(vga ? NAMED_HOLES : NAMED_HOLES + REQUEST_SERVER_COUNT);
        if (vga) place(REQUEST_SERVER_COUNT, PageContents.ZERO);
        place(IDENTITY_TABLE - PAGING, PageContents.ZERO);
        place(1, (page, _) -> fillIdentityTable(page));
        place(1, PageContents.ZERO);
    }

    /** {@return whether the guest has memory there that its kernel knows} */
    boolean ram(long pfn) {
        if (vga && pfn >= VGA && pfn < VGA_END) return false;
        return pfn < lowEnd || (pfn >= HIGH && pfn < highEnd);
    }

    /** {@return the page that holds the interrupt descriptor table} */
    long interruptsPfn() {
        return descriptors.first();
    }

    /** {@return the page that holds a vCPU's descriptor table and task state} */
    long descriptorPfn(int vcpu) {
        return descriptors.pfn(1 + (long) vcpu);
    }

    @Override
    long kernelRoot() {
        return roots().first();
    }

    @Override
    long processRoot() {
        return roots().first();
    }

    @Override
    void placeDescriptors(Extent pages) {
        descriptors = pages;
    }

    @Override
    void fillStackTop(MemorySegment page) {
        page.set(U64, PAGE_SIZE - HvmState.STACK_USED, KERNEL + KernelContents.WAIT);
    }

    @Override
    long kernelEntry(long pfn, boolean writable, boolean executable) {
        return pfn << 12 | (executable ? 0 : NO_EXECUTE) | (writable ? 0x163 : 0x161);
    }

    @Override
    long userEntry(long pfn, boolean executable) {
        return pfn << 12 | (executable ? 0x25 : NO_EXECUTE | 0x67);
    }

    private static long tables(long pages, long each) {
        return (pages + each - 1) / each;
    }

    private void fillRoot(MemorySegment page) {
        setEntry(page, slot(USER_CODE, 4), tableEntry(l3User.first()));
        setEntry(page, slot(USER_STACK, 4), tableEntry(l3UserStack.first()));
        for (long i = 0; i < l3Direct.count(); i++) {
            setEntry(page, slot(DIRECT_MAP, 4) + i, tableEntry(l3Direct.pfn(i)));
        }
        setEntry(page, slot(KERNEL, 4), tableEntry(l3Kernel.first()));
    }

    private void fillDirectL3(MemorySegment page, long index) {
        long from = index * ENTRIES;
        long to = Math.min(l2Direct.count(), from + ENTRIES);
        for (long i = from; i < to; i++) setEntry(page, i - from, tableEntry(l2Direct.pfn(i)));
    }

    /** 2 MiB each where all of it is RAM; a table where some of it is. */
    private void fillDirectL2(MemorySegment page, long index) {
        for (int i = 0; i < ENTRIES; i++) {
            long from = (index * ENTRIES + i) * ENTRIES;
            if (from == 0) {
                setEntry(page, i, tableEntry(l1First.first()));
            } else if (ram(from) && ram(from + ENTRIES - 1)) {
                setEntry(page, i, from << 12 | LARGE);
            } else if (ram(from)) {
                setEntry(page, i, tableEntry(l1Last.first()));
            }
        }
    }

    private void fillDirectL1(MemorySegment page, long from) {
        for (int i = 0; i < ENTRIES; i++) {
            if (ram(from + i)) setEntry(page, i, kernelEntry(from + i, true, false));
        }
    }

    private void fillKernelL3(MemorySegment page) {
        setEntry(page, slot(KERNEL, 3), tableEntry(l2Kernel.first()));
    }

    private void fillKernelL2(MemorySegment page) {
        setEntry(page, slot(KERNEL, 2), tableEntry(l1Kernel.first()));
    }

    private void fillUserL3(MemorySegment page) {
        setEntry(page, slot(USER_CODE, 3), tableEntry(l2User.first()));
    }

    private void fillUserL2(MemorySegment page) {
        setEntry(page, slot(USER_CODE, 2), tableEntry(l1User.first()));
    }

    private void fillUserStackL3(MemorySegment page) {
        setEntry(page, slot(USER_STACK, 3), tableEntry(l2UserStack.first()));
    }

    private void fillUserStackL2(MemorySegment page) {
        setEntry(page, slot(USER_STACK, 2), tableEntry(l1UserStack.first()));
    }

    /** First the interrupt descriptor table of all, then a page of each vCPU. */
    private void fillDescriptors(MemorySegment page, long index) {
        if (index == 0) {
            fillInterrupts(page);
            return;
        }
        setEntry(page, 1, 0x00cf9b000000ffffL);
        setEntry(page, 2, 0x00af9b000000ffffL);
        setEntry(page, 3, 0x00cf93000000ffffL);
        setEntry(page, 4, 0x00cffb000000ffffL);
        setEntry(page, 5, 0x00cff3000000ffffL);
        setEntry(page, 6, 0x00affb000000ffffL);
        long state = direct(descriptors.pfn(index)) + TASK_STATE;
        long low = state & 0xffffffL;
        long high = state >>> 24 & 0xff;
        long limit = TASK_STATE_LENGTH - 1;
        setEntry(page, 8, 0x00008b0000000000L | limit | (low << 16) | (high << 56));
        setEntry(page, 9, state >>> 32);
        setEntry(page, 15, 0x0040f50000000000L);
        page.set(U64, TASK_STATE + 4L, stackTop((int) index - 1));
        page.set(U32, TASK_STATE + 100L, TASK_STATE_LENGTH << 16);
        page.set(U64, PER_VCPU, index - 1);
    }

    /** 256 gates: exceptions to a halt, all others to a return. */
    private static void fillInterrupts(MemorySegment page) {
        for (int vector = 0; vector < 256; vector++) {
            boolean trap = vector < KernelContents.TRAP_COUNT;
            int at = trap ? KernelContents.TRAPS + 16 * vector : KernelContents.INTERRUPT;
            long handler = KERNEL + at;
            long low = handler & 0xffff;
            long middle = handler >>> 16 & 0xffff;
            long gate = low | (0x10L << 16) | (0x8eL << 40) | (middle << 48);
            setEntry(page, 2L * vector, gate);
            setEntry(page, 2L * vector + 1, handler >>> 32);
        }
    }

    /** The firmware control structure, alone; the tables that lead to it are the firmware's. */
    private void fillAcpi(MemorySegment page, long index) {
        if (index != 1) return;
        filler.put(page, 0, "FACS");
        page.set(U32, 4, 64);
        page.set(U32, 32, 1);
    }

    /** What Xen runs a vCPU with that has paging off: 32-bit entries of 4 MiB each. */
    private static void fillIdentityTable(MemorySegment page) {
        for (int i = 0; i < 1024; i++) page.set(U32, 4L * i, i << 22 | 0xe7);
    }
}
