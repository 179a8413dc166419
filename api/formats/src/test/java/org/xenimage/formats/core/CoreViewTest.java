package org.xenimage.formats.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Segment;
import org.xenimage.image.LibxcHeader;
import org.xenimage.image.PageBatch;
import org.xenimage.image.RecordContext;
import org.xenimage.image.RecordFrame;
import org.xenimage.image.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;

/** The segments that a debugger sees are those of the guest's own page tables. */
class CoreViewTest {
    private static final long OFFSET = 1 << 20;
    private static final long PRESENT = 0x63;
    private static final long DIRECT = 0xffff888000000000L;

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
        var facts = new GuestFacts();
        facts.observe(
                new LibxcHeader(0, 3, (short) 0, (short) 0, 0, 1, (short) 12, (short) 0, 4, 17));
        byte[] body = new byte[8 + VcpuContexts.LENGTH_64];
        MemorySegment.ofArray(body).set(Elf.U64, 8 + 4984 + 24, 100L << 12);
        facts.observe(
                RecordFrame.of(
                        RecordType.X86_PV_VCPU_BASIC,
                        RecordContext.X86_64,
                        MemorySegment.ofArray(body)));
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
            return CoreView.of(facts, store, OFFSET);
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
        assertEquals(5 << 12, view.others().getFirst().physical());
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
        assertEquals(7 << 12, view.direct().getFirst().virtual());
        assertTrue(view.others().isEmpty());
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
}
