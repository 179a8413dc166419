package org.xenimage.formats.xenimage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.SumTable;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.read.SeekableImage;
import org.xenimage.formats.xenimage.v1.seal.ImageCipher;
import org.xenimage.image.Images;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.KeyRefused;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.seal.Encryption;
import org.xenimage.image.seal.ImageKey;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.spi.WriteOptions.Compression;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** An encrypted image gives its stream to whoever has the key, and nothing of it to anyone else. */
class EncryptionTest {
    private static final String SECRET = "API-TOKEN=hunter2-";
    private static final String SALT = "000102030405060708090a0b0c0d0e0f";
    private static final ImageKey KEY = new ImageKey.OfFile(filled(7));
    private static final ImageKey OTHER = new ImageKey.OfFile(filled(8));
    private static final ImageKey PASSPHRASE = new ImageKey.Passphrase("correct horse");

    @TempDir Path folder;

    private Path source;

    private static byte[] filled(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @BeforeEach
    void make() throws IOException {
        byte[] stream =
                HandmadeStream.xl(
                                "{\"c_info\":{\"type\":\"pv\",\"name\":\"web1\"},\"vnc\":\"%s\"}"
                                        .formatted(SECRET))
                        .headers(1)
                        .pvInfo()
                        .pages(1, HandmadeStream.range(0, 300))
                        .pages(0, HandmadeStream.range(1000, 400))
                        .pages(2, 3, 5)
                        .end()
                        .end()
                        .toBytes();
        byte[] secret = SECRET.repeat(100).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(secret, 0, stream, stream.length - 8000, secret.length);
        source = Files.write(folder.resolve("source"), stream);
    }

    private Path convert(Path from, Path to, String form, WriteOptions options, ImageKey... keys)
            throws IOException {
        Files.deleteIfExists(to);
        try (var reader =
                Images.load().open(ChannelSource.open(from), new ReadOptions(List.of(keys)))) {
            WriteOptions all =
                    options.extras().equals(ImageExtras.NONE)
                            ? options.withExtras(reader.extras())
                            : options;
            try (var writer = FormatConverter.format(form).write(ChannelSink.create(to), all)) {
                reader.drainTo(writer);
            }
        }
        return to;
    }

    private static WriteOptions with(ImageKey key, Compression compression) {
        return WriteOptions.DEFAULT
                .withCompression(compression)
                .withEncryption(new Encryption(key, Optional.of(SALT)));
    }

    private Path encrypted(String form, Compression compression) throws IOException {
        return convert(source, folder.resolve("encrypted"), form, with(KEY, compression));
    }

    @ParameterizedTest
    @CsvSource({"native, NONE", "native, ZSTD", "native-stream, NONE", "native-stream, ZSTD"})
    void theKeyGivesTheStreamBack(String form, Compression compression) throws IOException {
        Path image = encrypted(form, compression);
        Path back = convert(image, folder.resolve("back"), "xl", WriteOptions.DEFAULT, OTHER, KEY);
        assertEquals(-1, Files.mismatch(source, back));
    }

    @ParameterizedTest
    @CsvSource({"native, NONE", "native, ZSTD", "native-stream, NONE", "native-stream, ZSTD"})
    void nothingOfTheContentStandsInTheFile(String form, Compression compression)
            throws IOException {
        String bytes =
                new String(
                        Files.readAllBytes(encrypted(form, compression)),
                        StandardCharsets.ISO_8859_1);
        assertFalse(bytes.contains(SECRET));
        assertFalse(bytes.contains("Xen saved domain"));
        assertTrue(bytes.contains("\"domain.name\":\"web1\""), "metadata is readable");
        byte[] page = HandmadeStream.content(1, 100);
        String part = new String(page, 64, 16, StandardCharsets.ISO_8859_1);
        assertFalse(bytes.contains(part));
    }

    @ParameterizedTest
    @CsvSource({"native", "native-stream"})
    void aWrongKeyAndNoKeyAreRefused(String form) throws IOException {
        Path image = encrypted(form, Compression.NONE);
        var missing =
                assertThrows(KeyRefused.class, () -> Images.load().open(ChannelSource.open(image)));
        assertTrue(String.valueOf(missing.getMessage()).contains("--key-file"), missing::toString);
        for (ImageKey key : List.of(OTHER, PASSPHRASE)) {
            var options = new ReadOptions(List.of(key));
            assertThrows(
                    KeyRefused.class, () -> Images.load().open(ChannelSource.open(image), options));
        }
    }

    @Test
    void aPassphraseOpensWhatItClosed() throws IOException {
        Path image =
                convert(
                        source,
                        folder.resolve("image"),
                        "native",
                        with(PASSPHRASE, Compression.ZSTD));
        Path back = convert(image, folder.resolve("back"), "xl", WriteOptions.DEFAULT, PASSPHRASE);
        assertEquals(-1, Files.mismatch(source, back));
        var wrong = new ReadOptions(List.of(new ImageKey.Passphrase("correct horsf")));
        assertThrows(KeyRefused.class, () -> Images.load().open(ChannelSource.open(image), wrong));
    }

    @ParameterizedTest
    @CsvSource({"native", "native-stream"})
    void aSaltMakesEqualBytesAndNoneMakesOthers(String form) throws IOException {
        Path once = encrypted(form, Compression.ZSTD);
        Path again = convert(source, folder.resolve("again"), form, with(KEY, Compression.ZSTD));
        assertEquals(-1, Files.mismatch(once, again));
        WriteOptions random =
                WriteOptions.DEFAULT.withEncryption(new Encryption(KEY, Optional.empty()));
        Path first = convert(source, folder.resolve("first"), form, random);
        Path second = convert(source, folder.resolve("second"), form, random);
        assertNotEquals(-1, Files.mismatch(first, second));
    }

    @ParameterizedTest
    @CsvSource({"native, native-stream", "native-stream, native", "native, native"})
    void aRewriteKeepsTheEncryptionUnlessItIsToldNotTo(String from, String to) throws IOException {
        Path image = encrypted(from, Compression.ZSTD);
        Path again = convert(image, folder.resolve("again"), to, WriteOptions.DEFAULT, KEY);
        assertThrows(KeyRefused.class, () -> Images.load().open(ChannelSource.open(again)));
        Path back = convert(again, folder.resolve("back"), "xl", WriteOptions.DEFAULT, KEY);
        assertEquals(-1, Files.mismatch(source, back));
        Path readable =
                convert(
                        image,
                        folder.resolve("readable"),
                        to,
                        WriteOptions.DEFAULT.withReadable(),
                        KEY);
        FormatConverter.readWhole(readable);
    }

    @Test
    void theDigestIsThatOfTheContent() throws IOException {
        Path open =
                FormatConverter.convert(source, folder.resolve("open"), "native", Compression.NONE);
        Path image = encrypted("native", Compression.NONE);
        try (FileChannel one = FileChannel.open(open);
                FileChannel other = FileChannel.open(image)) {
            assertArrayEquals(
                    SeekableImage.open("open", one).digest(),
                    SeekableImage.open("image", other).digest());
        }
    }

    @Test
    void stateOfVcpusIsNotLeftReadable() throws IOException {
        try (FileChannel channel = FileChannel.open(encrypted("native", Compression.NONE))) {
            SeekableImage image = SeekableImage.open("image", channel);
            for (String name : List.of(".xen_prstatus", ".xen_shared_info", ".xen_pages"))
                assertTrue(image.file().find(name).isEmpty(), name);
            assertEquals(0, image.file().require(Native.VMCORE_NOTES).length());
            assertTrue(image.capabilities().has(Capabilities.ENCRYPTED));
            assertFalse(image.capabilities().has(Capabilities.CORE));
        }
    }

    @Test
    void aPageIsFoundByItsPfn() throws IOException {
        for (Compression compression : List.of(Compression.NONE, Compression.ZSTD)) {
            try (FileChannel channel = FileChannel.open(encrypted("native", compression))) {
                SeekableImage image =
                        SeekableImage.open("image", channel, new ReadOptions(List.of(KEY)));
                var pages = image.pages();
                MemorySegment page = Arena.ofAuto().allocate(4096, 8);
                pages.read(pages.find(5), page, 0);
                assertArrayEquals(
                        HandmadeStream.content(2, 5), page.toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"native, NONE", "native-stream, ZSTD"})
    void aFlippedBitWithAFittingSumIsDetected(String form, Compression compression)
            throws IOException {
        byte[] complete = Files.readAllBytes(encrypted(form, compression));
        List<Long> chunks = chunks(complete);
        assertTrue(chunks.size() >= 2);
        var random = new Random(4);
        for (int i = 0; i < 60; i++) {
            byte[] bad = complete.clone();
            MemorySegment memory = MemorySegment.ofArray(bad);
            long at = chunks.get(random.nextInt(chunks.size()));
            int stored = memory.get(Elf.U32, at + 28);
            long flipped = at + 40 + random.nextInt(stored);
            memory.set(
                    ValueLayout.JAVA_BYTE,
                    flipped,
                    (byte) (memory.get(ValueLayout.JAVA_BYTE, flipped) ^ 1 << random.nextInt(8)));
            memory.set(Elf.U32, at + 32, 0);
            memory.set(Elf.U32, at + 32, SumTable.crc(memory.asSlice(at, 40L + stored)));
            Path path = Files.write(folder.resolve("bad"), bad);
            var thrown =
                    assertThrows(
                            CorruptImage.class,
                            () ->
                                    convert(
                                            path,
                                            folder.resolve("back"),
                                            "xl",
                                            WriteOptions.DEFAULT,
                                            KEY));
            assertTrue(
                    String.valueOf(thrown.getMessage()).contains("changed after it was encrypted"),
                    thrown::toString);
        }
    }

    @Test
    void chunksOfOneSectionDoNotServeInAnother() throws IOException {
        byte[] complete = Files.readAllBytes(encrypted("native", Compression.NONE));
        SealedFile file = new SealedFile(complete);
        long skeleton = file.header(Native.SKELETON + Native.COMPRESSED);
        long earlier = file.header(Native.EARLIER + Native.COMPRESSED);
        for (int field : new int[] {24, 32}) {
            long one = file.u64(skeleton + field);
            file.memory().set(Elf.U64, skeleton + field, file.u64(earlier + field));
            file.memory().set(Elf.U64, earlier + field, one);
        }
        Path bad = file.seal().write(folder.resolve("bad"));
        var thrown =
                assertThrows(
                        ImageException.class,
                        () ->
                                convert(
                                        bad,
                                        folder.resolve("back"),
                                        "xl",
                                        WriteOptions.DEFAULT,
                                        KEY));
        assertTrue(
                String.valueOf(thrown.getMessage()).contains("changed after it was encrypted"),
                thrown::toString);
    }

    /** Where encrypted chunks begin. */
    private static List<Long> chunks(byte[] bytes) {
        MemorySegment memory = MemorySegment.ofArray(bytes);
        List<Long> all = new ArrayList<>();
        for (long at = 0; at + 40 < bytes.length; at += 8) {
            // chunks of a stream follow each other at any offset
            if (memory.get(Elf.U32, at) != 0x184d2a5c) continue;
            while (at + 40 < bytes.length && memory.get(Elf.U32, at) == 0x184d2a5c) {
                if (memory.get(ValueLayout.JAVA_BYTE, at + 13) == Chunk.ENCRYPTED) all.add(at);
                at += 40 + memory.get(Elf.U32, at + 28);
            }
            at = (at + 7) / 8 * 8 - 8;
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({"native, NONE", "native-stream, ZSTD"})
    void truncationIsDetected(String form, Compression compression) throws IOException {
        byte[] complete = Files.readAllBytes(encrypted(form, compression));
        var random = new Random(5);
        for (int i = 0; i < 100; i++) {
            Path cut =
                    Files.write(
                            folder.resolve("cut"),
                            Arrays.copyOf(complete, random.nextInt(complete.length)));
            assertThrows(
                    ImageException.class,
                    () -> convert(cut, folder.resolve("back"), "xl", WriteOptions.DEFAULT, KEY));
        }
    }

    /** The test vector of section 16 of the specification. */
    @Test
    void keysAndChunkAreThoseOfTheSpecification() throws IOException {
        ImageCipher cipher = ImageCipher.of(new Encryption(KEY, Optional.of(SALT)));
        assertEquals(
                "{\"keys\":[{\"kind\":\"file\",\"salt\":\"AAECAwQFBgcICQoLDA0ODw==\","
                        + "\"wrapped\":\"ehKxAU8qCPKInCCwS97NOU5kw56Zd5bzm92n9BnqSAghTdVIOzD4tw==\""
                        + "}]}",
                new String(
                        cipher.keys().descriptor().toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.US_ASCII));
        var choice = new Chunk.WriteChoice(false, 1, Optional.of(cipher));
        try (var encoder = new Chunk.Encoder(choice, Native.STREAM)) {
            MemorySegment text =
                    MemorySegment.ofArray("Xenimage".getBytes(StandardCharsets.US_ASCII));
            encoder.input().asSlice(0, 8).copyFrom(text);
            assertEquals(
                    "5c2a4d18450000005849434b010300000000000000000000"
                            + "08000000250000003853cce300000000"
                            + "95a00bab106dc08677d53ac25fb53d3131712fbf0abddfe557100c6cac9da51030726a30ec",
                    HexFormat.of().formatHex(encoder.encode(0, 8).toArray(ValueLayout.JAVA_BYTE)));
        }
    }
}
