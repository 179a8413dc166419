package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.shell.CommandTree;
import org.xenimage.cli.shell.HelpText;
import org.xenimage.cli.shell.LaunchTable;
import org.xenimage.cli.shell.ManPage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** What shells complete, asked of the shells themselves; and the other texts that come from the commands' options. */
class CompletionTest {
    @TempDir private Path folder;

    private final CommandTree tree = CommandTree.of(XenimageCommand.all());

    @BeforeEach
    void makeFiles() throws IOException {
        for (String name : List.of("web1.save", "mine.js", "other.txt"))
            Files.writeString(folder.resolve(name), "");
        Files.createDirectory(folder.resolve("policies"));
    }

    @ParameterizedTest
    @CsvSource({
        "xenimage ver, verify",
        "xenimage info w, web1.save",
        "xenimage rewrite --dry, --dry-run",
        "xenimage rewrite --policy scrub, scrub-pattern.js",
        "xenimage rewrite --policy mi, mine.js",
        "xenimage rewrite web1.save out --policies p, policies",
        "xenimage convert web1.save out --to nat, native-stream",
        "xenimage sample out --guest pv, pvh",
        "xenimage rewrite a b --as mig, migrate-out",
        "xenimage extract co, config",
        "xenimage policy check m, mine.js",
        "xenimage policy test --cov, --coverage",
        "xenimage policy test p, policies",
        "xenimage policy bench m, mine.js",
        "xenimage metadata web1.native s, set"
    })
    void bashCompletesCommandsOptionsAndValues(String line, String expected)
            throws IOException, InterruptedException {
        String last = line.substring(line.lastIndexOf(' ') + 1);
        String words =
                List.of(line.split(" ")).stream()
                        .map(w -> "'" + w + "'")
                        .collect(Collectors.joining(" "));
        String script =
                CompletionCommand.script(org.xenimage.cli.shell.CompletionScript.Shell.BASH)
                        + "\ncompopt() { :; }\nCOMP_WORDS=("
                        + words
                        + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                        + "_xenimage\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
        List<String> replies = shell("bash", script).lines().toList();
        assertTrue(replies.contains(expected), line + " → " + replies);
        assertTrue(
                replies.stream()
                        .allMatch(
                                reply -> reply.toLowerCase(java.util.Locale.ROOT).startsWith(last)),
                replies.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void everyShellTakesItsScript(String shell) throws IOException, InterruptedException {
        assumeTrue(
                new ProcessBuilder("sh", "-c", "command -v " + shell + " >/dev/null")
                                .start()
                                .waitFor()
                        == 0,
                shell + " is here");
        Path script =
                Files.writeString(
                        folder.resolve("script"),
                        CompletionCommand.script(
                                org.xenimage.cli.shell.CompletionScript.Shell.valueOf(
                                        shell.toUpperCase(java.util.Locale.ROOT))));
        Process check =
                new ProcessBuilder(shell, "-n", script.toString())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, check.waitFor(), output);
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80, 120})
    void helpFitsTheTerminal(int columns) {
        for (CommandTree.Entry command : tree.commands()) {
            String help = HelpText.of(command.spec().commandLine()).text(columns);
            for (String line : help.lines().toList())
                assertTrue(
                        line.length() <= columns
                                || !line.strip()
                                        .replaceAll("'[^']*'|\\\\$", "")
                                        .strip()
                                        .contains(" "),
                        command.title() + ": " + line);
        }
    }

    @Test
    void everyCommandHasASummaryExamplesAndALineInTheLaunchersTable() {
        List<String> table = LaunchTable.of(tree);
        for (CommandTree.Entry command : tree.commands()) {
            assertTrue(!command.summary().isBlank(), command.title());
            String help = HelpText.of(command.spec().commandLine()).text(80);
            assertTrue(help.contains("\nExamples:\n"), command.title());
            if (!command.group())
                assertEquals(
                        1,
                        table.stream()
                                .filter(line -> line.startsWith(command.path() + "|"))
                                .count());
        }
    }

    @Test
    void commandsOnWhichAGuestDependsHaveTheirOwnProcess() {
        int toolstack = 0;
        for (CommandTree.Entry command : tree.commands()) {
            if (command.group()) continue;
            String place = command.spec().userObject().getClass().getPackageName();
            String line =
                    LaunchTable.of(tree).stream()
                            .filter(one -> one.startsWith(command.path() + "|"))
                            .findFirst()
                            .orElseThrow();
            if (!place.endsWith(".toolstack")) continue;
            toolstack++;
            assertEquals("own", line.split("\\|", -1)[3], line);
        }
        assertTrue(toolstack >= 4, "the commands were found");
    }

    @Test
    void manualPagesAreCorrectRoff() throws IOException, InterruptedException {
        boolean groff =
                new ProcessBuilder("sh", "-c", "command -v groff >/dev/null").start().waitFor()
                        == 0;
        for (CommandTree.Entry command : tree.commands()) {
            String page = ManPage.of(tree, command, "1.0");
            assertTrue(page.contains(".SH EXAMPLES"), command.title());
            if (!groff) continue;
            Path file = Files.writeString(folder.resolve("page.1"), page);
            Process check =
                    new ProcessBuilder("groff", "-man", "-Tascii", "-ww", "-z", file.toString())
                            .redirectErrorStream(true)
                            .start();
            String output =
                    new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, check.waitFor(), output);
        }
    }

    private String shell(String program, String script) throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve(".script"), script);
        Process process =
                new ProcessBuilder(program, file.toString())
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
