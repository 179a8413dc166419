package org.xenimage.formats.xenimage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.image.Images;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.spi.WriteOptions.Compression;
import org.xenimage.tools.salvage.Salvage;
import org.xenimage.tools.salvage.SalvageReport;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** What precedes damage is recovered, and what follows it too, and never anything else. */
class SalvageTest {
    private static final long XTAB = 0xfL << 60;
    private static final long L1 = 1L << 60;
    private static final int CUTS = 250;
    private static final String CONFIG = "{\"c_info\":{\"type\":\"pv\",\"name\":\"web1\"}}";

    @TempDir Path folder;
    private Path source;

    /** A native form. */
    enum Form {
        PLAIN("native", Compression.NONE),
        ZSTD("native", Compression.ZSTD),
        STREAM("native-stream", Compression.ZSTD),
        PLAIN_STREAM("native-stream", Compression.NONE);

        private final String format;
        private final Compression compression;

        Form(String format, Compression compression) {
            this.format = format;
            this.compression = compression;
        }
    }

    /** What a recovery passed on. */
    private static final class Recovered {
        final List<String> labels = new ArrayList<>();
        final Map<Long, byte[]> pages = new LinkedHashMap<>();
        int contents;
    }

    @BeforeEach
    void makeSource() throws IOException {
        source = Files.write(folder.resolve("source"), stream(false));
    }

    /** 700 pages in seven records; with rounds, some of them twice. */
    private static byte[] stream(boolean rounds) {
        HandmadeStream builder = HandmadeStream.xl(CONFIG).headers(1).pvInfo();
        for (int record = 0; record < 7; record++) {
            long[] entries = HandmadeStream.range(record * 110L, 110);
            for (int i = 100; i < 110; i++) entries[i] |= XTAB;
            entries[7] |= L1;
            builder.pages(record == 3 ? 0 : record + 1, entries);
        }
        if (rounds) builder.pages(77, HandmadeStream.range(200, 60));
        return builder.record(0x80000123, new byte[13], 0).end().end().toBytes();
    }

    private Path make(Form form) throws IOException {
        return FormatConverter.convert(
                source, folder.resolve("made-" + form), form.format, form.compression);
    }

    private static Recovered recover(Path damaged, String format) throws IOException {
        var recovered = new Recovered();
        var tally = new FormatConverter.Quiet();
        Optional<ImageReader> reader =
                FormatConverter.format(format)
                        .salvage(ChannelSource.open(damaged), ReadOptions.DEFAULT, tally);
        if (reader.isEmpty()) return recovered;
        try (ImageReader open = reader.get()) {
            open.drainTo(element -> {
                recovered.labels.add(element.label());
                if (element instanceof RecordFrame frame) frame.bytes().all();
                if (!(element instanceof PageBatch batch)) return;
                MemorySegment data = batch.data();
                long at = 0;
                for (int i = 0; i < batch.count(); i++) {
                    if (!batch.type(i).hasData()) continue;
                    recovered.contents++;
                    recovered.pages.put(
                            batch.pfn(i), data.asSlice(at, 4096).toArray(ValueLayout.JAVA_BYTE));
                    at += 4096;
                }
            });
        }
        return recovered;
    }

    /** Where in the stream each content ends, in order, with its PFN. */
    private static List<long[]> contentEnds(byte[] stream) throws IOException {
        List<long[]> ends = new ArrayList<>();
        Path file = Files.write(Files.createTempFile("stream", ""), stream);
        try (var reader = Images.load().open(ChannelSource.open(file))) {
            reader.drainTo(element -> {
                if (!(element instanceof PageBatch batch)) return;
                long at = batch.offset() + PageBatch.FIXED_LENGTH + 8L * batch.count();
                for (int i = 0; i < batch.count(); i++) {
                    if (!PageType.of(batch.entry(i)).hasData()) continue;
                    at += 4096;
                    ends.add(new long[] {at, batch.pfn(i)});
                }
            });
        }
        Files.delete(file);
        return ends;
    }

