package org.xenimage.cli.toolstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.cli.Main;
import org.xenimage.cli.Program;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** The guest is neither lost nor doubled when the program is told to end in the middle. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class StopSignalTest {
    /** The exit status of a JVM that SIGTERM ended. */
    private static final int TERMINATED = 143;

    @TempDir private Path folder;

    private Program program = new Program(Path.of("before-each"));
    private StandInXl xl = new StandInXl(Path.of("before-each"));
    private byte[] image = new byte[0];

    @BeforeEach
    void makeSample() throws IOException {
        program = new Program(folder);
        program.run("sample", ":sample", "--guest", "hvm", "--memory", "8").succeeds();
        image = program.read("sample");
        xl = StandInXl.install(folder.resolve("host"), image);
        Files.createDirectory(folder.resolve("no-policies"));
    }

    @Test
    void aRestoreThatIsStoppedStartsNoGuest() throws IOException, InterruptedException {
        Process restore = start("restore", "-");
        try (OutputStream in = restore.getOutputStream()) {
            in.write(image, 0, image.length - 16);
            in.flush();
            await(() -> xl.calls().stream().anyMatch(call -> call.startsWith("restore")));
            restore.destroy();
            assertEquals(TERMINATED, restore.waitFor());
        }
        await(() -> xl.created().isEmpty());
        assertEquals(Optional.empty(), xl.created());
    }

    @Test
    void aSaveThatIsStoppedLetsTheDomainGoOn() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Process save = start("save", "web1", pipe.toString());
        try (InputStream nobodyReads = Files.newInputStream(pipe)) {
            assertTrue(nobodyReads.read() >= 0, "it has begun");
            assertEquals("running", xl.domain());
            save.destroy();
            assertEquals(TERMINATED, save.waitFor());
        }
        await(() -> xl.calls().size() > 1 || !xl.domain().equals("suspended"));
        assertEquals("running", xl.domain());
        assertFalse(xl.calls().contains("destroy 7"), () -> xl.calls().toString());
    }

    @Test
    void whatIsNotAgreedToEndsAtOnce() {
        try (var signal = new StopSignal(() -> true)) {
            signal.received();
        }
    }

    @Test
    void whatIsAgreedToIsFinishedFirst() throws InterruptedException {
        var finished = new AtomicBoolean();
        var waiting = new CountDownLatch(1);
        var signal =
                new StopSignal(() -> {
                    waiting.countDown();
                    return false;
                });
        Thread hook =
                Thread.ofPlatform()
                        .start(() -> {
                            signal.received();
                            assertTrue(finished.get());
                        });
        waiting.await();
        assertTrue(hook.isAlive());
        finished.set(true);
        signal.close();
        hook.join();
    }

    private Process start(String... words) throws IOException {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                words[0],
                                "--xl",
                                xl.program().toString(),
                                "--policies",
                                folder.resolve("no-policies").toString()));
        line.addAll(List.of(words).subList(1, words.length));
        return new ProcessBuilder(line)
                .redirectError(folder.resolve("err").toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .start();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) Thread.sleep(20);
    }
}
