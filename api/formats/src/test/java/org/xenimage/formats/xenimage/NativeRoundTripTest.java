package org.xenimage.formats.xenimage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.Ident;
import org.xenimage.formats.xenimage.v1.read.SeekableImage;
import org.xenimage.image.spi.WriteOptions.Compression;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/** What goes into a native image comes out byte for byte, whatever the order of the stream. */
class NativeRoundTripTest {
    private static final long XTAB = 0xfL << 60;
    private static final long L1 = 1L << 60;

    @TempDir Path folder;

    static Stream<Arguments> streams() {
        return Stream.of(
                Arguments.of(
                        "ascending", "libxc", pv().pages(1, HandmadeStream.range(0, 700)).end()),
                Arguments.of(
                        "holes", "libxc", pv().pages(1, 1, 2, 3, 100, 101, 4000, 4002, 4004).end()),
                Arguments.of(
                        "zeroPages",
                        "libxc",
                        pv().pages(0, HandmadeStream.range(0, 600)).pages(2, 700).end()),
                Arguments.of(
                        "descending",
                        "libxc",
                        pv().pages(1, HandmadeStream.backwards(999, 600, 1)).end()),
                Arguments.of(
                        "lateBetween",
                        "libxc",
                        pv().pages(1, HandmadeStream.range(0, 300))
                                .pages(1, HandmadeStream.range(1000, 300))
                                .pages(2, HandmadeStream.backwards(900, 200, 3))
                                .pages(3, HandmadeStream.backwards(900, 100, 3))
                                .pages(4, 5000)
                                .end()),
                Arguments.of(
                        "rounds",
                        "libxc",
                        pv().pages(1, HandmadeStream.range(0, 600))
                                .pages(2, 5, 7, 9, 300, 599)
                                .pages(3, HandmadeStream.range(0, 600))
                                .pages(0, 5, 6)
                                .pages(4, 5, 6)
                                .end()),
                Arguments.of("twiceInOneRecord", "libxc", pv().pages(1, 4, 5, L1 | 4, 6, 5).end()),
                Arguments.of(
                        "goneAndBack",
                        "libxc",
                        pv().pages(1, 1, 2, 3)
                                .pages(2, XTAB | 2, 4)
                                .pages(3, XTAB | 2)
                                .pages(4, 2)
                                .pages(5, XTAB | 1)
                                .end()),
                Arguments.of(
                        "lateGoneAndBack",
                        "libxc",
                        pv().pages(1, 9)
                                .pages(2, 4)
                                .pages(3, XTAB | 4)
                                .pages(4, 4)
                                .pages(5, XTAB | 4)
                                .end()),
                Arguments.of("onlyMentions", "libxc", pv().pages(1, XTAB | 3, XTAB | 1).end()),
                Arguments.of(
                        "lengthThatDoesNotFit",
                        "libxc",
                        pv().record(0x01, new byte[24]).pages(1, 1, 2).end()),
                Arguments.of("typesThatAreReserved", "libxc", pv().record(0x01, reserved()).end()),
                Arguments.of(
                        "paddingThatIsNotZero",
                        "libxc",
                        pv().record(0x80000123, new byte[13], 0xa5).pages(1, 1).end()),
                Arguments.of(
                        "bytesAfterTheEnd",
                        "libxc",
                        pv().pages(1, 1).end().raw(new byte[] {1, 2, 3})),
                Arguments.of(
                        "senderGone",
                        "libxc",
                        pv().pages(1, 1, 2)
                                .record(0x0e, new byte[0])
                                .pages(2, 1, 2)
                                .record(0x0e, new byte[0])
                                .raw(
                                        Arrays.copyOf(
                                                HandmadeStream.libxc().pages(3, 1, 2).toBytes(),
                                                5000))),
                Arguments.of("noPages", "libxc", pv().end()),
                Arguments.of(
                        "xlWithConfig",
                        "xl",
                        HandmadeStream.xl("{\"c_info\":{\"type\":\"pvh\",\"name\":\"web1\"}}")
                                .headers(2)
                                .pages(1, XTAB | 0, 1, XTAB | 2, 3)
                                .end()
                                .end()));
    }

    private static HandmadeStream pv() {
        return HandmadeStream.libxc().headers(1).pvInfo();
    }