    /** For each chunk of a run of chunks: its end in the file, its position, its length. */
    private static List<long[]> chunks(Path image, long from, long end) throws IOException {
        MemorySegment all = MemorySegment.ofArray(Files.readAllBytes(image));
        List<long[]> chunks = new ArrayList<>();
        for (long at = from; at < end; ) {
            long next = at + 40 + Integer.toUnsignedLong(all.get(Elf.U32, at + 28));
            if (all.get(ValueLayout.JAVA_BYTE, at + 12) == Chunk.CONTENT)
                chunks.add(
                        new long[] {
                            next,
                            all.get(Elf.U64, at + 16),
                            Integer.toUnsignedLong(all.get(Elf.U32, at + 24)),
                            at
                        });
            at = next;
        }
        return chunks;
    }

    private static long[] section(Path image, String name) throws IOException {
        try (FileChannel file = FileChannel.open(image)) {
            var section = org.xenimage.formats.elf.ElfFile.open("", file).require(name);
            return new long[] {section.offset(), section.end()};
        }
    }

    /** The PFNs whose last content is stored in chunks or pages that end before an offset of the file. */
    private static Map<Long, byte[]> storedBefore(
            Form form, Path image, long cut, Map<Long, byte[]> complete, byte[] stream)
            throws IOException {
        Map<Long, byte[]> expected = new HashMap<>();
        if (form.format.equals("native-stream")) {
            long end = 0;
            for (long[] chunk : chunks(image, 4096, Files.size(image)))
                if (chunk[0] <= cut) end = chunk[1] + chunk[2];
            for (long[] content : contentEnds(stream)) {
                if (content[0] <= end) expected.put(content[1], complete.get(content[1]));
            }
            return expected;
        }
        long pages = 0;
        if (form == Form.PLAIN) {
            pages = Math.max(0, (cut - Native.PAGES_OFFSET) / 4096);
        } else {
            long[] store = section(image, Native.PAGES_COMPRESSED);
            for (long[] chunk : chunks(image, store[0], store[1]))
                if (chunk[0] <= cut) pages = (chunk[1] + chunk[2]) / 4096;
        }
        for (long pfn : complete.keySet().stream().sorted().limit(pages).toList())
            expected.put(pfn, complete.get(pfn));
        return expected;
    }

