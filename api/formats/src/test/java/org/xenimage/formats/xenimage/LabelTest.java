package org.xenimage.formats.xenimage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.label.SeekableLabel;
import org.xenimage.formats.xenimage.v1.read.SeekableImage;
import org.xenimage.image.seal.Provenance;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ImageLabel;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions.Compression;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** The label is changed in place: atomically, and without the pages. */
class LabelTest {
    @TempDir Path folder;

    private Path source;

    @BeforeEach
    void make() throws IOException {
        source =
                Files.write(
                        folder.resolve("source"), HandmadeStream.pvGuest().end().end().toBytes());
    }

    private Path image(Compression compression) throws IOException {
        return FormatConverter.convert(source, folder.resolve("image"), "native", compression);
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static void set(Path path, String key, String value) throws IOException {
        try (FileChannel channel = open(path)) {
            var label = new SeekableLabel(path.toString(), channel, ReadOptions.DEFAULT);
            label.changeMetadata(metadata -> metadata.put(key, value));
        }
    }

    private static String get(Path path, String key) throws IOException {
        try (FileChannel channel = open(path)) {
            return SeekableImage.open("image", channel).metadata().path(key).asText();
        }
    }

    @Test
    void noChangeIsLostAndNoReaderSeesHalfOfOne() throws Exception {
        Path image = image(Compression.NONE);
        int writers = 4;
        int changes = 25;
        var ended = new AtomicBoolean();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<?>> all = new ArrayList<>();
            for (int writer = 0; writer < writers; writer++) {
                int number = writer;
                all.add(
                        threads.submit(() -> {
                            for (int i = 0; i < changes; i++)
                                set(image, "writer-" + number + "." + i, "x".repeat(i));
                            return true;
                        }));
            }
            all.add(threads.submit(() -> signed(image, 5)));
            Future<Integer> reader =
                    threads.submit(() -> {
                        int seen = 0;
                        while (!ended.get()) {
                            FormatConverter.readWhole(image);
                            int now = count(image);
                            assertTrue(now >= seen, "fewer keys than before");
                            seen = now;
                        }
                        return seen;
                    });
            for (Future<?> one : all) one.get();
            ended.set(true);
            reader.get();
        }
        for (int writer = 0; writer < writers; writer++)
            for (int i = 0; i < changes; i++)
                assertEquals("x".repeat(i), get(image, "writer-" + writer + "." + i));
        try (FileChannel channel = open(image)) {
            Provenance provenance =
                    new SeekableLabel("image", channel, ReadOptions.DEFAULT).provenance();
            assertEquals(5, provenance.statements().size());
            assertEquals(List.of(), provenance.faults());
        }
    }

    private boolean signed(Path image, int times) throws IOException {
        SigningKey key = SigningKey.make(folder.resolve("parallel.key"));
        for (int i = 0; i < times; i++) {
            try (FileChannel channel = open(image)) {
                new SeekableLabel("image", channel, ReadOptions.DEFAULT)
                        .sign(draft("2026-01-0" + (i + 1)), key);
            }
        }
        return true;
    }

