package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The real program, ended in the middle of a bulk run. Runs after it is packed: under {@code mvn verify}, always. */
class BulkKillTest {
    private static final Path PROGRAM =
            Path.of("..")
                    .toAbsolutePath()
                    .normalize()
                    .resolve("scripting-host/cli/target/xenimage/bin/xenimage");

    private static final int IMAGES = 40;
    private static final int KILLS = 20;
    private static final long SEED = 20_260_131;

    @TempDir private Path folder;
    private Path in;

    @BeforeEach
    void makeTree() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(PROGRAM), "the program is packed");
        in = folder.resolve("in");
        Path first = in.resolve("0.save");
        Files.createDirectories(in.resolve("a b"));
        List<String> sample =
                List.of(
                        PROGRAM.toString(),
                        "sample",
                        first.toString(),
                        "--guest",
                        "pvh",
                        "--memory",
                        "8");
        assertEquals(0, start(sample, "sample").waitFor());
        for (int i = 1; i < IMAGES; i++)
            Files.copy(first, in.resolve(i % 2 == 0 ? i + ".save" : "a b/" + i + ".save"));
    }

    @Test
    void killedAtAnyMomentTheRunGoesOnToTheSameTreeAndRepeatsNothing() throws Exception {
        Path complete = folder.resolve("whole");
        long begin = System.nanoTime();
        assertEquals(0, bulk(complete, "--at", "2026-01-31T12:00:00Z").waitFor(), output());
        long millis = Math.max(1000, (System.nanoTime() - begin) / 1_000_000);
        Map<String, String> expected = digests(complete);
        assertEquals(IMAGES, expected.size());

        var random = new Random(SEED);
        int kills = 0;
        for (int round = 0; kills < KILLS; round++) {
            Path out = folder.resolve("round-" + round);
            Map<String, Object> delivered = new HashMap<>();
            List<String> options = new ArrayList<>(List.of("--at", "2026-01-31T12:00:00Z"));
            while (true) {
                Process run = bulk(out, options.toArray(String[]::new));
                boolean ended =
                        kills < KILLS
                                ? run.waitFor(random.nextLong(millis), TimeUnit.MILLISECONDS)
                                : run.waitFor(3, TimeUnit.MINUTES);
                if (ended) {
                    assertEquals(0, run.exitValue(), output());
                    break;
                }
                run.destroyForcibly().waitFor();
                kills++;
                assertNothingRepeated(out, delivered);
                // A run that was killed before it had a journal has nothing to resume: both are in
                // order.
                if (!options.contains("--resume")) options.add("--resume");
            }
            assertNothingRepeated(out, delivered);
            assertEquals(expected, digests(out), "round " + round);
            assertEquals(List.of(), list(out.resolve(".xenimage-bulk/new")));
            journalled(out).forEach((name, lines) -> assertEquals(1, lines, name));
        }
    }

    @Test
    void terminatedTheRunDropsWhatIsNotWholeAndCanBeResumed() throws Exception {
        Path out = folder.resolve("out");
        Process run = bulk(out);
        Path journal = out.resolve(".xenimage-bulk/journal");
        while (run.isAlive() && (!Files.exists(journal) || journalled(out).isEmpty()))
            Thread.sleep(5);
        run.destroy();
        assertEquals(143, run.waitFor(), output());
        assertFalse(journalled(out).isEmpty(), "it was in the middle of its work");
        assertEquals(List.of(), list(out.resolve(".xenimage-bulk/new")));
        assertEquals(0, bulk(out, "--resume").waitFor(), output());
        assertEquals(IMAGES, digests(out).size());
        journalled(out).forEach((name, lines) -> assertEquals(1, lines, name));
    }

    /** An output that has its name keeps its file. */
    private static void assertNothingRepeated(Path out, Map<String, Object> delivered)
            throws IOException {
        for (Path file : files(out)) {
            Object number = Files.getAttribute(file, "unix:ino");
            Object before = delivered.put(out.relativize(file).toString(), number);
            assertTrue(before == null || before.equals(number), file + " was made again");
        }
    }

    private Process bulk(Path out, String... options) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                PROGRAM.toString(),
                                "bulk",
                                in.toString(),
                                "--out",
                                out.toString(),
                                "--quiet",
                                "--policy",
                                "scrub-pattern",
                                "--set",
                                "text=SECRET-API-TOKEN="));
        command.addAll(List.of(options));
        return start(command, "bulk");
    }

    private Process start(List<String> command, String log) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(log + ".log").toFile())
                .start();
    }

    private String output() throws IOException {
        return Files.readString(folder.resolve("bulk.log"));
    }

    /** How many lines of the journal are about each image. */
    private static Map<String, Integer> journalled(Path out) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        for (String line : Files.readAllLines(out.resolve(".xenimage-bulk/journal")))
            if (line.contains("\"file\":"))
                counts.merge(line.replaceFirst(".*\"file\":\"([^\"]*)\".*", "$1"), 1, Integer::sum);
        return counts;
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static List<Path> files(Path out) throws IOException {
        if (!Files.exists(out)) return List.of();
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains(".xenimage-bulk"))
                    .toList();
        }
    }

    private static Map<String, String> digests(Path out)
            throws IOException, NoSuchAlgorithmException {
        Map<String, String> digests = new TreeMap<>();
        for (Path file : files(out))
            digests.put(
                    out.relativize(file).toString(),
                    HexFormat.of()
                            .formatHex(
                                    MessageDigest.getInstance("SHA-256")
                                            .digest(Files.readAllBytes(file))));
        return digests;
    }
}
