package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.page.PageView;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRewrite;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;
import org.xenimage.tools.index.ImageIndex;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The library zeroes the free pages of real guests. Which ones are free is found here in the other way: each struct
 * page of the guest is asked, not the free lists, and their number is held against what the kernel counts itself.
 */
class ZeroFreePagesTest {
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long KERNEL = 0xffffffff80000000L;
    private static final long DIRECT = 0xffff888000000000L;
    private static final long VMEMMAP = 0xffffea0000000000L;
    private static final int PAGE = PageBatch.PAGE_SIZE;
    private static final int BUDDY = -129;

    @TempDir private Path folder;

    /** A guest that was booted without KASLR, as its own note describes it. */
    private static final class Guest implements AutoCloseable {
        private final ImageIndex index;
        private final Map<String, String> note = new HashMap<>();
        private final MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
        private long notePfn;

        Guest(Path image) throws IOException {
            index = ImageIndex.open(Images.load(), ChannelSource.open(image));
            PageIndex pages = index.pages();
            for (long pfn = pages.next(0); pfn >= 0; pfn = pages.next(pfn + 1)) {
                if (!pages.read(pfn, page)) continue;
                if (!text(12, 10).equals("VMCOREINFO") || page.get(U64, 0) >>> 48 != 0) continue;
                notePfn = pfn;
                for (String line : text(24, PAGE - 24).lines().toList())
                    if (line.indexOf('=') > 0)
                        note.put(
                                line.substring(0, line.indexOf('=')),
                                line.substring(line.indexOf('=') + 1));
            }
        }

        private String text(int from, int length) {
            byte[] bytes = page.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE);
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        long number(String key) {
            return Long.parseLong(note.getOrDefault(key, "missing " + key));
        }

        long symbol(String name) {
            return Long.parseUnsignedLong(
                    note.getOrDefault("SYMBOL(" + name + ")", "missing " + name), 16);
        }

        static long physical(long address) {
            return Long.compareUnsigned(address, KERNEL) >= 0 ? address - KERNEL : address - DIRECT;
        }

        long read(long physical) throws IOException {
            assertTrue(index.pages().read(physical >>> 12, page), () -> "no page at " + physical);
            return page.get(U64, physical & (PAGE - 1));
        }

        int word(long physical) throws IOException {
            long both = read(physical & ~7);
            return (int) ((physical & 4) == 0 ? both : both >>> 32);
        }

        /** The physical address of a virtual one, or -1. */
        long walk(long address) throws IOException {
            long table = physical(symbol("swapper_pg_dir"));
            for (int shift = 39; shift >= 12; shift -= 9) {
                long entry = read(table + 8 * ((address >>> shift) & 511));
                if ((entry & 1) == 0) return -1;
                table = entry & 0x000ffffffffff000L;
                boolean large = shift == 30 || shift == 21;
                if (large && (entry & 0x80) != 0)
                    return (table & -(1L << shift)) | (address & ((1L << shift) - 1));
            }
            return table | (address & (PAGE - 1));
        }

        /** Where a field of the struct page of a PFN is. */
        long field(long pfn, String name) throws IOException {
            return walk(VMEMMAP + pfn * number("SIZE(page)") + number("OFFSET(page." + name + ")"));
        }

        long node() throws IOException {
            return physical(
                    note.containsKey("SYMBOL(node_data)")
                            ? read(physical(symbol("node_data")))
                            : symbol("contig_page_data"));
        }

        /** What /proc/meminfo counts as free. */
        long counted() throws IOException {
            long count = 0;
            long zones = word(node() + number("OFFSET(pglist_data.nr_zones)"));
            for (long zone = 0; zone < zones; zone++)
                count +=
                        read(
                                node()
                                        + zone * number("SIZE(zone)")
                                        + number("OFFSET(zone.vm_stat)")
                                        + 8 * number("NUMBER(NR_FREE_PAGES)"));
            return count;
        }

