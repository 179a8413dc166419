package org.xenimage.formats.xenimage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.label.SeekableLabel;
import org.xenimage.formats.xenimage.v1.read.NativeExtras;
import org.xenimage.formats.xenimage.v1.read.SeekableImage;
import org.xenimage.image.Images;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.spi.WriteOptions.Compression;
import org.xenimage.tools.salvage.Salvage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What this release does not know survives a rewrite from form to form, byte for byte. */
class NativeExtrasTest {
    private static final byte[] LARGE = new byte[3 * Native.PIECE + 17];

    static {
        new Random(9).nextBytes(LARGE);
        Arrays.fill(LARGE, Native.PIECE, 2 * Native.PIECE, (byte) 0);
    }

    @TempDir Path folder;

    private Path source;

    @BeforeEach
    void make() throws IOException {
        source =
                Files.write(
                        folder.resolve("source"), HandmadeStream.pvGuest().end().end().toBytes());
    }

    /** What a newer release could have added. */
    private static NativeExtras additions() throws IOException {
        var extras = new NativeExtras();
        extras.metadata(
                MetadataText.decode(
                        MemorySegment.ofArray(
                                "{\"ticket.id\":\"OPS-7\",\"ticket.links\":[1,{\"a\":null}],\"domain.name\":\"old\"}"
                                        .getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                        org.xenimage.image.fault.Fault.in("test")));
        extras.capabilities(Capabilities.none().with("dirty-map", false));
        extras.take(
                Note.of(Native.OWNER, 0x777, new byte[] {1, 2, 3}),
                org.xenimage.image.fault.Fault.in("test"));
        extras.take(
                Note.of("Someone", 1, "else".getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                org.xenimage.image.fault.Fault.in("test"));
        extras.add(part(".acme.map", 16, LARGE));
        extras.add(part(".acme.empty", 1, new byte[0]));
        MemorySegment chunk = Chunk.encode(0x99, MemorySegment.ofArray(new byte[] {4, 5, 6, 7}));
        extras.chunks(part(Native.CHUNKS, 8, chunk.toArray(ValueLayout.JAVA_BYTE)));
        return extras;
    }

    private static NativeExtras.Part part(String name, long alignment, byte[] bytes) {
        return new NativeExtras.Part(
                name,
                Elf.SHT_PROGBITS,
                alignment,
                0,
                bytes.length,
                (at, into) ->
                        MemorySegment.copy(
                                MemorySegment.ofArray(bytes), at, into, 0, into.byteSize()));
    }

    private Path write(Path from, Path to, String form, Compression compression, NativeExtras more)
            throws IOException {
        Files.deleteIfExists(to);
        WriteOptions options = WriteOptions.DEFAULT.withCompression(compression).withExtras(more);
        try (var reader = Images.load().open(ChannelSource.open(from));
                var writer = FormatConverter.format(form).write(ChannelSink.create(to), options)) {
            reader.drainTo(writer);
        }
        return to;
    }

    private static Path rewrite(Path from, Path to, String form, Compression compression)
            throws IOException {
        return FormatConverter.rewrite(from, to, form, compression);
    }

    private static void assertHasAdditions(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            SeekableImage image = SeekableImage.open("image", channel);
            assertTrue(image.capabilities().has("dirty-map"));
            assertEquals("web1", image.metadata().path("domain.name").asText());
            assertEquals("OPS-7", image.metadata().path("ticket.id").asText());
            assertEquals("[1,{\"a\":null}]", image.metadata().path("ticket.links").toString());
            Note first = image.extras().notes().getFirst();
            assertEquals(0x777, first.type());
            assertArrayEquals(
                    new byte[] {1, 2, 3}, first.descriptor().toArray(ValueLayout.JAVA_BYTE));
            assertEquals("Someone", image.extras().notes().get(1).owner());
            assertEquals(2, image.extras().parts().size());
            assertArrayEquals(LARGE, bytes(image.extras().parts().getFirst()));
            assertEquals(".acme.empty", image.extras().parts().get(1).name());
            MemorySegment chunk =
                    Chunk.encode(0x99, MemorySegment.ofArray(new byte[] {4, 5, 6, 7}));
            assertArrayEquals(
                    chunk.toArray(ValueLayout.JAVA_BYTE),
                    bytes(image.extras().chunks().orElseThrow()));
        }
    }

    private static byte[] bytes(NativeExtras.Part part) throws IOException {
        MemorySegment all = Arena.ofAuto().allocate(Math.max(1, part.length()));
        part.content().read(0, all.asSlice(0, part.length()));
        return all.asSlice(0, part.length()).toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @CsvSource({"NONE", "ZSTD"})
    void whatIsNotKnownSurvivesFromFormToForm(Compression compression) throws IOException {
        Path newer = write(source, folder.resolve("newer"), "native", compression, additions());
        assertHasAdditions(newer);
        Path again = rewrite(newer, folder.resolve("again"), "native", compression);
        assertEquals(-1, Files.mismatch(newer, again));
        Path streamed = rewrite(newer, folder.resolve("streamed"), "native-stream", compression);
        Path streamedAgain =
                rewrite(streamed, folder.resolve("streamed2"), "native-stream", compression);
        assertHasAdditions(rewrite(streamedAgain, folder.resolve("back"), "native", compression));
        assertEquals(
                -1,
                Files.mismatch(
                        newer, rewrite(streamed, folder.resolve("last"), "native", compression)));
    }

    @Test
    void aNewerNoteInTheFirstSectionSurvives() throws IOException {
        Path made =
                write(
                        source,
                        folder.resolve("made"),
                        "native",
                        Compression.NONE,
                        new NativeExtras());
        SealedFile forged = new SealedFile(Files.readAllBytes(made));
        long header = forged.header(Native.NOTES);
        long length = forged.u64(header + 32);
        byte[] more = Note.of(Native.OWNER, 0x555, new byte[] {9, 9}).encode();
        // the room before the pages is free: the note goes there, and the range of its section
        // grows
        MemorySegment.copy(
                MemorySegment.ofArray(more),
                0,
                forged.memory(),
                forged.section(Native.NOTES) + length,
                more.length);
        forged.memory().set(Elf.U64, header + 32, length + more.length);
        forged.growSum(forged.section(Native.NOTES), more.length);
        Path newer = forged.seal().write(folder.resolve("newer"));
        Path again = rewrite(newer, folder.resolve("again"), "native", Compression.NONE);
        try (FileChannel channel = FileChannel.open(again)) {
            Note note = SeekableImage.open("again", channel).extras().notes().getFirst();
            assertArrayEquals(more, note.encode());
        }
    }

    @Test
    void aPartOfASectionThatAWriterMakesByItselfIsRefused() throws IOException {
        Path bad = streamWith(part(".xen_pages", 8, new byte[8]));
        var thrown = assertThrows(CorruptImage.class, () -> FormatConverter.readWhole(bad));
        assertTrue(String.valueOf(thrown.getMessage()).contains(".xen_pages"), thrown.toString());
    }

    private Path streamWith(NativeExtras.Part part) throws IOException {
        var extras = new NativeExtras();
        extras.add(part);
        return write(source, folder.resolve("bad"), "native-stream", Compression.NONE, extras);
    }

    @Test
    void aSectionThatLacksAPartIsRefused() throws IOException {
        Path complete = streamWith(part(".acme", 1, LARGE));
        byte[] bytes = Files.readAllBytes(complete);
        // takes out the last part: 40 bytes of chunk header, 40 of the part's, 5 of the name, 17
        // bytes
        int part = 40 + 40 + 5 + 17;
        int tail = 40 + 48 + 40;
        byte[] cut = new byte[bytes.length - part];
        System.arraycopy(bytes, 0, cut, 0, cut.length - tail);
        System.arraycopy(bytes, bytes.length - tail, cut, cut.length - tail, tail);
        Path bad = Files.write(folder.resolve("cut"), cut);
        var thrown = assertThrows(ImageException.class, () -> FormatConverter.readWhole(bad));
        assertTrue(String.valueOf(thrown.getMessage()).contains("lacks a part"), thrown::toString);
    }

    /** A signed image in one of the native forms, with everything that a newer release could have added. */
    private Path signed(String form, Compression compression) throws IOException {
        Path made = write(source, folder.resolve("made"), "native", compression, additions());
        try (FileChannel channel =
                FileChannel.open(made, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var draft = new Statement.Draft("sign", List.of(), "2026-01-01T00:00:00Z", "", "");
            Path key = folder.resolve("key");
            Files.deleteIfExists(key);
            Files.deleteIfExists(folder.resolve("key.pub"));
            new SeekableLabel("image", channel, ReadOptions.DEFAULT)
                    .sign(draft, SigningKey.make(key));
        }
        return rewrite(made, folder.resolve("signed"), form, compression);
    }

    private static Salvage survey(Path image) throws IOException {
        return Salvage.survey(
                Images.load(),
                () -> ChannelSource.open(image),
                Optional.empty(),
                ReadOptions.DEFAULT);
    }

    private Path salvaged(Salvage salvage, String form) throws IOException {
        Path to = folder.resolve("salvaged");
        Files.deleteIfExists(to);
        salvage.write(FormatConverter.format(form), ChannelSink.create(to), WriteOptions.DEFAULT);
        return to;
    }

    @ParameterizedTest
    @CsvSource({"native, NONE", "native, ZSTD", "native-stream, NONE", "native-stream, ZSTD"})
    void salvageOfAnIntactImageKeepsEverything(String form, Compression compression)
            throws IOException {
        Path image = signed(form, compression);
        Salvage salvage = survey(image);
        assertTrue(salvage.report().intact(), salvage.report()::toString);
        assertEquals(-1, Files.mismatch(image, salvaged(salvage, form)), "the same form");
        String other = form.equals("native") ? "native-stream" : "native";
        Path converted = salvaged(salvage, other);
        Path back = rewrite(converted, folder.resolve("back"), "native", compression);
        assertHasAdditions(back);
        try (FileChannel channel = FileChannel.open(back)) {
            List<Statement> chain =
                    SeekableImage.open("back", channel).extras().chain().statements();
            assertEquals(1, chain.size());
            assertEquals(1, chain.getFirst().signatures().size());
        }
    }

    /** The content is damaged: what does not depend on it is kept, and the rest is told. */
    @ParameterizedTest
    @CsvSource({"native, NONE", "native, ZSTD", "native-stream, NONE", "native-stream, ZSTD"})
    void salvageOfADamagedImageKeepsWhatIsIntactAndTellsTheRest(
            String form, Compression compression) throws IOException {
        byte[] image = Files.readAllBytes(signed(form, compression));
        Path bad = folder.resolve("bad");
        // where the first page's contents are
        int page = content(image, form, compression);
        image[page] ^= 0x55;
        Salvage salvage = survey(Files.write(bad, image));
        assertTold(salvage, "a statement of the provenance chain", "a signature of the provenance");
        Path made = salvaged(salvage, "native");
        assertHasAdditions(made);
        try (FileChannel channel = FileChannel.open(made)) {
            SeekableImage found = SeekableImage.open("made", channel);
            assertEquals(0, found.extras().chain().statements().size());
            String missing = found.metadata().path("partial").toString();
            assertTrue(missing.contains("a signature of the provenance chain"), missing);
        }
        // one of the additions is damaged as well: it is told, and the others are kept
        int at = indexOf(image, Arrays.copyOf(LARGE, 64));
        image[at] ^= 1;
        salvage = survey(Files.write(bad, image));
        if (form.equals("native")) assertTold(salvage, "section .acme.map, which is damaged");
        else assertTold(salvage, "a chunk of .xenimage.stream that is damaged");
        made = salvaged(salvage, "native");
        try (FileChannel channel = FileChannel.open(made)) {
            NativeExtras extras = SeekableImage.open("made", channel).extras();
            assertEquals(
                    List.of(".acme.empty"),
                    extras.parts().stream().map(NativeExtras.Part::name).toList());
            assertEquals(2, extras.notes().size());
            assertTrue(extras.chunks().isPresent());
        }
    }

    /** Only an addition is damaged: the content is whole, and the addition is told. */
    @ParameterizedTest
    @CsvSource({"native, NONE", "native-stream, NONE"})
    void salvageTellsOfAnAdditionThatIsDamaged(String form, Compression compression)
            throws IOException {
        byte[] image = Files.readAllBytes(signed(form, compression));
        image[indexOf(image, Arrays.copyOf(LARGE, 64))] ^= 1;
        Salvage salvage = survey(Files.write(folder.resolve("bad"), image));
        assertEquals(40, salvage.report().pages());
        assertEquals(0, salvage.report().lostPageCount());
        assertTold(
                salvage,
                form.equals("native") ? "section .acme.map" : "a chunk of .xenimage.stream",
                "a signature of the provenance chain");
    }

    private static void assertTold(Salvage salvage, String... texts) {
        for (String text : texts)
            assertTrue(
                    salvage.report().missing().stream().anyMatch(line -> line.contains(text)),
                    () -> text + " in " + salvage.report().missing());
    }

    private static int content(byte[] image, String form, Compression compression) {
        // a chunk of content in a stream, or of pages: its magic, then 40 bytes of header
        if (form.equals("native") && compression == Compression.NONE)
            return (int) Native.PAGES_OFFSET;
        byte[] chunk = {0x58, 0x49, 0x43, 0x4b, Chunk.CONTENT};
        int first = indexOf(image, chunk);
        return first + 60;
    }

    private static int indexOf(byte[] all, byte[] wanted) {
        for (int at = 0; at + wanted.length <= all.length; at++)
            if (Arrays.equals(all, at, at + wanted.length, wanted, 0, wanted.length)) return at;
        throw new AssertionError("it is not in the image");
    }
}
