package org.xenimage.formats.xenimage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.label.SeekableLabel;
import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.seal.Encryption;
import org.xenimage.image.seal.ImageKey;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.spi.WriteOptions.Compression;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A second reader, written from the specification in another language, reads what this one writes. */
class IndependentReaderTest {
    private static final Path READER =
            Path.of("..", "..", "tests", "native-reader", "native_reader.py");

    @TempDir Path folder;

    private Path source;
    private byte[] stream = new byte[0];

    private record Outcome(int status, String text) {}

    private static Outcome read(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3", READER.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), text);
    }

    @BeforeEach
    void make() throws IOException {
        assumeTrue(
                Files.isRegularFile(READER) && Files.isExecutable(Path.of("/usr/bin/python3")),
                "needs Python");
        stream =
                HandmadeStream.xl("{\"c_info\":{\"type\":\"pv\",\"name\":\"web1\"}}")
                        .headers(1)
                        .pvInfo()
                        .pages(1, HandmadeStream.range(0, 300))
                        .pages(2, 3, 5)
                        .pages(0, HandmadeStream.range(1000, 600))
                        .end()
                        .end()
                        .toBytes();
        source = Files.write(folder.resolve("source"), stream);
    }

    @Test
    void itReadsBothForms() throws IOException, InterruptedException {
        for (String form : new String[] {"native", "native-stream"}) {
            Path made =
                    FormatConverter.convert(source, folder.resolve("made"), form, Compression.NONE);
            Outcome list = read("list", made.toString());
            assertEquals(0, list.status(), list.text());
            assertTrue(list.text().contains("\"domain.name\": \"web1\""), list.text());
            Outcome check = read("check", made.toString());
            assertEquals(0, check.status(), check.text());
            Path back = folder.resolve("back");
            Outcome complete = read("stream", made.toString(), back.toString());
            assertEquals(0, complete.status(), complete.text());
            assertArrayEquals(stream, Files.readAllBytes(back));
        }
    }

    @Test
    void itFindsAPageByItsPfn() throws IOException, InterruptedException {
        Path made =
                FormatConverter.convert(source, folder.resolve("made"), "native", Compression.NONE);
        Path page = folder.resolve("page");
        Outcome found = read("page", made.toString(), "5", page.toString());
        assertEquals(0, found.status(), found.text());
        assertArrayEquals(HandmadeStream.content(2, 5), Files.readAllBytes(page));
    }

    @Test
    void itChecksTheChainOfAnEditedImage() throws IOException, InterruptedException {
        Path made =
                FormatConverter.convert(source, folder.resolve("made"), "native", Compression.NONE);
        SigningKey key = SigningKey.make(folder.resolve("key"));
        var draft = new Statement.Draft("sign", List.of(), "2026-01-01T00:00:00Z", "", "ada");
        try (FileChannel channel =
                FileChannel.open(made, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var label = new SeekableLabel("made", channel, ReadOptions.DEFAULT);
            label.sign(draft, key);
            label.changeMetadata(metadata -> metadata.put("ticket.id", "OPS-7"));
            label.sign(draft, key);
        }
        Path streamed = FormatConverter.rewrite(made, folder.resolve("streamed"), "native-stream");
        for (Path image : List.of(made, streamed)) {
            Outcome check = read("check", image.toString());
            assertEquals(0, check.status(), check.text());
            assertTrue(check.text().contains("\"statements\": 2"), check.text());
            assertTrue(check.text().contains(key.trusted().toString()), check.text());
            assertTrue(read("list", image.toString()).text().contains("OPS-7"));
        }
        Path forged = folder.resolve("forged");
        SealedFile file = new SealedFile(Files.readAllBytes(made));
        long notes = file.section(Native.CHAIN);
        byte[] before = "\"operator\":\"ada\"".getBytes(StandardCharsets.UTF_8);
        while (file.memory().asSlice(notes, before.length).mismatch(MemorySegment.ofArray(before))
                >= 0) notes++;
        file.memory().set(ValueLayout.JAVA_BYTE, notes + 12, (byte) 'b');
        Outcome check = read("check", file.seal().write(forged).toString());
        assertEquals(1, check.status(), check.text());
        assertTrue(check.text().contains("wrong signature"), check.text());
    }

    @Test
    void itReadsWhatIsReadableOfAnEncryptedImage() throws IOException, InterruptedException {
        var options =
                WriteOptions.DEFAULT.withEncryption(
                        new Encryption(new ImageKey.Passphrase("x"), Optional.empty()));
        for (String form : List.of("native", "native-stream")) {
            Path made = folder.resolve("made");
            Files.deleteIfExists(made);
            try (var reader = Images.load().open(ChannelSource.open(source));
                    var writer =
                            FormatConverter.format(form).write(ChannelSink.create(made), options)) {
                reader.drainTo(writer);
            }
            Outcome list = read("list", made.toString());
            assertTrue(list.text().contains("\"domain.name\": \"web1\""), list.text());
            Outcome check = read("check", made.toString());
            assertEquals(0, check.status(), check.text());
            assertTrue(check.text().contains("it is encrypted"), check.text());
            Outcome stream = read("stream", made.toString(), folder.resolve("back").toString());
            assertEquals(1, stream.status(), stream.text());
        }
    }

    @Test
    void itRefusesADamagedImage() throws IOException, InterruptedException {
        Path made =
                FormatConverter.convert(source, folder.resolve("made"), "native", Compression.NONE);
        byte[] bytes = Files.readAllBytes(made);
        bytes[(int) Native.PAGES_OFFSET + 77] ^= 1;
        Path bad = Files.write(folder.resolve("bad"), bytes);
        Outcome check = read("check", bad.toString());
        assertEquals(1, check.status(), check.text());
        assertTrue(check.text().contains("0x100000"), check.text());
    }
}