    private static int count(Path image) throws IOException {
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.READ)) {
            return SeekableImage.open("image", channel).metadata().size();
        }
    }

    private static Statement.Draft draft(String time) {
        return new Statement.Draft("sign", List.of(), time, "", "");
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "ZSTD"})
    void anEditLeavesTheContentAsItWas(Compression compression) throws IOException {
        Path image = image(compression);
        byte[] before = Files.readAllBytes(image);
        for (int i = 0; i < 20; i++) set(image, "ticket.id", "x".repeat(i * 500));
        assertEquals("x".repeat(19 * 500), get(image, "ticket.id"));
        byte[] after = Files.readAllBytes(image);
        assertArrayEquals(
                Arrays.copyOfRange(before, 64, before.length),
                Arrays.copyOfRange(after, 64, before.length));
        Path back =
                FormatConverter.convert(image, folder.resolve("back"), "xl", Compression.PREFERRED);
        assertEquals(-1, Files.mismatch(source, back));
        try (FileChannel channel = open(image)) {
            SeekableImage.open("image", channel).sums().checkAll();
        }
    }

    @Test
    void aCrashAtAnyOffsetLeavesTheImageThatWas() throws IOException {
        Path image = image(Compression.NONE);
        set(image, "ticket.id", "first");
        byte[] before = Files.readAllBytes(image);
        set(image, "ticket.id", "second");
        byte[] after = Files.readAllBytes(image);
        Path crashed = folder.resolve("crashed");
        for (int length = before.length; length <= after.length; length++) {
            byte[] state = Arrays.copyOf(after, length);
            System.arraycopy(before, 0, state, 0, 64);
            Files.write(crashed, state);
            assertEquals("first", get(crashed, "ticket.id"), "crashed at " + length);
        }
        FormatConverter.readWhole(crashed);
        set(crashed, "ticket.id", "third");
        assertEquals("third", get(crashed, "ticket.id"));
        assertEquals(after.length, Files.size(crashed), "the edit that was not finished is gone");
    }

    @Test
    void whatACrashLeftBehindIsIgnoredWhateverItHolds() throws IOException {
        Path image = image(Compression.NONE);
        byte[] before = Files.readAllBytes(image);
        var random = new Random(3);
        for (int i = 0; i < 50; i++) {
            byte[] state = Arrays.copyOf(before, before.length + random.nextInt(9000));
            byte[] tail = new byte[state.length - before.length];
            if (i % 2 == 0) random.nextBytes(tail);
            System.arraycopy(tail, 0, state, before.length, tail.length);
            FormatConverter.readWhole(Files.write(folder.resolve("crashed"), state));
        }
    }

    @Test
    void anEditedImageThatIsCutShortIsTold() throws IOException {
        Path image = image(Compression.NONE);
        set(image, "ticket.id", "first");
        byte[] complete = Files.readAllBytes(image);
        Path cut = folder.resolve("cut");
        for (int less = 1; less < 3000; less++) {
            Files.write(cut, Arrays.copyOf(complete, complete.length - less));
            int bytes = less;
            org.junit.jupiter.api.Assertions.assertThrows(
                    org.xenimage.image.fault.ImageException.class,
                    () -> FormatConverter.readWhole(cut),
                    () -> "less " + bytes);
        }
    }

    @Test
    void signaturesAndMetadataAreEditedSideBySide() throws IOException {
        Path image = image(Compression.ZSTD);
        SigningKey key = SigningKey.make(folder.resolve("key"));
        try (FileChannel channel = open(image)) {
            ImageLabel label = new SeekableLabel("image", channel, ReadOptions.DEFAULT);
            label.sign(draft("2026-01-01T00:00:00Z"), key);
            label.changeMetadata(metadata -> metadata.put("ticket.id", "OPS-7"));
            label.sign(draft("2026-01-02T00:00:00Z"), key);
            assertEquals(2, label.provenance().statements().size());
            assertEquals(List.of(), label.provenance().faults());
            assertEquals(2, label.provenance().vouchedFor(List.of(key.trusted())));
        }
        assertEquals("OPS-7", get(image, "ticket.id"));
        FormatConverter.readWhole(image);
    }

    @Test
    void theChainGoesFromFormToForm() throws IOException {
        Path image = image(Compression.NONE);
        SigningKey key = SigningKey.make(folder.resolve("key"));
        try (FileChannel channel = open(image)) {
            new SeekableLabel("image", channel, ReadOptions.DEFAULT).sign(draft(""), key);
        }
        Path streamed = FormatConverter.rewrite(image, folder.resolve("streamed"), "native-stream");
        Path back = FormatConverter.rewrite(streamed, folder.resolve("back"), "native");
        try (FileChannel channel = open(back)) {
            var provenance = new SeekableLabel("back", channel, ReadOptions.DEFAULT).provenance();
            assertEquals(List.of(), provenance.faults());
            assertEquals(1, provenance.vouchedFor(List.of(key.trusted())));
        }
    }

    @Test
    void aForgedDigestIsToldByTheChain() throws IOException {
        Path image = image(Compression.NONE);
        try (FileChannel channel = open(image)) {
            new SeekableLabel("image", channel, ReadOptions.DEFAULT)
                    .sign(draft(""), SigningKey.make(folder.resolve("key")));
        }
        SealedFile forged = new SealedFile(Files.readAllBytes(image));
        long notes = forged.section(Native.NOTES);
        long digest = notes + forged.u64(forged.header(Native.NOTES) + 32) - 8;
        forged.memory().set(org.xenimage.formats.elf.Elf.U64, digest, 0x1234);
        Path bad = forged.seal().write(folder.resolve("bad"));
        try (FileChannel channel = open(bad)) {
            List<String> faults =
                    new SeekableLabel("bad", channel, ReadOptions.DEFAULT).provenance().faults();
            assertEquals(1, faults.size());
            assertTrue(faults.getFirst().contains("digest"), faults.getFirst());
        }
    }
}