    private static byte[] reserved() {
        byte[] body = new byte[8 + 8 + 4096];
        body[0] = 1;
        body[15] = 0x50;
        return body;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("streams")
    void everyFormGivesTheStreamBack(String name, String outer, HandmadeStream stream)
            throws IOException {
        Path source = Files.write(folder.resolve("source"), stream.toBytes());
        for (Compression compression : new Compression[] {Compression.NONE, Compression.ZSTD}) {
            for (String form : new String[] {"native", "native-stream"}) {
                Path made =
                        FormatConverter.convert(source, folder.resolve("made"), form, compression);
                Path back =
                        FormatConverter.convert(
                                made, folder.resolve("back"), outer, Compression.PREFERRED);
                assertArrayEquals(
                        stream.toBytes(),
                        Files.readAllBytes(back),
                        () -> name + " through " + form + " " + compression);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("streams")
    void aFinalisedStreamIsTheSeekableImageOfItsSource(
            String name, String outer, HandmadeStream stream) throws IOException {
        Path source = Files.write(folder.resolve("source"), stream.toBytes());
        Path direct =
                FormatConverter.convert(
                        source, folder.resolve("direct"), "native", Compression.NONE);
        Path streamed =
                FormatConverter.convert(
                        source, folder.resolve("streamed"), "native-stream", Compression.ZSTD);
        Path finalised =
                FormatConverter.convert(
                        streamed, folder.resolve("finalised"), "native", Compression.NONE);
        assertEquals(-1, Files.mismatch(direct, finalised), name + " as " + outer);
    }

    @Test
    void equalInputGivesEqualBytes() throws IOException {
        Path source =
                Files.write(
                        folder.resolve("source"),
                        pv().pages(1, HandmadeStream.backwards(999, 600, 1))
                                .pages(2, 999, 1)
                                .end()
                                .toBytes());
        for (Compression compression : new Compression[] {Compression.NONE, Compression.ZSTD}) {
            Path once =
                    FormatConverter.convert(source, folder.resolve("once"), "native", compression);
            Path again =
                    FormatConverter.convert(source, folder.resolve("again"), "native", compression);
            assertEquals(-1, Files.mismatch(once, again));
        }
    }

    @Test
    void eachPfnHasItsLastContent() throws IOException {
        Path source =
                Files.write(
                        folder.resolve("source"),
                        pv().pages(1, HandmadeStream.backwards(999, 600, 1))
                                .pages(2, 999, 5000)
                                .pages(3, XTAB | 998)
                                .end()
                                .toBytes());
        for (Compression compression : new Compression[] {Compression.NONE, Compression.ZSTD}) {
            Path made =
                    FormatConverter.convert(source, folder.resolve("made"), "native", compression);
            try (FileChannel channel = FileChannel.open(made)) {
                var pages = SeekableImage.open("made", channel).pages();
                assertEquals(601, pages.count());
                assertEquals(400, pages.pfn(0));
                assertArrayEquals(HandmadeStream.content(2, 999), page(pages, 999));
                assertArrayEquals(HandmadeStream.content(2, 5000), page(pages, 5000));
                assertArrayEquals(HandmadeStream.content(1, 700), page(pages, 700));
                assertArrayEquals(new byte[4096], page(pages, 998));
                assertEquals(-1, pages.find(399));
            }
        }
    }

    private static byte[] page(SeekableImage.Pages pages, long pfn) throws IOException {
        byte[] bytes = new byte[4096];
        var native_ = java.lang.foreign.Arena.ofAuto().allocate(4096, 8);
        pages.read(pages.find(pfn), native_, 0);
        java.lang.foreign.MemorySegment.copy(
                native_, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, bytes, 0, 4096);
        return bytes;
    }

    @Test
    void metadataTellTheDomain() throws IOException {
        Path source =
                Files.write(
                        folder.resolve("source"),
                        HandmadeStream.xl(
                                        "{\"c_info\":{\"type\":\"pvh\",\"name\":\"web1\",\"uuid\":\"u-1\"}}")
                                .headers(2)
                                .pages(1, 1)
                                .end()
                                .end()
                                .toBytes());
        Path made =
                FormatConverter.convert(source, folder.resolve("made"), "native", Compression.NONE);
        try (FileChannel channel = FileChannel.open(made)) {
            SeekableImage image = SeekableImage.open("made", channel);
            assertEquals("web1", image.metadata().path("domain.name").asText());
            assertEquals("4.17", image.metadata().path("xen.version").asText());
            assertEquals(Ident.Guest.PVH, image.ident().guest());
            assertTrue(image.capabilities().has(Capabilities.CORE));
        }
    }
}
