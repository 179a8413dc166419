package org.xenimage.formats.xenimage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.formats.xenimage.v1.read.SeekableImage;
import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Conversion.Target;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A conversion says what it loses before it starts, and loses nothing else. */
class ConversionTest {
    @TempDir Path folder;

    private final Images images = Images.load();

    private Path source() throws IOException {
        return Files.write(
                folder.resolve("source"),
                HandmadeStream.xl("{\"c_info\":{\"type\":\"pv\"}}").raw(libxc(3)).end().toBytes());
    }

    private static byte[] libxc(int version) {
        HandmadeStream stream = HandmadeStream.libxc().headers(1).pvInfo();
        if (version == 3) {
            stream.record(0x11, new byte[24]).record(0x12, new byte[16]).record(0x10, new byte[0]);
        }
        byte[] bytes = stream.pages(1, 1, 2, 3).end().toBytes();
        bytes[15] = (byte) version;
        return bytes;
    }

    private Path convert(Path from, Target target, boolean allowLoss) throws IOException {
        Path to = folder.resolve("from-" + from.getFileName() + "-to-" + target.id());
        Files.deleteIfExists(to);
        try (var source = ChannelSource.open(from);
                var reader = images.open(source);
                var sink = ChannelSink.create(to)) {
            Rewrite rewrite = Rewrite.of(reader).unguarded();
            (allowLoss ? rewrite.allowingLoss() : rewrite)
                    .to(Conversion.plan(images, reader.format(), target), sink);
        }
        return to;
    }

    @Test
    void nativeLosesNothing() throws IOException {
        for (Target target : new Target[] {Target.NATIVE, Target.NATIVE_STREAM, Target.XL}) {
            Conversion plan = Conversion.plan(images, FormatConverter.format("xl"), target);
            assertTrue(plan.losses().isEmpty());
            Path back = convert(convert(source(), target, false), Target.XL, false);
            assertArrayEquals(Files.readAllBytes(source()), Files.readAllBytes(back));
        }
    }

    @Test
    void metadataAreCarriedFromFormToForm() throws IOException {
        Path stamped = folder.resolve("stamped");
        WriteOptions options =
                WriteOptions.DEFAULT.withMetadata("operation.time", "2026-01-02T03:04:05Z");
        try (var source = ChannelSource.open(source());
                var reader = images.open(source);
                var sink = ChannelSink.create(stamped)) {
            Rewrite.of(reader)
                    .unguarded()
                    .with(_ -> options)
                    .to(Conversion.plan(images, reader.format(), Target.NATIVE), sink);
        }
        Path last = convert(convert(stamped, Target.NATIVE_STREAM, false), Target.NATIVE, false);
        try (FileChannel channel = FileChannel.open(last)) {
            SeekableImage image = SeekableImage.open("last", channel);
            assertEquals("2026-01-02T03:04:05Z", image.metadata().path("operation.time").asText());
        }
        assertEquals(-1, Files.mismatch(stamped, last));
    }

    @Test
    void anInnerFormatIsTheStreamWithin() throws IOException {
        assertArrayEquals(libxc(3), Files.readAllBytes(convert(source(), Target.LIBXC_V3, false)));
    }

    @Test
    void versionTwoLacksWhatVersionThreeBrought() throws IOException {
        assertArrayEquals(libxc(2), Files.readAllBytes(convert(source(), Target.LIBXC_V2, false)));
        Conversion plan = Conversion.plan(images, FormatConverter.format("xl"), Target.LIBXC_V2);
        assertTrue(plan.losses().stream().anyMatch(loss -> loss.what().contains("CPUID")));
        assertTrue(plan.restorable());
    }

    @Test
    void aDumpCoreIsRefusedUnlessTheLossIsAllowed() throws IOException {
        assertFalse(
                Conversion.plan(images, FormatConverter.format("xl"), Target.DUMP_CORE)
                        .restorable());
        Path source = source();
        assertThrows(IOException.class, () -> convert(source, Target.DUMP_CORE, false));
        Path core = convert(source, Target.DUMP_CORE, true);
        Path seekable = convert(core, Target.NATIVE, false);
        try (FileChannel channel = FileChannel.open(seekable)) {
            SeekableImage image = SeekableImage.open("seekable", channel);
            assertEquals(3, image.pages().count());
            assertFalse(image.metadata().has("losses"), "a core had nothing to restore from");
        }
    }

    @Test
    void whatAnInnerFormatLacksIsNotMadeUp() {
        var thrown =
                assertThrows(
                        IOException.class,
                        () -> Conversion.plan(images, FormatConverter.format("libxc"), Target.XL));
        assertSays("layers", thrown);
    }

    private static void assertSays(String part, Throwable thrown) {
        String message = String.valueOf(thrown.getMessage());
        assertTrue(message.contains(part), message);
    }

    @Test
    void aConfigLongerThanTheFirstBufferIsRead() throws IOException {
        String name = "x".repeat(100_000);
        byte[] bytes =
                HandmadeStream.xl("{\"c_info\":{\"name\":\"" + name + "\"}}")
                        .headers(1)
                        .pvInfo()
                        .end()
                        .end()
                        .toBytes();
        Path image = Files.write(folder.resolve("long"), bytes);
        Path back =
                FormatConverter.convert(
                        image, folder.resolve("back"), "xl", WriteOptions.Compression.PREFERRED);
        assertEquals(-1, Files.mismatch(image, back));
    }
}
