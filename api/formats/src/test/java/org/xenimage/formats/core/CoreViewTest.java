package org.xenimage.formats.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Segment;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The segments that a debugger sees are those of the guest's own page tables. */
class CoreViewTest {
    private static final long OFFSET = 1 << 20;
    private static final long PRESENT = 0x63;
    private static final long DIRECT = 0xffff888000000000L;

    private static final long USER = 4;
    private static final long PS = 1 << 7;
    private static final long NO_EXECUTE = 1L << 63;
    private static final long PAGING = 1L << 31;
    private static final long PSE = 1 << 4;
    private static final long PAE = 1 << 5;
    private static final long LONG_MODE = 1 << 10;

    @TempDir Path folder;

    private final Map<Long, MemorySegment> pages = new TreeMap<>();

    private MemorySegment page(long pfn) {
        return pages.computeIfAbsent(pfn, _ -> MemorySegment.ofArray(new byte[4096]));
    }

    /** Maps a page in tables at PFN 100 and above. */
    private void map(long virtual, long pfn) {
        long table = 100;
        for (int level = 4; level > 1; level--) {
            long slot = (virtual >>> (12 + 9 * (level - 1))) & 511;
            long entry = page(table).get(Elf.U64, 8 * slot);
            long next =
                    entry != 0
                            ? entry >>> 12
                            : 100 + pages.keySet().stream().filter(p -> p >= 100).count();
            page(table).set(Elf.U64, 8 * slot, (next << 12) | PRESENT);
            page(next);
            table = next;
        }
        page(table).set(Elf.U64, 8 * ((virtual >>> 12) & 511), (pfn << 12) | PRESENT);
    }

    private CoreView view() throws IOException {
        var facts = facts(1);
        byte[] body = new byte[8 + VcpuContexts.LENGTH_64];
        MemorySegment.ofArray(body).set(Elf.U64, 8 + 4984 + 24, 100L << 12);
        facts.observe(record(RecordType.X86_PV_VCPU_BASIC, body));
        return view(facts);
    }

    /** The view of a guest of a type as libxc numbers them: 1 is PV, 2 is HVM. */
    private static GuestFacts facts(int type) throws IOException {
        var facts = new GuestFacts();
        facts.observe(
                new LibxcHeader(0, 3, (short) 0, (short) 0, 0, type, (short) 12, (short) 0, 4, 17));
        return facts;
    }

    private static RecordFrame record(RecordType type, byte[] body) {
        return RecordFrame.of(type, RecordContext.X86_64, MemorySegment.ofArray(body));
    }

    /** The view of an HVM guest with one vCPU. */
    private CoreView hvm(long cr0, long cr3, long cr4, long efer) throws IOException {
        byte[] context = new byte[8 + 1032];
        MemorySegment to = MemorySegment.ofArray(context);
        to.set(Elf.U16, 0, (short) 2);
        to.set(Elf.U32, 4, 1032);
        to.set(Elf.U64, 8 + 656, cr0);
        to.set(Elf.U64, 8 + 672, cr3);
        to.set(Elf.U64, 8 + 680, cr4);
        to.set(Elf.U64, 8 + 992, efer);
        var facts = facts(2);
        facts.observe(record(RecordType.HVM_CONTEXT, context));
        return view(facts);
    }

    private CoreView view(GuestFacts facts) throws IOException {
        Path path = folder.resolve("pages");
        try (FileChannel file =
                        FileChannel.open(
                                path,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE);
                var store = new PageStore(PageSpace.within(file, OFFSET))) {
            long[] pfns = pages.keySet().stream().mapToLong(Long::longValue).toArray();
            MemorySegment data = MemorySegment.ofArray(new byte[4096 * pfns.length]);
            for (int i = 0; i < pfns.length; i++) {
                MemorySegment.copy(page(pfns[i]), 0, data, 4096L * i, 4096);
            }
            store.accept(PageBatch.of(ByteOrder.LITTLE_ENDIAN, pfns, data));
            store.finish();
            return CoreView.of(facts, new CoreFrames(), store, OFFSET);
        }
    }

