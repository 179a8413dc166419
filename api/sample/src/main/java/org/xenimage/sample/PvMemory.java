package org.xenimage.sample;

import org.xenimage.image.element.PageType;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of a PV guest. It has no holes: PFN 0 to {@link #pages} exclusive.
 *
 * <p>As Xen demands, no page table and no descriptor table is mapped for writing. Entries hold PFNs,
 * as in a saved image; the p2m, which the saver does not look into, holds made-up MFNs.
 */
final class PvMemory extends GuestMemory {
    /** Where the kernel goes in a guest that is large enough, and in one that is not. */
    private static final long KERNEL_PFN = 0x1000;

    private static final long KERNEL_PFN_SMALL = 0x10;

    /** What one page lists of other frames, and what a page of such pages does. */
    private static final long LISTED = (long) ENTRIES * ENTRIES * ENTRIES;

    /** The bit that Xen gives to the entries of a 64-bit PV kernel ({@code _PAGE_GUEST_KERNEL}). */
    private static final long GUEST_KERNEL = 1L << 52;

    private final long mfnBase;
    private Extent descriptors = NONE;
    private final Extent startInfo;
    private final Extent xenstore;
    private final Extent console;
    private final Extent lists;
    private final Extent l3Direct;
    private final Extent l3Kernel;
    private final Extent l3P2m;
    private final Extent l3User;
    private final Extent l3UserStack;
    private final Extent l3Vsyscall;
    private final Extent l2Direct;
    private final Extent l2Kernel;
    private final Extent l2P2m;
    private final Extent l2User;
    private final Extent l2UserStack;
    private final Extent l1Direct;
    private final Extent l1Kernel;
    private final Extent l1P2m;
    private final Extent l1User;
    private final Extent l1UserStack;
    private final Extent p2m;

    PvMemory(SampleImage options) {
        super(options);
        mfnBase = 0x100000 + (options.random(0x6d666eL).nextLong() & 0xff) * 0x1000;
        long total = pages();
        long kernel = total >= 2 * KERNEL_PFN ? KERNEL_PFN : KERNEL_PFN_SMALL;
        Extent low = placeFiller(kernel);
        placeKernel((page, _) -> fillDescriptors(page), options.vcpus(), false);
        startInfo = place(1, (page, _) -> fillStartInfo(page));
        xenstore = place(1, PageContents.ZERO);
        console = place(1, (page, _) -> fillConsole(page));
        long p2mPages = tables(total);
        lists = place(1 + tables(p2mPages), this::fillLists);

        placeRoots(place(3, PageType.L4TAB_PIN, false, this::fillRoot));
        long l1 = tables(total);
        long l2 = tables(l1);
        l3Direct = placeTables(tables(l2), PageType.L3TAB, this::fillDirectL3);
        l3Kernel = placeTable(PageType.L3TAB, KERNEL, 3, this::l2Kernel);
        l3P2m = placeTables(1, PageType.L3TAB, this::fillP2mL3);
        l3User = placeTable(PageType.L3TAB, USER_CODE, 3, this::l2User);
        l3UserStack = placeTable(PageType.L3TAB, USER_STACK, 3, this::l2UserStack);
        l3Vsyscall = placeTables(1, PageType.L3TAB_PIN, PageContents.ZERO);
        long p2mL1 = tables(p2mPages);
        l2Direct = placeTables(l2, PageType.L2TAB, this::fillDirectL2);
        l2Kernel = placeTable(PageType.L2TAB, KERNEL, 2, this::l1Kernel);
        l2P2m = placeTables(tables(p2mL1), PageType.L2TAB, this::fillP2mL2);
        l2User = placeTable(PageType.L2TAB, USER_CODE, 2, this::l1User);
        l2UserStack = placeTable(PageType.L2TAB, USER_STACK, 2, this::l1UserStack);
        l1Direct = placeTables(l1, PageType.L1TAB, this::fillDirectL1);
        l1Kernel = placeTables(1, PageType.L1TAB, (page, _) -> fillKernelTable(page));
        l1P2m = placeTables(p2mL1, PageType.L1TAB, this::fillP2mL1);
        l1User = placeTables(1, PageType.L1TAB_PIN, (page, _) -> fillUserTable(page));
        l1UserStack = placeTables(1, PageType.L1TAB_PIN, (page, _) -> fillUserStackTable(page));

        p2m = place(p2mPages, this::fillP2m);
        if (next() > total) throw tooSmall();
        placeMarkers(low, placeFiller(total - next()));
    }

    /** {@return the frames of the p2m, in order} */
    List<Long> p2mFrames() {
        List<Long> pfns = new ArrayList<>((int) p2m.count());
        for (long pfn = p2m.first(); pfn < p2m.end(); pfn++) pfns.add(pfn);
        return pfns;
    }

    /** {@return the made-up machine frame of a PFN} */
    long mfn(long pfn) {
        return mfnBase + (pfn ^ 0x1ff);
    }

    /** {@return the machine frame of the p2m's list of lists, or all ones if one page cannot hold it} */
    long listMfn() {
        return pages() > LISTED ? -1 : mfn(lists.first());
    }

    long startInfoPfn() {
        return startInfo.first();
    }

    /** {@return the page that holds a vCPU's descriptor table} */
    long descriptorPfn(int vcpu) {
        return descriptors.pfn(vcpu);
    }

    @Override
    long kernelRoot() {
        return roots().pfn(0);
    }

    @Override
    long processRoot() {
        return roots().pfn(1);
    }

    /** {@return what the process sees of {@link #processRoot} while it runs itself} */
    long userRoot() {
        return roots().pfn(2);
    }

    @Override
    void placeDescriptors(Extent pages) {
        descriptors = pages;
    }

    /** What the hypercall function put there, and its return address. */
    @Override
    void fillStackTop(MemorySegment page) {
        page.set(U64, PAGE_SIZE - PvState.STACK_USED, 0x202);
        page.set(U64, PAGE_SIZE - PvState.STACK_USED + 16, KERNEL + KernelContents.WAIT);
    }

    @Override
    long kernelEntry(long pfn, boolean writable, boolean executable) {
        return pfn << 12
                | GUEST_KERNEL
                | (executable ? 0 : NO_EXECUTE)
                | (writable ? 0x67 : executable ? 0x25 : 0x65);
    }

    @Override
    long userEntry(long pfn, boolean executable) {
        return pfn << 12 | (executable ? 0x125 : NO_EXECUTE | 0x167);
    }

    private static long tables(long entries) {
        return (entries + ENTRIES - 1) / ENTRIES;
    }

    private Extent placeTables(long count, PageType type, PageContents contents) {
        return place(count, type, false, contents);
    }

    /** A table with one entry, for an address. */
    private Extent placeTable(PageType type, long address, int level, Below below) {
        return place(
                1,
                type,
                false,
                (page, _) -> setEntry(page, slot(address, level), tableEntry(below.first())));
    }

    /** The table that an entry leads to, known once all is placed. */
    @FunctionalInterface
    private interface Below {
        long first();
    }

    private long l2Kernel() {
        return l2Kernel.first();
    }

    private long l2User() {
        return l2User.first();
    }

    private long l2UserStack() {
        return l2UserStack.first();
    }

    private long l1Kernel() {
        return l1Kernel.first();
    }

    private long l1User() {
        return l1User.first();
    }

    private long l1UserStack() {
        return l1UserStack.first();
    }

    /** The kernel's, the process's in the kernel, the process's own. */
    private void fillRoot(MemorySegment page, long index) {
        if (index != 0) {
            setEntry(page, slot(USER_CODE, 4), tableEntry(l3User.first()));
            setEntry(page, slot(USER_STACK, 4), tableEntry(l3UserStack.first()));
        }
        if (index == 2) {
            setEntry(page, slot(KERNEL, 4), tableEntry(l3Vsyscall.first()));
            return;
        }
        for (long i = 0; i < l3Direct.count(); i++) {
            setEntry(page, slot(DIRECT_MAP, 4) + i, tableEntry(l3Direct.pfn(i)));
        }
        setEntry(page, slot(P2M, 4), tableEntry(l3P2m.first()));
        setEntry(page, slot(KERNEL, 4), tableEntry(l3Kernel.first()));
    }

    private void fillDirectL3(MemorySegment page, long index) {
        fillUpper(page, index, l2Direct);
    }

    private void fillDirectL2(MemorySegment page, long index) {
        fillUpper(page, index, l1Direct);
    }

    private void fillP2mL3(MemorySegment page, long index) {
        fillUpper(page, index, l2P2m);
    }

    private void fillP2mL2(MemorySegment page, long index) {
        fillUpper(page, index, l1P2m);
    }

    private static void fillUpper(MemorySegment page, long index, Extent below) {
        long from = index * ENTRIES;
        long to = Math.min(below.count(), from + ENTRIES);
        for (long i = from; i < to; i++) setEntry(page, i - from, tableEntry(below.pfn(i)));
    }

    private void fillDirectL1(MemorySegment page, long index) {
        long from = index * ENTRIES;
        long to = Math.min(pages(), from + ENTRIES);
        for (Extent extent : extents()) {
            long end = Math.min(to, extent.end());
            for (long pfn = Math.max(from, extent.first()); pfn < end; pfn++) {
                setEntry(page, pfn - from, kernelEntry(pfn, extent.writable(), false));
            }
        }
    }

    private void fillP2mL1(MemorySegment page, long index) {
        long from = index * ENTRIES;
        long to = Math.min(p2m.count(), from + ENTRIES);
        for (long i = from; i < to; i++) {
            setEntry(page, i - from, kernelEntry(p2m.pfn(i), true, false));
        }
    }

    private void fillP2m(MemorySegment page, long index) {
        long from = index * ENTRIES;
        for (int i = 0; i < ENTRIES; i++) {
            setEntry(page, i, from + i < pages() ? mfn(from + i) : -1);
        }
    }

    /** One page that lists pages that list the pages of the p2m. */
    private void fillLists(MemorySegment page, long index) {
        long from = index == 0 ? 1 : (index - 1) * ENTRIES;
        Extent listed = index == 0 ? lists : p2m;
        long to = Math.min(listed.count(), from + ENTRIES);
        for (long i = from; i < to; i++) setEntry(page, i - from, mfn(listed.pfn(i)));
    }

    /** Flat segments at the selectors that Linux has; DPL 3 throughout, as Xen makes them. */
    private static void fillDescriptors(MemorySegment page) {
        setEntry(page, 1, 0x00cffb000000ffffL);
        setEntry(page, 2, 0x00affb000000ffffL);
        setEntry(page, 3, 0x00cff3000000ffffL);
        setEntry(page, 4, 0x00cffb000000ffffL);
        setEntry(page, 5, 0x00cff3000000ffffL);
        setEntry(page, 6, 0x00affb000000ffffL);
        setEntry(page, 15, 0x0040f50000000000L);
    }

    /** {@code struct start_info} ({@code xen.h}), with PFNs as a guest leaves them to be saved. */
    private void fillStartInfo(MemorySegment page) {
        filler.put(page, 0, "xen-3.0-x86_64");
        page.set(U64, 32, pages());
        page.set(U64, 40, (mfnBase - 1) * PAGE_SIZE);
        page.set(U32, 48, 8);
        page.set(U64, 56, xenstore.first());
        page.set(U32, 64, 1);
        page.set(U64, 72, console.first());
        page.set(U32, 80, 2);
        page.set(U64, 88, direct(kernelRoot()));
        page.set(U64, 96, l1UserStack.end() - roots().first());
        page.set(U64, 104, P2M);
        filler.put(page, 128, DomainConfig.COMMAND_LINE);
        page.set(U64, 1152, p2m.first());
        page.set(U64, 1160, p2m.count());
    }

    /** {@code struct xencons_interface} ({@code io/console.h}): all that was written has been read. */
    private void fillConsole(MemorySegment page) {
        String last = "[   12.000000] PM: suspend entry (xen)\r\n";
        filler.put(page, 1024, last);
        page.set(U32, 3080, last.length());
        page.set(U32, 3084, last.length());
    }
}
