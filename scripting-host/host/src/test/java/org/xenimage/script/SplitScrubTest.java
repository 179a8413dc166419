package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Scrubs of matches that are split over pages which follow one another only in virtual memory. A sample's process sees
 * three pages of code at 0x400000; its table is edited so that they follow one another in another order.
 */
class SplitScrubTest {
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long CODE = 0x400000;
    private static final long FRAME = 0x000ffffffffff000L;
    private static final long TABLE = 0x67;
    private static final String TOKEN = "PASSWORD=hunter2-and-more";

    /** An engine is dear. */
    private static final Map<HostOptions, PolicyHost> HOSTS = new HashMap<>();

    private static final HostOptions HERE = HostOptions.defaults();
    private static final HostOptions ISOLATED = HERE.withIsolation(Isolation.ALL);

    @TempDir private Path folder;

    @AfterAll
    static void close() {
        HOSTS.values().forEach(PolicyHost::close);
        HOSTS.clear();
    }

    private final Map<Long, byte[]> pages = new TreeMap<>();
    private final Map<Long, PageType> types = new HashMap<>();
    private long root = -1;

    /** Reads a sample: its pages, and the table that its first vCPU runs on. */
    private void sample(SampleGuest guest) throws IOException {
        SampleImage.of(guest)
                .withMemoryMiB(8)
                .writeTo(element -> {
                    if (element instanceof PageBatch batch) note(batch);
                    else if (element instanceof RecordFrame frame
                            && frame.decode() instanceof HvmContext context)
                        root = cr3(context) >>> 12;
                });
        if (root >= 0) return;
        for (long pfn : pages.keySet())
            if (types.get(pfn) == PageType.L4TAB_PIN && table(pfn, CODE) >= 0) root = pfn;
    }

    private static long cr3(HvmContext context) {
        return ((FieldValue.Group) context.entries(HvmEntryType.CPU).getFirst().body())
                .unsigned("cr3");
    }

    private void note(PageBatch batch) throws IOException {
        int data = 0;
        for (int i = 0; i < batch.count(); i++) {
            if (!batch.type(i).hasData()) continue;
            byte[] page = new byte[4096];
            MemorySegment.copy(
                    batch.data(), ValueLayout.JAVA_BYTE, 4096L * data++, page, 0, page.length);
            pages.put(batch.pfn(i), page);
            types.put(batch.pfn(i), batch.type(i));
        }
    }

    private byte[] page(long pfn) {
        return Objects.requireNonNull(pages.get(pfn));
    }

    private long entry(long pfn, int slot) {
        byte[] page = pages.get(pfn);
        return page == null ? 0 : MemorySegment.ofArray(page).get(U64, 8L * slot);
    }

    private void entry(long pfn, int slot, long value) {
        MemorySegment.ofArray(pages.get(pfn)).set(U64, 8L * slot, value);
    }

    /** The lowest table on the way to an address; -1 if there is none. */
    private long table(long top, long address) {
        long at = top;
        for (int level = 4; level > 1; level--) {
            long entry = entry(at, (int) (address >>> (3 + 9 * level)) & 511);
            if ((entry & 1) == 0) return -1;
            at = (entry & FRAME) >>> 12;
        }
        return at;
    }

    private long code(int page) {
        return (entry(table(root, CODE), page) & FRAME) >>> 12;
    }

    /** Lets the second and the third page of the code change places. */
    private void shuffle() {
        long table = table(root, CODE);
        long second = entry(table, 1);
        entry(table, 1, entry(table, 2));
        entry(table, 2, second);
        assertEquals(
                code(2) + 1, code(1), "the third page of the process stands before the second");
    }