    @Test
    void segmentsAreGroupedAndTheDirectMapIsDerived() throws IOException {
        for (long pfn = 0; pfn < 8; pfn++) {
            page(pfn);
            map(DIRECT + (pfn << 12), pfn);
        }
        map(0xffffc90000000000L, 5);
        map(0xffffc90000001000L, 3);
        map(0xffffffff81000000L, 2);
        CoreView view = view();
        assertEquals(2, view.others().size());
        assertEquals(0xffffc90000000000L, view.others().getFirst().virtual());
        assertEquals(CoreView.NO_PHYSICAL, view.others().getFirst().physical());
        assertEquals(OFFSET + (5 << 12), view.others().getFirst().offset());
        assertEquals(0xffffffff81000000L, view.image().getFirst().virtual());
        Segment direct = view.direct().getFirst();
        assertEquals(DIRECT, direct.virtual());
        assertEquals(8 << 12, direct.length());
        assertEquals(DIRECT + (100L << 12), view.direct().get(1).virtual());
    }

    @Test
    void anAliasOfAPfnIsLeftOutAndXensSlotsArePassedOver() throws IOException {
        for (long pfn = 0; pfn < 4; pfn++) {
            page(pfn);
            map(DIRECT + (pfn << 12), pfn);
        }
        for (int i = 0; i < 600; i++) map(0xffffea0000000000L + ((long) i << 12), 1);
        map(0xffff800000000000L, 2);
        CoreView view = view();
        assertEquals(1, view.others().size());
        assertEquals(0xffffea0000000000L, view.others().getFirst().virtual());
    }

    @Test
    void tablesThatNameThemselvesDoNotTrapTheWalk() throws IOException {
        for (long slot = 272; slot < 512; slot++)
            page(100).set(Elf.U64, 8 * slot, (100L << 12) | PRESENT);
        page(0);
        CoreView view = view();
        assertTrue(view.direct().size() >= 2);
    }

    @Test
    void withoutTablesThereArePhysicalSegments() throws IOException {
        page(7);
        CoreView view = view();
        assertEquals(CoreView.NOWHERE + (7 << 12), view.direct().getFirst().virtual());
        assertEquals(7 << 12, view.direct().getFirst().physical());
        assertTrue(view.others().isEmpty());
        assertTrue(view.blind().isPresent());
        assertEquals(1, view.remarks().size());
    }

    @Test
    void vmcoreinfoIsFoundAtAPagesStart() throws IOException {
        byte[] text =
                "VMCOREINFO\0\0OSRELEASE=6.1.0-test\nPAGESIZE=4096\n"
                        .getBytes(StandardCharsets.US_ASCII);
        page(7).set(Elf.U32, 0, 11);
        page(7).set(Elf.U32, 4, text.length - 12);
        MemorySegment.copy(MemorySegment.ofArray(text), 0, page(7), 12, text.length);
        assertEquals(
                "6.1.0-test", view().vmcoreinfo().orElseThrow().value("OSRELEASE").orElseThrow());
    }

    /** Puts tables of PAE down: the top at an offset of PFN 100, a large direct map, two small pages elsewhere. */
    private void pae(long start) {
        for (long pfn = 0; pfn < 1024; pfn += 128) page(pfn);
        page(2000);
        page(100).set(Elf.U64, start + 8 * 3, (101L << 12) | 1);
        // 0xc0000000: 4 MiB of direct map
        page(101).set(Elf.U64, 0, PRESENT | PS);
        page(101).set(Elf.U64, 8, (2L << 20) | PRESENT | PS | NO_EXECUTE);
        // 0xf0000000: a page of the direct map again, and one beyond low memory
        page(101).set(Elf.U64, 8L * 0x180, (102L << 12) | PRESENT);
        page(102).set(Elf.U64, 0, (128L << 12) | PRESENT | NO_EXECUTE);
        page(102).set(Elf.U64, 8, (2000L << 12) | PRESENT);
        // 0xf0002000: what user mode may touch
        page(102).set(Elf.U64, 16, (256L << 12) | PRESENT | USER);
        page(101).set(Elf.U64, 8L * 0x180, (102L << 12) | PRESENT | USER);
    }

    private static void assertPae(CoreView view) {
        assertEquals(
                List.of(0xf0000000L, 0xf0001000L),
                view.others().stream().map(Segment::virtual).toList());
        assertEquals(List.of(place(view, 128), place(view, 2000)), offsets(view));
        assertTrue(view.image().isEmpty());
        assertEquals(0xc0000000L, view.direct().getFirst().virtual());
        assertEquals(0, view.direct().getFirst().physical());
        Segment high = view.direct().getLast();
        assertEquals(0x100000000L + (2000L << 12), high.virtual());
        assertEquals(2000L << 12, high.physical());
    }

    @Test
    void tablesOfPaeAreWalkedFromAnyThirtyTwoBytes() throws IOException {
        pae(0x7e0);
        assertPae(hvm(PAGING, (100L << 12) + 0x7e0, PAE, 0));
    }