        /** Asks each struct page. */
        Set<Long> free() throws IOException {
            Set<Long> free = new TreeSet<>();
            long end =
                    read(node() + number("OFFSET(pglist_data.node_start_pfn)"))
                            + read(node() + number("OFFSET(pglist_data.node_spanned_pages)"));
            long pfn = 1;
            while (pfn < end) {
                long mark = field(pfn, "_mapcount");
                boolean isFree = mark >= 0 && word(mark) == BUDDY;
                long next = pfn + (isFree ? 1L << read(field(pfn, "private")) : 1);
                for (; pfn < next; pfn++) if (isFree) free.add(pfn);
            }
            return free;
        }

        @Override
        public void close() throws IOException {
            index.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "417-pv1.save, js, 6249",
        "417-pvh1.save, py, 7856",
        "417-hvm1.save, js, 11807",
        "417-pvh-deb12.save, js, 21011",
        "414-pv-deb11.save, py, 24169"
    })
    void exactlyTheFreePagesOfARealGuestAreZeroed(String name, String language, int count)
            throws IOException {
        Path image = RealImages.file(name);
        Path out = folder.resolve("out.save");
        List<String> log = new ArrayList<>();
        run(image, out, language, true, true, log);
        try (Guest guest = new Guest(image);
                ImageIndex after = ImageIndex.open(Images.load(), ChannelSource.open(out))) {
            Set<Long> free = guest.free();
            assertEquals(count, free.size());
            assertEquals(count, guest.counted());
            PageIndex pages = guest.index.pages();
            byte[] before = new byte[PAGE];
            byte[] now = new byte[PAGE];
            for (long pfn = pages.next(0); pfn >= 0; pfn = pages.next(pfn + 1)) {
                boolean there = pages.read(pfn, MemorySegment.ofArray(before));
                assertEquals(there, after.pages().read(pfn, MemorySegment.ofArray(now)));
                if (!there) continue;
                boolean isFree = free.contains(pfn);
                assertArrayEquals(isFree ? new byte[PAGE] : before, now, "pfn " + pfn);
                if (isFree) assertEquals(PageType.NOTAB, pages.type(pfn));
            }
        }
        assertTrue(log.stream().noneMatch(line -> line.contains("no free pages")), log::toString);
    }

    /** A change of the guest's memory: bytes at physical addresses. */
    private static Map<Long, byte[]> change(long at, long value, int length) {
        byte[] bytes = new byte[8];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
        return Map.of(at, java.util.Arrays.copyOf(bytes, length));
    }

    @Test
    void nothingIsZeroedIfAnythingContradictsTheFreeLists() throws IOException {
        Path image = RealImages.file("417-pv1.save");
        Map<String, Map<Long, byte[]>> changes = new HashMap<>();
        try (Guest guest = new Guest(image)) {
            long block = -1;
            for (long pfn : guest.free())
                if (block < 0
                        && guest.word(guest.field(pfn, "_mapcount")) == BUDDY
                        && guest.read(guest.field(pfn, "private")) >= 3) block = pfn;
            assertTrue(block > 0);
            long order = guest.read(guest.field(block, "private"));
            String inUse = "in a list, but in use";
            String links = "a list that is not linked back";
            long used = guest.field(block + 1, "_refcount");
            changes.put("1:" + inUse, change(used, 1, 4));
            changes.put("2:" + inUse, change(guest.field(block, "_mapcount"), -1, 4));
            changes.put("3:" + inUse, change(guest.field(block + 5, "_mapcount"), 0, 4));
            changes.put(
                    "4:a block of another order",
                    change(guest.field(block, "private"), order - 1, 8));
            long link = guest.field(block, "lru");
            long own = VMEMMAP + block * guest.number("SIZE(page)") + 8;
            changes.put("5:" + links, change(link + 8, own, 8));
            changes.put("6:" + links, change(link, own, 8));
            changes.put("7:the image has no memory of its kernel", change(link, 0x1000, 8));
            long zone = guest.node();
            while (guest.read(zone + guest.number("OFFSET(zone.spanned_pages)")) == 0)
                zone += guest.number("SIZE(zone)");
            long area = zone + guest.number("OFFSET(zone.free_area)");
            long types = guest.number("LENGTH(free_area.free_list)");
            changes.put("8:of which", change(area + 16 * types, 12345, 8));
            long spanned = guest.node() + guest.number("OFFSET(pglist_data.node_spanned_pages)");
            changes.put("9:a block of order", change(spanned, 100, 8));
            long root = Guest.physical(guest.read(Guest.physical(guest.symbol("mem_section"))));
            changes.put("10:without a struct page", change(root, 0, 8));
            long release = Guest.physical(guest.symbol("init_uts_ns")) + 2 * 65;
            changes.put("11:is where its VMCOREINFO says", change(release, 'x', 1));
            changes.put("12:the guest has no VMCOREINFO", change(guest.notePfn << 12, 10, 4));
            long top = Guest.physical(guest.symbol("swapper_pg_dir"));
            changes.put("13:the image has no memory of its kernel", change(top + 8 * 511, 0, 8));
            String text = Files.readString(image, StandardCharsets.ISO_8859_1);
            int note = text.indexOf("VMCOREINFO\0\0OSRELEASE") - 12;
            for (String[] line :
                    new String[][] {
                        {"NUMBER(PAGE_BUDDY", "14:has no NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)"},
                        {"SIZE(free_area)", "15:has no SIZE(free_area)"},
                        {"PAGESIZE=", "16:has no PAGESIZE=4096"},
                        {"SYMBOL(swapper", "17:has no SYMBOL(swapper_pg_dir)"},
                    })
                changes.put(
                        line[1],
                        change((guest.notePfn << 12) + text.indexOf(line[0], note) - note, '#', 1));
        }
        for (var one : changes.entrySet()) {
            Path broken = folder.resolve("broken.save");
            Path out = folder.resolve("out.save");
            Files.deleteIfExists(broken);
            rewrite(image, broken, one.getValue());
            List<String> log = new ArrayList<>();
            run(broken, out, "js", true, false, log);
            String expected = one.getKey().substring(one.getKey().indexOf(':') + 1);
            assertTrue(
                    log.stream()
                            .anyMatch(line ->
                                    line.contains("no free pages are zeroed")
                                            && line.contains(expected)),
                    () -> one.getKey() + ": " + log);
            assertEquals(-1, Files.mismatch(broken, out), one.getKey());
        }
    }

