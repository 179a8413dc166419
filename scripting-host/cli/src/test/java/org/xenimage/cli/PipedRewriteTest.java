package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.Program.Outcome;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** An image that comes from a pipe and is rewritten by no policy: OUT is IN, byte for byte, as it is with a file. */
@Timeout(120)
class PipedRewriteTest {
    private static final String[] NO_KEY = {};
    private static final String[] KEY = {"--key-file", ":key"};

    @TempDir private Path folder;

    private Program program;
    private Path fifo;

    @BeforeEach
    void makeSample() throws IOException, InterruptedException {
        program = new Program(folder);
        fifo = program.file("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        program.write("key", "0123456789abcdef".repeat(4) + "\n");
        program.run("sample", ":sample", "--guest", "hvm", "--memory", "4").succeeds();
    }

    private Outcome rewrite(byte[] image, String... keys) throws IOException {
        var sent =
                thread(() -> {
                    try (OutputStream out = Files.newOutputStream(fifo)) {
                        out.write(image);
                    } catch (IOException e) {
                        // The reader had enough.
                    }
                });
        String[] line = {"rewrite", ":fifo", ":out"};
        String[] all = Arrays.copyOf(line, line.length + keys.length);
        System.arraycopy(keys, 0, all, line.length, keys.length);
        Outcome outcome = program.run(all);
        join(sent);
        return outcome;
    }

    private static Thread thread(Runnable work) {
        return Thread.ofPlatform().daemon().start(work);
    }

    private static void join(Thread thread) throws IOException {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private void comesBack(byte[] image, String... keys) throws IOException {
        rewrite(image, keys).succeeds();
        assertArrayEquals(image, program.read("out"));
        Files.delete(program.file("out"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"xl", "libxl", "libxc-v3", "libxc-v2", "native-stream"})
    void everyFormatThatIsReadFromAPipe(String format) throws IOException {
        program.run("convert", ":sample", ":in", "--to", format).succeeds();
        comesBack(program.read("in"), NO_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "zstd"})
    void everyNativeStreamHoweverItIsStored(String compression) throws IOException {
        String[] convert = {
            "convert", ":sample", ":in", "--to", "native-stream", "--compress", compression
        };
        program.run(convert).succeeds();
        comesBack(program.read("in"), NO_KEY);
        UnknownSection.into(program.file("in"));
        byte[] labelled = program.read("in");
        comesBack(labelled, NO_KEY);
        byte[] more = Arrays.copyOf(labelled, labelled.length + 77);
        Arrays.fill(more, labelled.length, more.length, (byte) 7);
        comesBack(more, NO_KEY);
        String[] encrypt = Arrays.copyOf(convert, convert.length + 3);
        System.arraycopy(new String[] {"--encrypt", KEY[0], KEY[1]}, 0, encrypt, convert.length, 3);
        encrypt[2] = ":secret";
        program.run(encrypt).succeeds();
        comesBack(program.read("secret"), KEY);
    }

    @Test
    void anImageAtFaultLeavesNoCopy() throws IOException {
        program.run("convert", ":sample", ":in", "--to", "native-stream").succeeds();
        byte[] image = program.read("in");
        image[image.length - 100] ^= 1; // in the digest or the chunk that holds it
        Outcome outcome = rewrite(image, NO_KEY);
        assertEquals(1, outcome.status(), outcome.err());
        byte[] cut = Arrays.copyOf(program.read("in"), image.length - 1);
        outcome = rewrite(cut, NO_KEY);
        assertEquals(1, outcome.status(), outcome.err());
        assertFalse(Files.exists(program.file("out")));
        assertTrue(program.files().stream().noneMatch(name -> name.startsWith(".")));
    }

    @Test
    void whoReadsTheCopyMeanwhileGetsNoEndOfAnImageAtFault() throws IOException {
        program.run("convert", ":sample", ":in", "--to", "native-stream").succeeds();
        byte[] image = program.read("in");
        image[image.length - 100] ^= 1;
        Path out = program.file("out-fifo");
        try {
            assertEquals(0, new ProcessBuilder("mkfifo", out.toString()).start().waitFor());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        var received = program.file("received");
        Thread reader =
                thread(() -> {
                    try {
                        Files.write(received, Files.readAllBytes(out));
                    } catch (IOException e) {
                        // Seen below: there is no such file.
                    }
                });
        var sent =
                thread(() -> {
                    try (OutputStream to = Files.newOutputStream(fifo)) {
                        to.write(image);
                    } catch (IOException e) {
                        // The reader had enough.
                    }
                });
        assertEquals(1, program.run("rewrite", ":fifo", ":out-fifo").status());
        join(sent);
        join(reader);
        assertEquals(1, program.run("verify", ":received").status());
    }
}
