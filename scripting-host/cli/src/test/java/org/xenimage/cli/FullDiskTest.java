package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What cannot be written is reported, with the name of the file, and nothing is delivered. */
class FullDiskTest {
    private static final String FULL = "/dev/full";

    @TempDir private Path folder;

    private Program program;

    /** A command line of each command that succeeds and prints something. */
    private static final Map<String, String> PRINTING =
            Map.ofEntries(
                    Map.entry("info", "info :in.save"),
                    Map.entry("verify", "verify :in.save"),
                    Map.entry("can-restore", "can-restore :in.save --host 4.17"),
                    Map.entry("capabilities", "capabilities --xen 4.13"),
                    Map.entry("rewrite", "rewrite :in.save --dry-run --policy :p.js"),
                    Map.entry("bulk", "bulk :in.save --dry-run --policy :p.js"),
                    Map.entry("diff", "diff :in.save :in.native --json"),
                    Map.entry("salvage", "salvage :in.save --dry-run"),
                    Map.entry("metadata", "metadata :in.native"),
                    Map.entry("section", "section list :in.native --json"),
                    Map.entry("provenance", "provenance :in.native"),
                    Map.entry("console", "console :in.save -c 1+1"),
                    Map.entry("policy", "policy list"),
                    Map.entry("agent", "agent --status"),
                    Map.entry("completion", "completion bash"),
                    Map.entry("help", "help"));

    /** Commands that print nothing of their own when all is well, or only next to a toolstack. */
    private static final Set<String> SILENT =
            Set.of("dump", "sign", "save", "restore", "relay", "save-helper");

    /** Commands whose standard output is an image or a part of one: each write of it is checked. */
    private static final Set<String> IMAGES = Set.of("convert", "extract", "load", "sample");

    @BeforeEach
    void makeImages() {
        assumeTrue(Files.exists(Path.of(FULL)));
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "4").succeeds();
        program.run("convert", ":in.save", ":in.native", "--to", "native").succeeds();
        program.run("dump", ":in.save", ":dump").succeeds();
        program.write(
                "p.js",
                """
                export const policy = { api: 1, name: 'p', on: ['rewrite'] };
                export function onConfig(config, ctx) { config.c_info.name = 'web2'; }
                """);
    }

    @Test
    void aReportThatIsLostIsAFailureOfEveryCommand() throws IOException {
        for (Map.Entry<String, String> command : PRINTING.entrySet()) {
            String line = command.getValue();
            var printed = new java.io.ByteArrayOutputStream();
            PrintStream err = System.err;
            int status;
            try (var full = new FileOutputStream(FULL);
                    var stderr = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
                System.setErr(stderr);
                status = Main.run(full, stderr, words(line));
            } finally {
                System.setErr(err);
            }
            String message = printed.toString(StandardCharsets.UTF_8);
            int expected = command.getKey().equals("diff") ? 2 : 1;
            assertEquals(expected, status, line + ": " + message);
            assertTrue(message.contains("No space left"), line + ": " + message);
            assertTrue(message.contains("standard output"), line + ": " + message);
        }
    }

    private String[] words(String line) {
        return List.of(line.split(" ")).stream()
                .map(word ->
                        word.startsWith(":") ? program.file(word.substring(1)).toString() : word)
                .toArray(String[]::new);
    }

    @Test
    void everyCommandIsWalked() {
        Set<String> known = new TreeSet<>(PRINTING.keySet());
        known.addAll(SILENT);
        known.addAll(IMAGES);
        assertEquals(known, new TreeSet<>(XenimageCommand.all().getSubcommands().keySet()));
    }

    @Test
    void whatCannotBeLoggedIsNotDelivered() {
        String[][] lines = {
            {"rewrite", ":in.save", ":out", "--policy", ":p.js", "--log", FULL},
            {"rewrite", ":in.native", ":out", "--policy", ":p.js", "--log", FULL},
        };
        for (String[] line : lines) {
            String failure = program.run(line).failure();
            assertTrue(failure.contains(FULL + ": No space left"), failure);
            assertFalse(failure.contains("p.js"), failure);
            assertFalse(program.files().contains("out"));
            assertFalse(program.files().stream().anyMatch(name -> name.startsWith(".")));
        }
    }

    @Test
    void aBulkReportThatIsLostEndsTheRun() {
        String failure =
                program.run(
                                "bulk",
                                ":in.save",
                                "--out",
                                ":folder",
                                "--policy",
                                ":p.js",
                                "--report",
                                FULL)
                        .failure();
        assertTrue(failure.contains(FULL + ": No space left"), failure);
    }

    @Test
    void anImageThatDoesNotFitIsToldWithTheNameOfItsFile() {
        for (String to : new String[] {"xl", "native-stream"}) {
            String failure = program.run("convert", ":in.native", FULL, "--to", to).failure();
            assertTrue(failure.contains(FULL + ": No space left"), failure);
        }
    }
}