    @Test
    void anImageThatIsReadOnceOrMustNotKeepThemIsRefused() throws IOException {
        Path image = RealImages.file("417-pvh1.save");
        Path out = folder.resolve("out.save");
        List<String> log = new ArrayList<>();
        run(image, out, "js", false, false, log);
        assertTrue(log.toString().contains("the image is read once"), log::toString);
        assertEquals(-1, Files.mismatch(image, out));
        var refused =
                assertThrows(PolicyRejected.class, () -> run(image, out, "py", false, true, log));
        assertTrue(
                refused.fault().message().contains("the image is read once"),
                refused.fault().message());
    }

    private static void rewrite(Path from, Path to, Map<Long, byte[]> changes) throws IOException {
        ImageTransform changing =
                (element, down) -> {
                    if (element instanceof PageBatch batch) {
                        PageView view = new PageView(batch);
                        for (int i = 0; i < view.count(); i++)
                            for (var one : changes.entrySet())
                                if (one.getKey() >>> 12 == view.pfn(i) && view.hasContents(i))
                                    view.write(
                                            i, (int) (one.getKey() & (PAGE - 1)), one.getValue());
                    }
                    down.accept(element);
                };
        try (ImageReader reader = Images.load().open(ChannelSource.open(from))) {
            Rewrite.of(reader).through(changing).to(to);
        }
    }

    private static void run(
            Path image,
            Path out,
            String language,
            boolean again,
            boolean required,
            List<String> log)
            throws IOException {
        RunContext context =
                RunContext.of(
                                Operation.REWRITE,
                                image.toString(),
                                "tester",
                                Instant.parse("2026-01-31T12:00:00Z"))
                        .withParameters(Map.of("required", Boolean.toString(required)))
                        .withRestartable(again);
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults());
                PolicyRewrite rewrite =
                        PolicyRewrite.of(
                                host,
                                List.of(host.load("zero-free-pages." + language)),
                                context,
                                DecisionLog.to(log::add))) {
            rewrite.run(
                    () -> Images.load().open(ChannelSource.open(image)),
                    each -> {
                        Files.deleteIfExists(out);
                        try (ChannelSink sink = ChannelSink.create(out)) {
                            each.to(sink);
                        }
                    });
        }
    }
}
