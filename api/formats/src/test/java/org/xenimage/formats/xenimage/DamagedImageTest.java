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
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.label.SeekableLabel;
import org.xenimage.formats.xenimage.v1.read.SeekableImage;
import org.xenimage.formats.xenimage.v1.read.SeekableStream;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.fault.UnsupportedRecord;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.io.RandomAccessBytes;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions.Compression;
import org.xenimage.tests.testkit.ForgedImage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/** An image that was damaged, truncated or forged is reported as such, and never read as another. */
class DamagedImageTest {
    @TempDir Path folder;

    private Path source;

    @BeforeEach
    void make() throws IOException {
        source =
                Files.write(
                        folder.resolve("source"),
                        HandmadeStream.pvGuest().pages(2, 3, 5).end().end().toBytes());
    }

    private SealedFile image() throws IOException {
        return new SealedFile(
                Files.readAllBytes(
                        FormatConverter.convert(
                                source, folder.resolve("made"), "native", Compression.NONE)));
    }

    @ParameterizedTest
    @CsvSource({"native, NONE", "native, ZSTD", "native-stream, NONE", "native-stream, ZSTD"})
    void truncationIsDetectedAtEveryOffset(String form, Compression compression)
            throws IOException {
        byte[] complete =
                Files.readAllBytes(
                        FormatConverter.convert(source, folder.resolve("made"), form, compression));
        var random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            int length = i < 200 ? complete.length - 1 - i : random.nextInt(complete.length);
            Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(complete, length));
            assertThrows(
                    ImageException.class,
                    () -> FormatConverter.readWhole(cut),
                    () -> "cut to " + length);
        }
    }

    @ParameterizedTest
    @CsvSource({"native, NONE", "native, ZSTD", "native-stream, NONE", "native-stream, ZSTD"})
    void aFlippedBitIsDetectedOrHarmless(String form, Compression compression) throws IOException {
        Path made = FormatConverter.convert(source, folder.resolve("made"), form, compression);
        byte[] complete = Files.readAllBytes(made);
        var random = new Random(2);
        for (int i = 0; i < 200; i++) {
            byte[] damaged = complete.clone();
            int at = random.nextInt(complete.length);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Path bad = Files.write(folder.resolve("bad"), damaged);
            try {
                Path back =
                        FormatConverter.convert(
                                bad, folder.resolve("back"), "xl", Compression.PREFERRED);
                assertTrue(
                        Files.mismatch(source, back) < 0,
                        () -> "bit at " + at + " was not detected");
            } catch (ImageException _) {
                // detected
            }
        }
    }

    /** Each byte of a labelled image in turn has another value: the image is refused, or reads as before. */
    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "ZSTD"})
    void noByteOfHeadersAndLabelsCanChangeUnseen(Compression compression) throws IOException {
        Path made = FormatConverter.convert(source, folder.resolve("made"), "native", compression);
        var random = new Random(3);
        List<Long> unseen = new ArrayList<>();
        try (FileChannel channel =
                FileChannel.open(made, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var label = new SeekableLabel("labelled", channel, ReadOptions.DEFAULT);
            label.changeMetadata(metadata -> metadata.put("ticket.id", "OPS-7"));
            label.sign(
                    new Statement.Draft("sign", List.of(), "2026-01-31T12:00:00Z", "", ""),
                    SigningKey.make(folder.resolve("key")));
            SeekableImage image = SeekableImage.open("image", channel);
            String expected = describe(image);
            List<Long> places = new ArrayList<>();
            LongStream.range(0, Elf.HEADER_LENGTH).forEach(places::add);
            for (ElfSection section : image.file().sections()) {
                if (section.name().startsWith(".note.Xenimage")
                        || section.name().equals(".shstrtab"))
                    LongStream.range(section.offset(), section.end()).forEach(places::add);
            }
            long headers = ElfHeader.decode(image.file().header()).sections();
            LongStream.range(headers, image.end()).forEach(places::add);
            ByteBuffer one = ByteBuffer.allocate(1);
            for (long at : places) {
                channel.read(one.clear(), at);
                byte good = one.get(0);
                one.put(0, (byte) (good ^ 1 << random.nextInt(8)));
                channel.write(one.clear(), at);
                try {
                    if (!describe(SeekableImage.open("image", channel)).equals(expected))
                        unseen.add(at);
                } catch (ImageException _) {
                    // detected
                }
                channel.write(one.put(0, good).clear(), at);
            }
        }
        assertEquals(List.of(), unseen);
    }

    private static String describe(SeekableImage image) throws IOException {
        var text = new StringBuilder(image.container().toString());
        text.append(image.ident()).append(image.end());
        text.append(image.metadata());
        for (Statement statement : image.extras().chain().statements()) {
            text.append(HexFormat.of().formatHex(statement.bytes()));
            for (Statement.Signed signed : statement.signatures())
                text.append(signed.key()).append(HexFormat.of().formatHex(signed.bytes()));
        }
        return text.toString();
    }

    /** Where a section is and how long, as the header of a stream or of a file may claim. */
    @ParameterizedTest
    @CsvSource({"native", "native-stream"})
    void noPlaceOfASectionIsTakenUnchecked(String form) throws IOException {
        Path made = FormatConverter.convert(source, folder.resolve("made"), form, Compression.NONE);
        byte[] complete = Files.readAllBytes(made);
        long[] claims = {0, 4096, 0x700000003L, Long.MAX_VALUE, -8};
        int table = Math.toIntExact(MemorySegment.ofArray(complete).get(Elf.U64, ElfHeader.SHOFF));
        int count = MemorySegment.ofArray(complete).get(Elf.U16, ElfHeader.SHNUM);
        for (int section = 0; section < count; section++) {
            for (long offset : claims) {
                for (long length : claims) {
                    byte[] forged = complete.clone();
                    long header = table + (long) section * Elf.SECTION_LENGTH;
                    MemorySegment.ofArray(forged).set(Elf.U64, header + 24, offset);
                    MemorySegment.ofArray(forged).set(Elf.U64, header + 32, length);
                    Path bad =
                            Files.write(
                                    folder.resolve("bad"), new ForgedImage(forged).seal().bytes());
                    try {
                        FormatConverter.readWhole(bad);
                    } catch (ImageException _) {
                        // refused
                    }
                }
            }
        }
    }

    /** Commands go on after a record at fault; what follows it in the stream must not be something else then. */
    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "ZSTD"})
    void aReadAfterOneThatFailedGivesNothingElse(Compression compression) throws IOException {
        Path made = FormatConverter.convert(source, folder.resolve("made"), "native", compression);
        byte[] complete = Files.readAllBytes(made);
        byte[] stream = Files.readAllBytes(source);
        var random = new Random(4);
        int failed = 0;
        for (int i = 0; i < 600; i++) {
            byte[] damaged = complete.clone();
            int at = random.nextInt(complete.length);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            boolean sealed = i % 2 == 0;
            if (sealed) damaged = new ForgedImage(damaged).seal().bytes();
            Path bad = Files.write(folder.resolve("bad"), damaged);
            try (FileChannel channel = FileChannel.open(bad)) {
                SeekableImage image = SeekableImage.open("image", channel);
                failed += readOn(new SeekableStream("image", image, () -> {}));
                if (sealed) continue;
                RandomAccessBytes places =
                        new SeekableStream("image", image, () -> {}).byPosition().orElseThrow();
                for (int read = 0; read < 100; read++) {
                    int from = random.nextInt(stream.length - 600) & (read % 2 == 0 ? ~4095 : -1);
                    byte[] some = new byte[600];
                    try {
                        places.read(from, MemorySegment.ofArray(some));
                        assertArrayEquals(Arrays.copyOfRange(stream, from, from + 600), some);
                    } catch (ImageException _) {
                        // detected
                    }
                }
            } catch (ImageException _) {
                // detected at once
            }
        }
        assertTrue(failed > 10, "only " + failed + " streams failed");
    }

    /** Reads on after the first failure; 1 if there was one. */
    private static int readOn(SeekableStream stream) throws IOException {
        MemorySegment some = Arena.ofAuto().allocate(1000);
        boolean failed = false;
        for (int read = 0; read < 400; read++) {
            try {
                long done = stream.read(some);
                assertFalse(failed && done > 0, "read on after a failure");
            } catch (ImageException _) {
                failed = true;
            }
        }
        return failed ? 1 : 0;
    }

    @Test
    void damageIsToldWhereItIs() throws IOException {
        SealedFile forged = image();
        long at = forged.section(".xen_pages") + 12345;
        forged.memory()
                .set(
                        ValueLayout.JAVA_BYTE,
                        at,
                        (byte) ~forged.memory().get(ValueLayout.JAVA_BYTE, at));
        Path bad = forged.write(folder.resolve("bad"));
        var thrown = assertThrows(CorruptImage.class, () -> FormatConverter.readWhole(bad));
        assertTrue(
                thrown.fault().offset() <= at && at < thrown.fault().offset() + Native.PIECE,
                thrown.getMessage());
    }

    @Test
    void overlappingSectionsAreRefused() throws IOException {
        SealedFile forged = image();
        long header = forged.header(Native.SKELETON);
        forged.memory().set(Elf.U64, header + 24, forged.section(".xen_pages"));
        Path bad = forged.seal().write(folder.resolve("bad"));
        var thrown = assertThrows(CorruptImage.class, () -> FormatConverter.readWhole(bad));
        assertSays("overlaps", thrown);
    }

    @ParameterizedTest
    @CsvSource({"24, 0x7fffffffffffffff", "24, -1", "32, -8", "32, 0x1000000000"})
    void aSectionBeyondTheFileIsRefused(int field, String value) throws IOException {
        SealedFile forged = image();
        forged.memory().set(Elf.U64, forged.header(Native.SKELETON) + field, Long.decode(value));
        Path bad = forged.seal().write(folder.resolve("bad"));
        assertThrows(TruncatedImage.class, () -> FormatConverter.readWhole(bad));
    }

    @Test
    void aHugeProgramHeaderCountIsRefused() throws IOException {
        SealedFile forged = image();
        forged.memory().set(Elf.U16, 56, (short) 0xffff);
        forged.memory().set(Elf.U32, forged.u64(40) + 44, -1);
        Path bad = forged.seal().write(folder.resolve("bad"));
        assertThrows(TruncatedImage.class, () -> FormatConverter.readWhole(bad));
    }

    @Test
    void aHugeSectionCountIsRefused() throws IOException {
        SealedFile forged = image();
        forged.memory().set(Elf.U16, 60, (short) 0xffff);
        Path bad = forged.seal().write(folder.resolve("bad"));
        assertThrows(LimitExceeded.class, () -> FormatConverter.readWhole(bad));
    }

    @Test
    void aForgedDigestIsRefused() throws IOException {
        SealedFile forged = image();
        long notes = forged.section(Native.NOTES);
        long digest = notes + u64Of(forged, Native.NOTES) - 8;
        forged.memory()
                .set(
                        ValueLayout.JAVA_BYTE,
                        digest,
                        (byte) ~forged.memory().get(ValueLayout.JAVA_BYTE, digest));
        Path bad = forged.seal().write(folder.resolve("bad"));
        var thrown = assertThrows(CorruptImage.class, () -> FormatConverter.readWhole(bad));
        assertSays("digest", thrown);
    }

    private static long u64Of(SealedFile file, String section) {
        return file.u64(file.header(section) + 32);
    }

    @Test
    void forgedContentWithFittingSumsFailsTheDigest() throws IOException {
        SealedFile forged = image();
        long at = forged.section(".xen_pages") + 7;
        forged.memory()
                .set(
                        ValueLayout.JAVA_BYTE,
                        at,
                        (byte) ~forged.memory().get(ValueLayout.JAVA_BYTE, at));
        Path bad = forged.seal().write(folder.resolve("bad"));
        var thrown = assertThrows(CorruptImage.class, () -> FormatConverter.readWhole(bad));
        assertSays("digest", thrown);
    }

    @ParameterizedTest
    @CsvSource({"0, 0x7fffffffffffffff", "8, 0x7fffffff", "12, 0x7fffffff", "8, -1"})
    void aForgedRecipeIsRefused(int field, String value) throws IOException {
        SealedFile forged = image();
        long at = forged.section(Native.RECIPE) + field;
        if (field == 0) forged.memory().set(Elf.U64, at, Long.decode(value));
        else forged.memory().set(Elf.U32, at, Long.decode(value).intValue());
        Path bad = forged.seal().write(folder.resolve("bad"));
        assertThrows(ImageException.class, () -> FormatConverter.readWhole(bad));
    }

    @ParameterizedTest
    @CsvSource({"2", "1000", "-1", "0x7fffffffffffffff"})
    void aForgedPlaceOfAnEarlierContentIsRefused(String place) throws IOException {
        SealedFile forged = image();
        forged.memory().set(Elf.U64, forged.section(Native.WHERE), Long.decode(place));
        Path bad = forged.seal().write(folder.resolve("bad"));
        assertThrows(CorruptImage.class, () -> FormatConverter.readWhole(bad));
    }

    @Test
    void pfnsThatDoNotAscendAreRefused() throws IOException {
        SealedFile forged = image();
        forged.memory().set(Elf.U64, forged.section(".xen_p2m") + 16 * 9, 3);
        Path bad = forged.seal().write(folder.resolve("bad"));
        assertThrows(CorruptImage.class, () -> FormatConverter.readWhole(bad));
    }

    private Path withVersion(int major, int minor) throws IOException {
        SealedFile forged = image();
        long ident = forged.section(Native.NOTES) + 24;
        forged.memory().set(Elf.U16, ident, (short) major);
        forged.memory().set(Elf.U16, ident + 2, (short) minor);
        return forged.seal().write(folder.resolve("other"));
    }

    @Test
    void aNewerMinorVersionIsRead() throws IOException {
        Path newer = withVersion(1, 7);
        assertDoesNotThrow(() -> FormatConverter.readWhole(newer));
    }

    @Test
    void aNewerMajorVersionIsRefusedAsTooNew() throws IOException {
        Path newer = withVersion(2, 0);
        var thrown = assertThrows(UnsupportedVersion.class, () -> FormatConverter.readWhole(newer));
        assertSays("too new", thrown);
    }

    @Test
    void versionZeroIsRefusedAsNeverWritten() throws IOException {
        Path older = withVersion(0, 9);
        assertThrows(UnsupportedVersion.class, () -> FormatConverter.readWhole(older));
    }

    /** Forges the name of the first capability, which is {@code !rounds}. */
    private Path withCapability(String name) throws IOException {
        SealedFile forged = image();
        byte[] before = "!rounds\0".getBytes(StandardCharsets.US_ASCII);
        long at = forged.section(Native.NOTES);
        while (forged.memory().asSlice(at, before.length).mismatch(MemorySegment.ofArray(before))
                >= 0) at++;
        MemorySegment.copy(
                MemorySegment.ofArray(name.getBytes(StandardCharsets.US_ASCII)),
                0,
                forged.memory(),
                at,
                name.length());
        return forged.seal().write(folder.resolve("other"));
    }

    @Test
    void anUnknownMandatoryCapabilityIsRefusedByName() throws IOException {
        Path other = withCapability("!warped");
        var thrown = assertThrows(UnsupportedRecord.class, () -> FormatConverter.readWhole(other));
        assertSays("warped", thrown);
    }

    @Test
    void anUnknownOptionalCapabilityIsRead() throws IOException {
        Path other = withCapability("?warped");
        assertDoesNotThrow(() -> FormatConverter.readWhole(other));
    }

    @Test
    void aSeekableImageOnAPipeIsToldWhatToDo() throws IOException {
        Path made =
                FormatConverter.convert(source, folder.resolve("made"), "native", Compression.NONE);
        var pipe = org.xenimage.image.io.ChannelSource.over("pipe", Files.newByteChannel(made));
        var thrown =
                assertThrows(IOException.class, () -> FormatConverter.format("native").read(pipe));
        assertSays("native-stream", thrown);
    }

    private static void assertSays(String part, Throwable thrown) {
        String message = String.valueOf(thrown.getMessage());
        assertTrue(message.contains(part), message);
    }
}