    private void cutsAreDetectedAndRecovered(Form form, byte[] stream) throws IOException {
        Files.write(source, stream);
        Path image = make(form);
        Map<Long, byte[]> complete = recover(image, form.format).pages;
        Path cut = Files.copy(image, folder.resolve("cut"));
        long size = Files.size(image);
        long[] cuts = new Random(form.name().hashCode()).longs(CUTS, 0, size).sorted().toArray();
        for (int i = CUTS - 1; i >= 0; i--) {
            long at = cuts[i];
            try (FileChannel file = FileChannel.open(cut, StandardOpenOption.WRITE)) {
                file.truncate(at);
            }
            assertThrows(
                    ImageException.class,
                    () -> FormatConverter.readWhole(cut),
                    () -> "cut at " + at);
            Recovered recovered = recover(cut, form.format);
            Map<Long, byte[]> expected = storedBefore(form, image, at, complete, stream);
            expected.forEach((pfn, content) ->
                    assertArrayEquals(
                            content,
                            recovered.pages.get(pfn),
                            () -> "pfn 0x%x, cut at %d of %d".formatted(pfn, at, size)));
            recovered.pages.forEach((pfn, content) ->
                    assertArrayEquals(
                            complete.get(pfn), content, () -> "invented 0x%x".formatted(pfn)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyCutIsDetectedAndAllThatIsStoredBeforeItIsRecovered(Form form) throws IOException {
        cutsAreDetectedAndRecovered(form, stream(false));
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "ZSTD"})
    void theLastContentOfAPageOfARoundIsRecovered(Form form) throws IOException {
        Files.write(source, stream(true));
        Path image = make(form);
        Map<Long, byte[]> complete = recover(image, form.format).pages;
        byte[] bytes = Files.readAllBytes(image);
        long where = section(image, Native.WHERE)[0];
        Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, (int) where));
        Recovered recovered = recover(cut, form.format);
        assertEquals(complete.keySet(), recovered.pages.keySet());
        complete.forEach((pfn, content) -> assertArrayEquals(content, recovered.pages.get(pfn)));
    }

    @ParameterizedTest
    @EnumSource
    void anImageThatIsWholeIsRecoveredByteForByte(Form form) throws IOException {
        for (boolean rounds : new boolean[] {false, true}) {
            Files.write(source, stream(rounds));
            Path image = make(form);
            Salvage salvage = survey(image, Optional.empty());
            assertTrue(salvage.report().intact(), salvage.report()::toString);
            Path again = write(salvage, "native-stream");
            Path back =
                    FormatConverter.convert(
                            again, folder.resolve("back"), "xl", Compression.PREFERRED);
            assertEquals(-1, Files.mismatch(source, back));
            Files.delete(again);
        }
    }

    @ParameterizedTest
    @EnumSource
    void damageInOneChunkLeavesAllOthers(Form form) throws IOException {
        Path image = make(form);
        Map<Long, byte[]> complete = recover(image, form.format).pages;
        List<long[]> ranges = new ArrayList<>();
        if (form == Form.PLAIN) {
            for (long at = Native.PAGES_OFFSET; at < section(image, ".xen_pages")[1]; at += 1 << 20)
                ranges.add(new long[] {at + (1 << 20), 0, 0, at});
        } else if (form == Form.ZSTD) {
            long[] store = section(image, Native.PAGES_COMPRESSED);
            ranges.addAll(chunks(image, store[0], store[1]));
        } else {
            ranges.addAll(chunks(image, 4096, Files.size(image)));
        }
        var random = new Random(5);
        byte[] bytes = Files.readAllBytes(image);
        List<long[]> contents = contentEnds(Files.readAllBytes(source));
        long firstRecord = contents.getFirst()[0] - 4096 - 880 - 16;
        for (long[] range : ranges) {
            long end = Math.min(range[0], bytes.length);
            int at = (int) (range[3] + random.nextLong(end - range[3]));
            byte[] damaged = bytes.clone();
            damaged[at] ^= 0x10;
            Path bad = Files.write(folder.resolve("bad"), damaged);
            Recovered recovered = recover(bad, form.format);
            recovered.pages.forEach((pfn, content) ->
                    assertArrayEquals(
                            complete.get(pfn), content, () -> "invented 0x%x".formatted(pfn)));
            int lost = complete.size() - recovered.pages.size();
            assertTrue(lost <= 256, () -> lost + " pages lost by one byte at " + at);
            if (form == Form.PLAIN || form == Form.ZSTD) continue;
            for (long[] content : contents) {
                boolean outside =
                        content[0] <= range[1] || content[0] - 4096 >= range[1] + range[2];
                long header = firstRecord + content[1] / 110 * (16 + 880 + 100 * 4096L);
                boolean entriesWhole =
                        header + 16 + 880 <= range[1] || header >= range[1] + range[2];
                if (outside && entriesWhole)
                    assertTrue(
                            recovered.pages.containsKey(content[1]),
                            () -> "pfn 0x%x, byte %d".formatted(content[1], at));
            }
        }
    }

    private static boolean within(long[] range, int at) {
        return at >= range[0] && at < range[1];
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "ZSTD"})
    void damageOutsideThePagesLosesNoPage(Form form) throws IOException {
        Path image = make(form);
        Map<Long, byte[]> complete = recover(image, form.format).pages;
        byte[] bytes = Files.readAllBytes(image);
        long[] store = section(image, form == Form.PLAIN ? ".xen_pages" : Native.PAGES_COMPRESSED);
        String table = form == Form.ZSTD ? ".xen_p2m" : "";
        long[] spared = table.isEmpty() ? new long[] {0, 0} : section(image, table);
        var random = new Random(11);
        for (int i = 0; i < 100; i++) {
            int at = random.nextInt(bytes.length);
            if (within(store, at) || within(spared, at)) continue;
            if (at >= 4096 && at < store[0] && form == Form.PLAIN) continue;
            byte[] damaged = bytes.clone();
            damaged[at] ^= 0x01;
            Path bad = Files.write(folder.resolve("bad"), damaged);
            Recovered recovered = recover(bad, form.format);
            assertEquals(complete.keySet(), recovered.pages.keySet(), () -> "byte " + at);
        }
    }

