package org.xenimage.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.io.RandomAccessBytes;
import org.xenimage.image.page.PageMatch;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tools.index.ImageIndex;
import org.xenimage.tools.index.PageIndex;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** An index gives every part of an image, in any order, as a pass from its beginning to its end would. */
class ImageIndexTest {
    private static final Images IMAGES = Images.load();
    private static final byte[] NOTHING = {};

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"xl", "native", "dump-core"})
    void everyPageIsWhatTheLastRoundSaysOfIt(String format) throws IOException {
        Path file = sample(format, SampleGuest.PV);
        Map<Long, byte[]> expected = new TreeMap<>();
        try (ImageReader reader = IMAGES.open(ChannelSource.open(file))) {
            reader.drainTo(element -> {
                if (element instanceof PageBatch batch) note(batch, expected);
            });
        }
        try (ImageIndex index = open(file)) {
            PageIndex pages = index.pages();
            assertEquals(expected.size(), pages.count());
            long pfn = pages.next(0);
            for (var page : expected.entrySet()) {
                assertEquals(page.getKey(), pfn);
                byte[] found = new byte[PageBatch.PAGE_SIZE];
                boolean there = pages.read(pfn, MemorySegment.ofArray(found));
                assertArrayEquals(page.getValue(), there ? found : NOTHING, () -> "pfn " + page);
                pfn = pages.next(pfn + 1);
            }
            assertEquals(-1, pfn);
            assertFalse(index.fault().isPresent());
        }
    }

    private static void note(PageBatch batch, Map<Long, byte[]> pages) throws IOException {
        byte[] data = batch.data().toArray(ValueLayout.JAVA_BYTE);
        int at = 0;
        for (int i = 0; i < batch.count(); i++) {
            boolean contents = batch.type(i).hasData();
            pages.put(
                    batch.pfn(i),
                    contents ? Arrays.copyOfRange(data, at, at + PageBatch.PAGE_SIZE) : NOTHING);
            if (contents) at += PageBatch.PAGE_SIZE;
        }
    }

    @Test
    void aPageThatWasSentAgainHasItsLastContentsAndType() throws IOException {
        BuiltStream stream =
                StreamBuilder.hvm().memory(0, 1).pages(0xfL << 60 | 1).memory(0).complete();
        try (ImageIndex index = open(Files.write(folder.resolve("twice.save"), stream.bytes()))) {
            assertEquals(PageType.XTAB, index.pages().type(1));
            assertEquals(1, index.pages().count(PageType.XTAB));
            assertEquals(1, index.pages().withContents());
            assertFalse(index.pages().read(1, MemorySegment.ofArray(new byte[4096])));
            int last = stream.lastIndex("record PAGE_DATA");
            byte[] found = new byte[PageBatch.PAGE_SIZE];
            assertTrue(index.pages().read(0, MemorySegment.ofArray(found)));
            int at = stream.offset(last) + PageBatch.FIXED_LENGTH + 8;
            assertArrayEquals(Arrays.copyOfRange(stream.bytes(), at, at + 4096), found);
        }
    }

    @Test
    void recordsStayGoodAndAreReadAgainWhenAsked() throws IOException {
        Path file = sample("xl", SampleGuest.HVM);
        List<String> expected = new ArrayList<>();
        try (ImageReader reader = IMAGES.open(ChannelSource.open(file))) {
            reader.drainTo(element -> {
                if (element instanceof RecordFrame frame) expected.add(described(frame));
            });
        }
        try (ImageIndex index = open(file)) {
            List<String> found = new ArrayList<>();
            for (var element : index.elements().reversed())
                if (element instanceof RecordFrame frame) found.addFirst(described(frame));
            assertEquals(expected, found);
        }
    }

    private static String described(RecordFrame frame) throws IOException {
        byte[] body = frame.body().toArray(ValueLayout.JAVA_BYTE);
        return frame.type() + " " + frame.offset() + " " + Arrays.hashCode(body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xl", "native"})
    void bytesByPositionAreThoseOfTheStream(String format) throws IOException {
        byte[] stream = Files.readAllBytes(sample("xl", SampleGuest.PV));
        Random random = new Random(7);
        try (ImageReader reader = IMAGES.open(ChannelSource.open(sample(format, SampleGuest.PV)))) {
            RandomAccessBytes bytes = reader.byPosition().orElseThrow();
            assertEquals(stream.length, bytes.length());
            for (int i = 0; i < 300; i++) {
                int at = random.nextInt(stream.length + 10);
                byte[] found = new byte[1 + random.nextInt(i % 10 == 0 ? 100_000 : 5000)];
                long read = bytes.read(at, MemorySegment.ofArray(found));
                byte[] expected =
                        Arrays.copyOfRange(
                                stream,
                                Math.min(at, stream.length),
                                Math.min(stream.length, at + found.length));
                assertArrayEquals(expected, Arrays.copyOf(found, (int) read), "at " + at);
            }
        }
    }

    @Test
    void anImageCutAnywhereOpensWithWhatPrecedes() throws IOException {
        BuiltStream stream = StreamBuilder.hvm().memory(0, 1, 2).memory(3).complete();
        byte[] complete = stream.bytes();
        for (int cut = 0; cut < complete.length; cut++) {
            Path file = Files.write(folder.resolve("cut.save"), Arrays.copyOf(complete, cut));
            try (ImageIndex index = open(file)) {
                assertTrue(index.fault().isPresent(), "cut at " + cut);
                PageIndex pages = index.pages();
                for (long pfn = pages.next(0); pfn >= 0; pfn = pages.next(pfn + 1))
                    assertTrue(pages.read(pfn, MemorySegment.ofArray(new byte[4096])));
                assertEquals(pagesBefore(stream, cut), pages.count(), "cut at " + cut);
            } catch (ImageException e) {
                assertTrue(cut < 400, () -> "nothing is left of what precedes: " + e.getMessage());
            }
        }
    }

    private static int pagesBefore(BuiltStream stream, int cut) {
        int pages = 0;
        for (int part :
                new int[] {
                    stream.index("record PAGE_DATA"), stream.lastIndex("record PAGE_DATA")
                }) {
            int count = part == stream.lastIndex("record PAGE_DATA") ? 1 : 3;
            int contents = stream.offset(part) + PageBatch.FIXED_LENGTH + 8 * count;
            for (int page = 1; page <= count; page++)
                if (contents + page * PageBatch.PAGE_SIZE <= cut) pages++;
        }
        return pages;
    }

    @Test
    void aPatternIsFoundWhereBatchesMeet() throws IOException {
        byte[] pattern = "xenimage, split over pages".getBytes(StandardCharsets.UTF_8);
        Path file = sample("xl", SampleGuest.PV);
        try (ImageIndex index = open(file)) {
            PageIndex pages = index.pages();
            long pfn = pages.next(0);
            for (int i = 1; i < PageIndex.BATCH; i++) pfn = pages.next(pfn + 1);
            long last = pfn;
            assertTrue(pages.has(last + 1));
            PageIndex.Overlay overlay =
                    (at, contents) -> {
                        if (at == last)
                            MemorySegment.copy(
                                    pattern, 0, contents, ValueLayout.JAVA_BYTE, 4096 - 9, 9);
                        if (at == last + 1)
                            MemorySegment.copy(
                                    pattern,
                                    9,
                                    contents,
                                    ValueLayout.JAVA_BYTE,
                                    0,
                                    pattern.length - 9);
                        if (at == last)
                            MemorySegment.copy(
                                    pattern,
                                    0,
                                    contents,
                                    ValueLayout.JAVA_BYTE,
                                    100,
                                    pattern.length);
                    };
            List<PageMatch> found =
                    pages.find(PagePattern.of(pattern), PageSelection.ALL, 10, overlay, () -> {})
                            .found();
            assertEquals(
                    List.of(last + ":100", last + ":4087"),
                    found.stream().map(match -> match.pfn() + ":" + match.offset()).toList());
            assertTrue(
                    pages.find(PagePattern.of(pattern), PageSelection.ALL, 1, overlay, () -> {})
                            .more());
        }
    }

    @Test
    void aPipeIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(sample("xl", SampleGuest.PV));
        IOException refused =
                assertThrows(
                        IOException.class,
                        () ->
                                ImageIndex.open(
                                        IMAGES,
                                        ChannelSource.over(
                                                "pipe",
                                                Channels.newChannel(
                                                        new ByteArrayInputStream(bytes)))));
        assertTrue(String.valueOf(refused.getMessage()).contains("read forwards only"));
    }

    @Test
    void scatteredPfnsAreIndexedLikeOthers() throws IOException {
        long[] entries = new long[70_000];
        for (int i = 0; i < entries.length; i++) entries[i] = 0xfL << 60 | (long) i << 20;
        Path file =
                Files.write(
                        folder.resolve("scattered.save"),
                        StreamBuilder.hvm().pages(entries).complete().bytes());
        try (ImageIndex index = open(file)) {
            assertEquals(Optional.empty(), index.fault());
            assertEquals(entries.length, index.pages().count());
            assertEquals(69_999L << 20, index.pages().last());
            assertEquals(5L << 20, index.pages().next((4L << 20) + 1));
        }
    }

    private ImageIndex open(Path file) throws IOException {
        return ImageIndex.open(IMAGES, ChannelSource.open(file));
    }

    private Path sample(String format, SampleGuest guest) throws IOException {
        Path file = folder.resolve(guest + "." + format);
        if (Files.exists(file)) return file;
        ImageFormat xl = format("xl");
        Path plain = folder.resolve(guest + ".xl");
        if (!Files.exists(plain)) {
            try (var writer = xl.write(ChannelSink.create(plain))) {
                SampleImage.of(guest).withMemoryMiB(8).writeTo(writer);
            }
        }
        if (format.equals("xl")) return plain;
        Conversion.Target target = Conversion.Target.of(format).orElseThrow();
        try (var reader = IMAGES.open(ChannelSource.open(plain))) {
            Rewrite.of(reader)
                    .allowingLoss()
                    .to(Conversion.plan(IMAGES, reader.format(), target), ChannelSink.create(file));
        }
        return file;
    }

    private static ImageFormat format(String name) {
        return IMAGES.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
