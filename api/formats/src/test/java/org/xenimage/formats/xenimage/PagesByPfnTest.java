package org.xenimage.formats.xenimage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.image.Images;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.WriteOptions.Compression;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page is found by its PFN without reading the image, under the same checksums. */
class PagesByPfnTest {
    private static final int XTAB = 0xf;

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "ZSTD"})
    void everyPageIsFoundAndNoOther(Compression compression) throws IOException {
        Path image = made(compression, source().pages(3, 5000, (long) XTAB << 60 | 6000));
        try (ImageReader reader = open(image)) {
            var pages = reader.pagesByPfn().orElseThrow();
            MemorySegment page = Arena.ofAuto().allocate(PageBatch.PAGE_SIZE);
            for (long pfn : new long[] {0, 255, 256, 599, 5000}) {
                assertTrue(pages.read(pfn, page));
                assertArrayEquals(
                        HandmadeStream.content(pfn == 5000 ? 3 : 1, pfn),
                        page.toArray(ValueLayout.JAVA_BYTE));
            }
            for (long pfn : new long[] {600, 4999, 5001, 6000}) assertFalse(pages.read(pfn, page));
        }
    }

    @Test
    void anImageOfSeveralRoundsHasNoIndexOfLastContents() throws IOException {
        try (ImageReader reader =
                open(made(Compression.NONE, source().pages(2, (long) XTAB << 60 | 7)))) {
            assertTrue(reader.pagesByPfn().isEmpty());
        }
    }

    @Test
    void aDamagedPageIsToldAndNoOther() throws IOException {
        Path image = made(Compression.NONE, source());
        byte[] bytes = Files.readAllBytes(image);
        bytes[(int) Native.PAGES_OFFSET + 300 * PageBatch.PAGE_SIZE] ^= 1;
        Files.write(image, bytes);
        try (ImageReader reader = open(image)) {
            var pages = reader.pagesByPfn().orElseThrow();
            MemorySegment page = Arena.ofAuto().allocate(PageBatch.PAGE_SIZE);
            assertTrue(pages.read(0, page));
            assertThrows(CorruptImage.class, () -> pages.read(300, page));
        }
    }

    private static HandmadeStream source() {
        return HandmadeStream.xl("{\"c_info\":{\"type\":\"pv\",\"name\":\"web1\"}}")
                .headers(1)
                .pvInfo()
                .pages(1, HandmadeStream.range(0, 600));
    }

    private Path made(Compression compression, HandmadeStream stream) throws IOException {
        Path source = Files.write(folder.resolve("source"), stream.end().end().toBytes());
        return FormatConverter.convert(source, folder.resolve("made"), "native", compression);
    }

    private static ImageReader open(Path image) throws IOException {
        return Images.load().open(ChannelSource.open(image));
    }
}
