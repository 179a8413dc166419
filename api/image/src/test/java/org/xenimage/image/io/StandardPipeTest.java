package org.xenimage.image.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** Standard input and output of a process: pipes are spliced, files are not. */
class StandardPipeTest {
    private static final int LENGTH = 5_000_017;
    private static final int PEEK = 64;
    private static final int LOOKED_AT = 100;
    private static final int SKIPPED = 1000;

    @TempDir private Path folder;

    /** What the child runs: peeks, looks at some bytes, skips some, and moves the rest, in two goes. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws IOException {
            try (var source = ChannelSource.standardInput();
                    var sink =
                            arguments.length == 0
                                    ? ChannelSink.standardOutput()
                                    : ChannelSink.fifo("fifo", Path.of(arguments[0]))) {
                source.peek(PEEK);
                MemorySegment looked = MemorySegment.ofArray(new byte[LOOKED_AT]);
                source.read(looked);
                sink.write(looked);
                source.skip(SKIPPED);
                long moved = source.moveTo(sink, 70_000);
                moved += source.moveTo(sink, Long.MAX_VALUE);
                if (moved != sink.position() - LOOKED_AT
                        || source.position() != moved + LOOKED_AT + SKIPPED) {
                    throw new AssertionError(
                            "moved %d, at %d and %d"
                                    .formatted(moved, source.position(), sink.position()));
                }
            }
        }
    }

    @BeforeEach
    void linux() {
        assumeTrue(Files.exists(Path.of("/proc/self/fd")), "needs Linux");
    }

    @Test
    void betweenTwoPipesEveryBytePasses() throws IOException, InterruptedException {
        Process child = child().start();
        var written = CompletableFuture.runAsync(() -> feed(child.getOutputStream()));
        assertArrayEquals(expected(), child.getInputStream().readAllBytes());
        written.join();
        assertEquals(0, child.waitFor());
    }

    @Test
    void fromAPipeIntoAFifoEveryBytePasses() throws IOException, InterruptedException {
        Path fifo = folder.resolve("fifo");
        assumeTrue(
                new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor() == 0,
                "a FIFO can be made");
        ProcessBuilder builder = child();
        builder.command().add(fifo.toString());
        Process child = builder.start();
        var written = CompletableFuture.runAsync(() -> feed(child.getOutputStream()));
        assertArrayEquals(expected(), Files.readAllBytes(fifo));
        written.join();
        assertEquals(0, child.waitFor());
    }

    @Test
    void fromAFileToAFileEveryBytePasses() throws IOException, InterruptedException {
        Path from = Files.write(folder.resolve("from"), bytes());
        Path to = folder.resolve("to");
        Process child = child().redirectInput(from.toFile()).redirectOutput(to.toFile()).start();
        assertEquals(0, child.waitFor());
        assertArrayEquals(expected(), Files.readAllBytes(to));
    }

    @Test
    void aReceiverThatWentAwayIsABrokenPipe() throws IOException, InterruptedException {
        Path errors = folder.resolve("errors");
        Process child = child().redirectError(errors.toFile()).start();
        child.getInputStream().close();
        var written = CompletableFuture.runAsync(() -> feed(child.getOutputStream()));
        assertEquals(1, child.waitFor());
        written.handle((_, _) -> 0).join();
        assertTrue(Files.readString(errors).contains("Broken pipe"), () -> "it said otherwise");
    }

    private static ProcessBuilder child() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String path =
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                java,
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", classPath(path), Child.class.getName()));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    /** The class path of this process, and where the classes under test and this test lie, modules or not. */
    private static String classPath(String known) {
        return String.join(
                File.pathSeparator, known, location(ChannelSource.class), location(Child.class));
    }

    private static String location(Class<?> type) {
        String file = "/" + type.getName().replace('.', '/') + ".class";
        String url = String.valueOf(type.getResource(file));
        return Path.of(java.net.URI.create(url.substring(0, url.length() - file.length())))
                .toString();
    }

    private static void feed(OutputStream to) {
        try (to) {
            to.write(bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes() {
        byte[] bytes = new byte[LENGTH];
        new Random(11).nextBytes(bytes);
        return bytes;
    }

    private static byte[] expected() {
        byte[] bytes = bytes();
        byte[] expected = new byte[LENGTH - SKIPPED];
        System.arraycopy(bytes, 0, expected, 0, LOOKED_AT);
        System.arraycopy(
                bytes, LOOKED_AT + SKIPPED, expected, LOOKED_AT, LENGTH - LOOKED_AT - SKIPPED);
        return expected;
    }
}
