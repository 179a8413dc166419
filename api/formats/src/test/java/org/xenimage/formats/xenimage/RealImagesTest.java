package org.xenimage.formats.xenimage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.spi.WriteOptions.Compression;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The same on images that Xen wrote, unpacked in the folder that XENIMAGE_IMAGES names. */
@EnabledIfEnvironmentVariable(named = "XENIMAGE_IMAGES", matches = ".+")
class RealImagesTest {
    @TempDir Path folder;

    static List<Path> streams() throws IOException {
        return images(".save", ".fwd");
    }

    static List<Path> cores() throws IOException {
        return images(".core");
    }

    private static List<Path> images(String... endings) throws IOException {
        try (Stream<Path> files =
                Files.list(Path.of(System.getenv().getOrDefault("XENIMAGE_IMAGES", ".")))) {
            return files.filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyFormGivesTheFileBack(Path image) throws IOException {
        for (Compression compression : new Compression[] {Compression.NONE, Compression.ZSTD}) {
            Path seekable =
                    FormatConverter.convert(
                            image, folder.resolve("seekable"), "native", compression);
            assertSame(
                    image,
                    FormatConverter.convert(
                            seekable, folder.resolve("back"), "xl", Compression.PREFERRED));
            Path streamed =
                    FormatConverter.convert(
                            image, folder.resolve("streamed"), "native-stream", compression);
            Path finalised =
                    FormatConverter.convert(
                            streamed, folder.resolve("finalised"), "native", compression);
            assertSame(seekable, finalised);
        }
    }

    @ParameterizedTest
    @MethodSource("cores")
    void aDumpCoreComesBackThroughNative(Path core) throws IOException {
        assertSame(
                core,
                FormatConverter.convert(
                        core, folder.resolve("again"), "dump-core", Compression.PREFERRED));
        Path seekable =
                FormatConverter.convert(
                        core, folder.resolve("seekable"), "native", Compression.NONE);
        assertSame(
                core,
                FormatConverter.convert(
                        seekable, folder.resolve("back"), "dump-core", Compression.PREFERRED));
    }

    private static void assertSame(Path expected, Path found) throws IOException {
        assertEquals(
                -1, Files.mismatch(expected, found), () -> found + " differs from " + expected);
    }
}