    private void put(long pfn, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, pages.get(pfn), offset, bytes.length);
    }

    /** Puts a text at the end of one page and at the start of another. */
    private void split(long first, long second, String text, int before) {
        put(first, 4096 - before, text.substring(0, before));
        put(second, 0, text.substring(before));
    }

    private String text(Map<Long, byte[]> of, long pfn, int from, int to) {
        return new String(of.get(pfn), from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static ImageFormat xl() {
        return Images.load().formats().stream()
                .filter(format -> format.name().equals("xl"))
                .findFirst()
                .orElseThrow();
    }

    /** The sample with the edited pages. */
    private Path image(SampleGuest guest) throws IOException {
        Path file = folder.resolve("image.save");
        try (ImageWriter writer = xl().write(ChannelSink.create(file))) {
            ImageSink editing =
                    new ImageSink() {
                        @Override
                        public void accept(org.xenimage.image.element.ImageElement element)
                                throws IOException {
                            if (element instanceof PageBatch batch) edit(batch);
                            writer.accept(element);
                        }

                        @Override
                        public void end() throws IOException {
                            writer.end();
                        }
                    };
            SampleImage.of(guest).withMemoryMiB(8).writeTo(editing);
        }
        return file;
    }

    private void edit(PageBatch batch) throws IOException {
        int data = 0;
        MemorySegment bytes = batch.editData();
        for (int i = 0; i < batch.count(); i++)
            if (batch.type(i).hasData())
                MemorySegment.copy(
                        pages.get(batch.pfn(i)),
                        0,
                        bytes,
                        ValueLayout.JAVA_BYTE,
                        4096L * data++,
                        4096);
    }

    private String policy(String rule) throws IOException {
        Path file = folder.resolve("scrub.js");
        Files.writeString(
                file,
                """
                export const policy = { api: 1, name: 'scrub' };
                export function onBegin(ctx) { ctx.pages.scrub(%s); }
                """
                        .formatted(rule));
        return file.toString();
    }

    /** The pages after a rewrite. */
    private Map<Long, byte[]> rewritten(Path file, String rule, HostOptions options, boolean again)
            throws IOException {
        Images images = Images.load();
        var context =
                RunContext.of(
                                Operation.REWRITE,
                                file.toString(),
                                "tester",
                                Instant.parse("2026-01-31T12:00:00Z"))
                        .withRestartable(again);
        Path out = folder.resolve("out.save");
        Files.deleteIfExists(out);
        messages.clear();
        PolicyHost host = HOSTS.computeIfAbsent(options, PolicyHost::open);
        try (PolicyRewrite rewrite =
                PolicyRewrite.of(
                        host,
                        List.of(host.load(policy(rule))),
                        context,
                        DecisionLog.to(messages::add))) {
            rewrite.run(
                    () -> images.open(ChannelSource.open(file)),
                    each -> {
                        try (ChannelSink sink = ChannelSink.create(out)) {
                            each.to(sink);
                        }
                    });
        }
        pages.clear();
        try (ImageReader reader = images.open(ChannelSource.open(out))) {
            reader.drainTo(element -> {
                if (element instanceof PageBatch batch) note(batch);
            });
        }
        return Map.copyOf(pages);
    }

    private final List<String> messages = new ArrayList<>();

    private Map<Long, byte[]> rewritten(Path file, String rule) throws IOException {
        return rewritten(file, rule, HERE, true);
    }

    @ParameterizedTest
    @EnumSource(SampleGuest.class)
    void aMatchThatIsSplitInVirtualMemoryOnlyIsRemoved(SampleGuest guest) throws IOException {
        sample(guest);
        shuffle();
        long first = code(1);
        long second = code(2);
        split(first, second, TOKEN, 4);
        Path file = image(guest);
        String rule = "{ text: 'PASSWORD=', length: 25, fill: 42";
        Map<Long, byte[]> within = rewritten(file, rule + " }");
        assertEquals("PASS", text(within, first, 4092, 4096), "a rule for batches does not see it");
        Map<Long, byte[]> across = rewritten(file, rule + ", across: 'virtual' }");
        assertEquals("****", text(across, first, 4092, 4096));
        assertEquals("*".repeat(21), text(across, second, 0, 21));
        for (long pfn : across.keySet())
            if (pfn != first && pfn != second)
                assertEquals(-1, java.util.Arrays.mismatch(within.get(pfn), across.get(pfn)));
        assertTrue(
                messages.stream().anyMatch(line -> line.contains("\"matches\":1")),
                messages::toString);
    }

    @ParameterizedTest
    @EnumSource(SampleGuest.class)
    void whatFollowsAMatchIsOverwrittenWhereTheProcessHasIt(SampleGuest guest) throws IOException {
        sample(guest);
        shuffle();
        long second = code(2);
        split(code(1), second, TOKEN, 9);
        long nextByPfn = code(1) + 1;
        Path file = image(guest);
        String before = text(pages, nextByPfn, 0, 4096);
        Map<Long, byte[]> after =
                rewritten(file, "{ text: 'PASSWORD=', length: 25, fill: 42, across: 'virtual' }");
        assertEquals("*".repeat(16), text(after, second, 0, 16));
        assertEquals(before, text(after, nextByPfn, 0, 4096), "another page stands there by PFN");
    }

    @ParameterizedTest
    @CsvSource({"PV, false", "PVH, false", "PVH, true"})
    void anExpressionFindsWhatIsSplit(SampleGuest guest, boolean isolated) throws IOException {
        sample(guest);
        shuffle();
        long first = code(1);
        long second = code(2);
        split(first, second, TOKEN + "!", 12);
        Map<Long, byte[]> after =
                rewritten(
                        image(guest),
                        "{ regex: 'PASSWORD=[a-z0-9-]+', fill: 42, across: 'virtual' }",
                        isolated ? ISOLATED : HERE,
                        true);
        assertEquals("*".repeat(12), text(after, first, 4084, 4096));
        assertEquals("*".repeat(13) + "!", text(after, second, 0, 14));
    }

    /** A second top table shares the kernel's half: of it, no vCPU knows. */
    @Test
    void thePagesOfAProcessThatDoesNotRunAreFoundByItsTopTable() throws IOException {
        sample(SampleGuest.PVH);
        long free = 0x20;
        pages.put(free, page(root).clone());
        for (int slot = 0; slot < 256; slot++) entry(free, slot, 0);
        entry(free, 7, (free + 1) << 12 | TABLE);
        for (long pfn = free + 1; pfn < free + 4; pfn++) pages.put(pfn, new byte[4096]);
        entry(free + 1, 0, (free + 2) << 12 | TABLE);
        entry(free + 2, 511, (free + 3) << 12 | TABLE);
        entry(free + 3, 100, (free + 20) << 12 | TABLE);
        entry(free + 3, 101, (free + 10) << 12 | TABLE);
        split(free + 20, free + 10, TOKEN, 4);
        Map<Long, byte[]> after =
                rewritten(
                        image(SampleGuest.PVH),
                        "{ text: 'PASSWORD=', length: 25, fill: 42, across: 'virtual' }");
        assertEquals("****", text(after, free + 20, 4092, 4096));
        assertEquals("*".repeat(21), text(after, free + 10, 0, 21));
    }

    @Test
    void aMatchThatIsSplitOverTwoBatchesIsRemoved() throws IOException {
        sample(SampleGuest.PVH);
        long last = pages.keySet().stream().skip(1023).findFirst().orElseThrow();
        split(last, last + 1, TOKEN, 4);
        Path file = image(SampleGuest.PVH);
        String rule = "{ text: 'PASSWORD=', length: 25, fill: 42";
        assertEquals("PASS", text(rewritten(file, rule + " }"), last, 4092, 4096));
        Map<Long, byte[]> across = rewritten(file, rule + ", across: 'virtual' }");
        assertEquals("****", text(across, last, 4092, 4096));
        assertEquals("*".repeat(21), text(across, last + 1, 0, 21));
    }

    @Test
    void ofAnImageThatIsReadOnceTheEdgesOfPagesCount() throws IOException {
        sample(SampleGuest.PVH);
        shuffle();
        long first = code(1);
        long second = code(2);
        split(first, second, TOKEN, 4);
        Path file = image(SampleGuest.PVH);
        String rule = "{ text: 'PASSWORD=', length: 25, fill: 42, across: 'virtual'";
        Map<Long, byte[]> after = rewritten(file, rule + " }", HERE, false);
        assertEquals("****", text(after, first, 4092, 4096));
        assertEquals("*".repeat(21), text(after, second, 0, 21));
        assertTrue(
                messages.stream().anyMatch(line -> line.contains("the image is read once")),
                messages::toString);
        after = rewritten(file, rule + ", edge: 5 }", HERE, false);
        assertEquals("PASS", text(after, first, 4092, 4096));
        assertEquals("*".repeat(21), text(after, second, 0, 21));
        after = rewritten(file, rule + ", edge: 0 }", HERE, false);
        assertEquals("PASS", text(after, first, 4092, 4096));
        assertEquals("WORD=", text(after, second, 0, 5));
    }

    @Test
    void tablesWithCyclesAreWalkedOnce() throws IOException {
        sample(SampleGuest.PVH);
        shuffle();
        for (int slot = 16; slot < 256; slot++) entry(root, slot, root << 12 | TABLE);
        long table = table(root, CODE);
        entry(table, 300, table << 12 | TABLE);
        split(code(1), code(2), TOKEN, 4);
        long second = code(2);
        Map<Long, byte[]> after =
                rewritten(
                        image(SampleGuest.PVH),
                        "{ text: 'PASSWORD=', length: 25, fill: 42, across: 'virtual' }");
        assertEquals("*".repeat(21), text(after, second, 0, 21));
    }

    @Test
    void tablesThatNameOneAnotherFromEverywhereAreRefused() throws IOException {
        sample(SampleGuest.PVH);
        byte[] top = page(root).clone();
        for (long pfn = 0x10; pfn < 0x90; pfn++) {
            pages.put(pfn, top.clone());
            for (int slot = 0; slot < 256; slot++)
                entry(pfn, slot, (0x10 + (pfn + slot) % 0x80) << 12 | TABLE);
        }
        Path file = image(SampleGuest.PVH);
        var refused =
                assertThrows(
                        LimitExceeded.class,
                        () -> rewritten(file, "{ text: 'PASSWORD=', across: 'virtual' }"));
        assertTrue(refused.fault().message().contains("page tables"), refused.fault().message());
    }

    @Test
    void whatDoesNotGoTogetherIsRefusedWithWords() throws IOException {
        sample(SampleGuest.PVH);
        Path file = image(SampleGuest.PVH);
        for (String[] one :
                new String[][] {
                    {"{ text: 'a', across: 'virtua' }", "virtual"},
                    {"{ text: 'a', edge: 4 }", "needs across"},
                    {"{ text: 'a', length: 4097, across: 'virtual' }", "at most 4096 bytes"},
                    {"{ text: 'a', across: 'virtual', edge: 4097 }", "4096"}
                }) {
            var refused =
                    assertThrows(
                            org.xenimage.image.fault.PolicyFailed.class,
                            () -> rewritten(file, one[0]));
            assertTrue(refused.fault().message().contains(one[1]), refused.fault().message());
        }
    }
}