    @Test
    void aThirtyTwoBitPvGuestHasPaeTablesAtARotatedFrame() throws IOException {
        pae(0);
        var facts = facts(1);
        facts.observe(record(RecordType.X86_PV_INFO, new byte[] {4, 3, 0, 0, 0, 0, 0, 0}));
        byte[] body = new byte[8 + VcpuContexts.LENGTH_32];
        MemorySegment.ofArray(body).set(Elf.U32, 8 + 2728, 100 << 12);
        facts.observe(record(RecordType.X86_PV_VCPU_BASIC, body));
        assertPae(view(facts));
    }

    @Test
    void aFrameAboveFourGibIsFoundInTheLowBitsOfAThirtyTwoBitContext() throws IOException {
        var facts = facts(1);
        facts.observe(record(RecordType.X86_PV_INFO, new byte[] {4, 3, 0, 0, 0, 0, 0, 0}));
        byte[] body = new byte[8 + VcpuContexts.LENGTH_32];
        MemorySegment.ofArray(body).set(Elf.U32, 8 + 2728, (5 << 12) | 1);
        facts.observe(record(RecordType.X86_PV_VCPU_BASIC, body));
        assertEquals(0x100005L << 12, VcpuContexts.of(facts).roots().getFirst().top());
    }

    /** Puts 2-level tables down: 4 MiB at 0xc0000000 by an entry with PS, and small pages at 0xc0400000. */
    private void twoLevels() {
        page(0);
        page(0x400);
        page(0x401);
        page(100).set(Elf.U32, 4L * 0x300, (int) (PRESENT | PS));
        page(100).set(Elf.U32, 4L * 0x301, (int) ((101L << 12) | PRESENT));
        page(101).set(Elf.U32, 0, (int) ((0x400L << 12) | PRESENT));
        page(101).set(Elf.U32, 4, (int) ((0x401L << 12) | PRESENT));
        page(101).set(Elf.U32, 8, (int) PRESENT);
    }

    @Test
    void twoLevelTablesHaveLargePagesWherePseIsOn() throws IOException {
        twoLevels();
        CoreView view = hvm(PAGING, 100L << 12, PSE, 0);
        assertEquals(0xc0000000L, view.direct().getFirst().virtual());
        assertEquals(0xc0400000L, view.direct().getLast().virtual());
        assertEquals(2 << 12, view.direct().getLast().length());
        assertEquals(0xc0402000L, view.others().getFirst().virtual());
    }

    private static List<Long> offsets(CoreView view) {
        return view.others().stream().map(Segment::offset).toList();
    }

    /** Where a page is in the file, as the direct map tells it. */
    private static long place(CoreView view, long pfn) {
        long physical = pfn << 12;
        return view.direct().stream()
                .filter(s -> s.physical() <= physical && physical < s.physical() + s.length())
                .mapToLong(s -> s.offset() + physical - s.physical())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void withoutPseAnEntryWithThatBitNamesATable() throws IOException {
        twoLevels();
        page(0).set(Elf.U32, 0, (int) ((0x401L << 12) | PRESENT));
        CoreView view = hvm(PAGING, 100L << 12, 0, 0);
        assertEquals(0xc0000000L, view.others().getFirst().virtual());
        assertEquals(place(view, 0x401), offsets(view).getFirst());
    }

    @Test
    void aLargePageMayLieAboveFourGib() throws IOException {
        page(0x100000);
        page(100).set(Elf.U32, 4L * 0x300, (int) (PRESENT | PS));
        page(100).set(Elf.U32, 4L * 0x3ff, (int) (PRESENT | PS | (1 << 13)));
        page(0);
        CoreView view = hvm(PAGING, 100L << 12, PSE, 0);
        assertEquals(place(view, 0x100000), offsets(view).getLast());
        assertEquals(0xffc00000L, view.others().getLast().virtual());
    }

    @Test
    void longModeIsWhatEferTells() throws IOException {
        page(0);
        map(DIRECT, 0);
        assertEquals(DIRECT, hvm(PAGING, 100L << 12, PAE, LONG_MODE).direct().getFirst().virtual());
        assertEquals(
                CoreView.NOWHERE, hvm(PAGING, 100L << 12, PAE, 0).direct().getFirst().virtual());
    }

    @Test
    void withoutPagingThereArePhysicalSegments() throws IOException {
        page(0);
        map(DIRECT, 0);
        CoreView view = hvm(0, 100L << 12, PAE, LONG_MODE);
        assertEquals(0, view.direct().getFirst().virtual());
        assertTrue(view.others().isEmpty());
    }
}
