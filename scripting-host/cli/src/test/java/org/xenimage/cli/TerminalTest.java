package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What reaches a terminal: no secret, and no character that it would obey. */
@Timeout(300)
class TerminalTest {
    private static final String PASSWORD = "hunter2";

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImage() {
        program = new Program(folder);
        program.run("sample", ":plain", "--guest", "hvm", "--memory", "4").succeeds();
        program.write(
                "hostile.js",
                """
                export const policy = { api: 1, name: 'hostile' };
                export function onConfig(config, ctx) {
                  config.b_info.vnc_listener = { passwd: 'hunter2', listen: 'a\\u202eb' };
                }
                export function onMetadata(meta, ctx) { meta['site.api_token'] = 'hunter2'; }
                """);
        program.run("rewrite", ":plain", ":in", "--policy", ":hostile.js").succeeds();
    }

    /** Runs a command line at a terminal of its own, and returns what it shows. */
    private String output(String input, String... words) throws IOException, InterruptedException {
        String line =
                Stream.concat(
                                Stream.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-XX:+UseSerialGC",
                                        "-Dpolyglot.engine.WarnInterpreterOnly=false",
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        Main.class.getName()),
                                Stream.of(words)
                                        .map(word ->
                                                word.startsWith(":")
                                                        ? program.file(word.substring(1)).toString()
                                                        : word))
                        .map(word -> "'" + word + "'")
                        .collect(Collectors.joining(" "));
        Path script = Path.of("/usr/bin/script");
        assumeTrue(Files.isExecutable(script), "script, which gives a program a terminal");
        List<String> command =
                new ArrayList<>(List.of(script.toString(), "-qec", line, "/dev/null"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var to = process.getOutputStream()) {
            to.write(input.getBytes(StandardCharsets.UTF_8));
        }
        byte[] all = process.getInputStream().readAllBytes();
        assertEquals(0, process.waitFor(), () -> new String(all, StandardCharsets.UTF_8));
        return new String(all, StandardCharsets.UTF_8);
    }

    /** A reader of the pipe gets no colours, a person at a terminal does: the one escape sequence there is. */
    @Test
    void aDryRunColoursItsDiffAtATerminalOnly() throws IOException, InterruptedException {
        String[] words = {"rewrite", ":plain", "--dry-run", "--policy", ":hostile.js"};
        String shown = output("", words);
        assertTrue(shown.contains("\033[32m+    \"vnc_listener\""), shown);
        assertFalse(shown.contains(PASSWORD) || shown.contains("\u202e"), shown);
        assertFalse(program.run(words).succeeds().out().contains("\033"));
    }

    @Test
    void extractHidesSecretsAndEscapesAtATerminalOnly() throws IOException, InterruptedException {
        for (String part : List.of("config", "metadata")) {
            String output = output("", "extract", part, ":in");
            assertTrue(output.contains("(secret)"), output);
            assertFalse(output.contains(PASSWORD), output);
            assertFalse(output.contains("\u202e"), output);
            assertTrue(output("", "extract", part, ":in", "--show-secrets").contains(PASSWORD));
            program.run("extract", part, ":in", "-o", ":" + part).succeeds();
            assertTrue(
                    new String(program.read(part), StandardCharsets.UTF_8).contains(PASSWORD),
                    "a file is as the image has it");
        }
    }

    @Test
    void aDumpKeepsSecretsForItIsLoadedAgain() {
        program.run("dump", ":in", ":dump").succeeds();
        assertTrue(
                new String(program.read("dump/image.json"), StandardCharsets.UTF_8)
                        .contains(PASSWORD));
        program.run("load", ":dump", ":again").succeeds();
        org.junit.jupiter.api.Assertions.assertArrayEquals(
                program.read("in"), program.read("again"));
    }

    @Test
    void theConsolesScreenShowsNoControlCharacterOfTheImage()
            throws IOException, InterruptedException {
        String input =
                """
                image.config.b_info
                'x' + String.fromCharCode(27) + ']0;owned' + String.fromCharCode(7)
                console.log('y' + String.fromCharCode(27) + ']0;owned')
                quit
                """;
        String output = output(input, "console", ":in", "--no-history");
        assertTrue(output.contains("(secret)"), output);
        assertFalse(output.contains(PASSWORD), output);
        assertFalse(output.contains("\033]0;owned"), output);
        assertTrue(output.contains("y\\u001b]0;owned"), output);
    }
}
