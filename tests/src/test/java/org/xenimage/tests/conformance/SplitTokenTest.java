package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.page.PageView;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.VcpuBasic;
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
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The library scrubs tokens of real guests that are split over two pages of virtual memory. One is planted where the
 * tables that a vCPU runs on, walked here from CR3, have two pages one after the other whose PFNs are not; another one
 * was in the memory of the guest's process when its image was made.
 */
class SplitTokenTest {
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long FRAME = 0x000ffffffffff000L;
    private static final int PAGE = PageBatch.PAGE_SIZE;
    private static final String PLANTED = "PLANTED-API-TOKEN=0123456789abcdef";
    private static final int BEFORE = 11;
    private static final String OWN = "SECRET-API-TOKEN=deadbeefcafef00d0123456789abcdef";

    @TempDir private Path folder;

    /** Two pages that follow one another at some address. */
    private record Pair(long first, long second) {}

    @ParameterizedTest
    @CsvSource({
        "417-pv1.save, js, 6573",
        "417-pv1.save, py, 6573",
        "417-pvh1.save, js, 6573",
        "417-pvh-deb12.save, js, 0"
    })
    void noPartOfASplitTokenIsLeft(String name, String language, long split) throws IOException {
        Path image = RealImages.file(name);
        Pair pair = pair(image);
        Path planted = folder.resolve("planted.save");
        rewrite(image, planted, pair);
        Path once = scrubbed(planted, "PLANTED-API-TOKEN=", PLANTED.length(), language);
        Path twice = scrubbed(once, "SECRET-API-TOKEN=", OWN.length(), language);
        try (ImageIndex index = open(twice)) {
            byte[] first = page(index, pair.first());
            byte[] second = page(index, pair.second());
            assertEquals("*".repeat(BEFORE), text(first, PAGE - BEFORE, PAGE));
            assertEquals(
                    "*".repeat(PLANTED.length() - BEFORE),
                    text(second, 0, PLANTED.length() - BEFORE));
            if (split > 0) {
                assertEquals("*".repeat(10), text(page(index, split), PAGE - 10, PAGE));
                assertEquals(
                        "*".repeat(OWN.length() - 10),
                        text(page(index, split - 1), 0, OWN.length() - 10));
            }
        }
        String all = Files.readString(twice, StandardCharsets.ISO_8859_1);
        for (String part :
                List.of("PLANTED-API", "TOKEN=0123456789", "SECRET-API", "deadbeefcafef00d"))
            assertEquals(-1, all.indexOf(part), part);
    }

    private static ImageIndex open(Path image) throws IOException {
        return ImageIndex.open(Images.load(), ChannelSource.open(image));
    }

    private static byte[] page(ImageIndex index, long pfn) throws IOException {
        byte[] page = new byte[PAGE];
        assertTrue(index.pages().read(pfn, MemorySegment.ofArray(page)), "PFN " + pfn);
        return page;
    }

    private static String text(byte[] page, int from, int to) {
        return new String(page, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Walks the tables of the first vCPU for two ordinary pages whose PFNs are not adjacent. */
    private static Pair pair(Path image) throws IOException {
        try (ImageIndex index = open(image)) {
            for (ImageElement element : index.elements()) {
                if (!(element instanceof RecordFrame frame)) continue;
                long root =
                        switch (frame.decode()) {
                            case HvmContext context ->
                                    ((FieldValue.Group)
                                                    context.entries(HvmEntryType.CPU)
                                                            .getFirst()
                                                            .body())
                                            .unsigned("cr3");
                            case VcpuBasic vcpu -> vcpu.fields().unsigned("ctrlreg[3]");
                            default -> 0;
                        };
                if (root == 0) continue;
                for (boolean kernel : new boolean[] {false, true}) {
                    Pair found = walk(index.pages(), root & FRAME, 4, kernel);
                    if (found.first() >= 0) return found;
                }
            }
        }
        throw new AssertionError(image + ": no two pages that only follow in virtual memory");
    }

    private static Pair walk(PageIndex pages, long table, int level, boolean kernel)
            throws IOException {
        MemorySegment entries = MemorySegment.ofArray(new byte[PAGE]);
        Pair none = new Pair(-1, -1);
        if (!pages.read(table >>> 12, entries)) return none;
        long before = -1;
        for (int slot = level == 4 && kernel ? 256 : 0;
                slot < (level == 4 && !kernel ? 256 : 512);
                slot++) {
            long entry = entries.get(U64, 8L * slot);
            boolean present = (entry & 1) != 0;
            long pfn = (entry & FRAME) >>> 12;
            if (level > 1) {
                if (!present || (entry & 0x80) != 0) continue;
                Pair below = walk(pages, entry & FRAME, level - 1, kernel);
                if (below.first() >= 0) return below;
                continue;
            }
            boolean ordinary = present && pages.has(pfn) && pages.type(pfn) == PageType.NOTAB;
            if (ordinary && before >= 0 && pfn != before + 1 && pfn != before)
                return new Pair(before, pfn);
            before = ordinary ? pfn : -1;
        }
        return none;
    }

    private static void rewrite(Path from, Path to, Pair pair) throws IOException {
        byte[] token = PLANTED.getBytes(StandardCharsets.US_ASCII);
        Map<Long, Integer> places = Map.of(pair.first(), PAGE - BEFORE, pair.second(), -BEFORE);
        ImageTransform planting =
                (element, down) -> {
                    if (element instanceof PageBatch batch) {
                        PageView view = new PageView(batch);
                        for (int i = 0; i < view.count(); i++) {
                            Integer at = places.get(view.pfn(i));
                            if (at == null || !view.hasContents(i)) continue;
                            for (int k = 0; k < token.length; k++)
                                if (at + k >= 0 && at + k < PAGE)
                                    view.write(i, at + k, new byte[] {token[k]});
                        }
                    }
                    down.accept(element);
                };
        try (ImageReader reader = Images.load().open(ChannelSource.open(from))) {
            Rewrite.of(reader).through(planting).to(to);
        }
    }

    private Path scrubbed(Path image, String text, int length, String language) throws IOException {
        Path out = folder.resolve("scrubbed-" + text.charAt(0) + ".save");
        RunContext context =
                RunContext.of(
                                Operation.REWRITE,
                                image.toString(),
                                "tester",
                                Instant.parse("2026-01-31T12:00:00Z"))
                        .withParameters(Map.of("text", text, "length", "" + length, "fill", "42"))
                        .withRestartable(true);
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults());
                PolicyRewrite rewrite =
                        PolicyRewrite.of(
                                host,
                                List.of(host.load("scrub-pattern." + language)),
                                context,
                                DecisionLog.none())) {
            rewrite.run(
                    () -> Images.load().open(ChannelSource.open(image)),
                    each -> {
                        try (ChannelSink sink = ChannelSink.create(out)) {
                            each.to(sink);
                        }
                    });
        }
        return out;
    }
}