    @ParameterizedTest
    @CsvSource({"xl", "libxl", "libxc"})
    void aStreamWithoutChecksumsIsRecoveredUpToEveryCut(String format) throws IOException {
        byte[] all = strip(format);
        Path image = Files.write(folder.resolve("stream"), all);
        List<long[]> ends = contentEnds(all);
        Map<Long, byte[]> complete = recover(image, format).pages;
        for (int at : new Random(3).ints(60, 1, all.length).toArray()) {
            Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(all, at));
            Recovered recovered = recover(cut, format);
            long expected = ends.stream().filter(content -> content[0] <= at).count();
            assertEquals(expected, recovered.contents, () -> "cut at " + at);
            recovered.pages.forEach(
                    (pfn, content) -> assertArrayEquals(complete.get(pfn), content));
        }
    }

    @ParameterizedTest
    @CsvSource({"xl", "libxl", "libxc"})
    void afterADamagedRecordHeaderTheNextRecordIsFound(String format) throws IOException {
        byte[] all = strip(format);
        List<long[]> ends = contentEnds(all);
        long third = ends.get(200)[0] - 4096 - 880 - 16;
        for (int b : new int[] {0, 1, 4, 5, 6, 8, 9}) {
            byte[] damaged = all.clone();
            damaged[(int) third + b] ^= 0x41;
            Path bad = Files.write(folder.resolve("bad"), damaged);
            Recovered recovered = recover(bad, format);
            assertEquals(600, recovered.pages.size(), () -> "byte " + b);
            assertFalse(recovered.pages.containsKey(220L));
            assertTrue(recovered.pages.containsKey(330L));
            assertTrue(recovered.labels.contains("record 0x80000123"), recovered.labels::toString);
        }
    }

    @Test
    void withoutItsHeadersAStreamIsRecoveredAsWhatIsLeft() throws IOException {
        byte[] all = strip("xl");
        for (int b = 0; b < 160; b++) {
            byte[] damaged = all.clone();
            damaged[b] ^= 0x20;
            Path bad = Files.write(folder.resolve("bad"), damaged);
            Salvage salvage = survey(bad, Optional.of("xl"));
            assertEquals(700, salvage.report().pages(), "byte " + b);
        }
    }

    private byte[] strip(String format) throws IOException {
        byte[] all = Files.readAllBytes(source);
        if (format.equals("xl")) return all;
        byte[] mark =
                format.equals("libxl")
                        ? "LibxlFmt".getBytes(java.nio.charset.StandardCharsets.US_ASCII)
                        : new byte[] {-1, -1, -1, -1, -1, -1, -1, -1};
        int at = 0;
        while (!Arrays.equals(all, at, at + 8, mark, 0, 8)) at++;
        int end = format.equals("libxl") ? all.length : all.length - 8;
        return Arrays.copyOfRange(all, at, end);
    }

    private static Salvage survey(Path image, Optional<String> format) throws IOException {
        return Salvage.survey(
                Images.load(),
                () -> ChannelSource.open(image),
                format.map(FormatConverter::format),
                ReadOptions.DEFAULT);
    }

    private Path write(Salvage salvage, String format) throws IOException {
        Path to = folder.resolve("salvaged-" + format);
        salvage.write(FormatConverter.format(format), ChannelSink.create(to), WriteOptions.DEFAULT);
        return to;
    }

    @ParameterizedTest
    @CsvSource({"native", "native-stream"})
    void whatIsRecoveredIsAnImageThatSaysWhatIsMissing(String format) throws IOException {
        Path image = make(Form.STREAM);
        byte[] bytes = Files.readAllBytes(image);
        Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, bytes.length / 2));
        Salvage salvage = survey(cut, Optional.empty());
        SalvageReport report = salvage.report();
        assertFalse(report.intact());
        assertTrue(report.pages() > 0 && report.pages() < 700, report::toString);
        Path partial = write(salvage, format);
        assertDoesNotThrow(() -> FormatConverter.readWhole(partial));
        Images images = Images.load();
        try (var reader = images.open(ChannelSource.open(partial))) {
            String missing = reader.metadata().get(Container.PARTIAL);
            assertTrue(missing != null && missing.contains("added: record END"), missing);
            Conversion toXl = Conversion.plan(images, reader.format(), Conversion.Target.XL);
            var refused =
                    assertThrows(
                            IOException.class,
                            () ->
                                    Rewrite.of(reader)
                                            .to(
                                                    toXl,
                                                    ChannelSink.create(folder.resolve("refused"))));
            assertTrue(String.valueOf(refused.getMessage()).contains("partial"));
        }
    }

    @Test
    void aDumpCoreIsRecoveredAsFarAsItsTableOfPfnsGoes() throws IOException {
        Path core =
                FormatConverter.convert(
                        source, folder.resolve("core"), "dump-core", Compression.PREFERRED);
        Map<Long, byte[]> complete = recover(core, "dump-core").pages;
        assertEquals(700, complete.size());
        byte[] bytes = Files.readAllBytes(core);
        long[] table = section(core, ".xen_p2m");
        for (int entries : new int[] {0, 1, 350, 700}) {
            Path cut =
                    Files.write(
                            folder.resolve("cut"),
                            Arrays.copyOf(bytes, (int) (table[0] + 16L * entries)));
            Recovered recovered = recover(cut, "dump-core");
            assertEquals(entries, recovered.pages.size());
            recovered.pages.forEach(
                    (pfn, content) -> assertArrayEquals(complete.get(pfn), content));
        }
        for (int at : new Random(4).ints(60, 0, bytes.length).toArray()) {
            Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, at));
            recover(cut, "dump-core")
                    .pages
                    .forEach((pfn, content) -> assertArrayEquals(complete.get(pfn), content));
        }
    }

    @Test
    void aFileOfNothingIsNoImage() throws IOException {
        Path nothing = Files.write(folder.resolve("nothing"), new byte[100_000]);
        Salvage salvage = survey(nothing, Optional.empty());
        assertFalse(salvage.report().anything());
        assertThrows(
                ImageException.class,
                () ->
                        salvage.write(
                                FormatConverter.format("native"),
                                ChannelSink.create(folder.resolve("out")),
                                WriteOptions.DEFAULT));
    }

    @Test
    void anyBytesAreTakenWithoutFailure() throws IOException {
        var random = new Random(17);
        byte[] all = Files.readAllBytes(make(Form.PLAIN));
        byte[] stream = Files.readAllBytes(make(Form.STREAM));
        for (int i = 0; i < 60; i++) {
            byte[] damaged = (i % 2 == 0 ? all : stream).clone();
            for (int k = 0; k < 40; k++) {
                int at = random.nextInt(damaged.length - 64);
                int bytes = 1 + random.nextInt(64);
                for (int j = 0; j < bytes; j++) damaged[at + j] = (byte) random.nextInt();
            }
            Path bad = Files.write(folder.resolve("bad"), damaged);
            assertDoesNotThrow(() -> survey(bad, Optional.empty()).report());
        }
    }
}
