package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The console of the program as packed: at a terminal, and without one. */
class ConsoleTerminalTest {
    private static final Path PROGRAM =
            Path.of("..", "scripting-host/cli/target/xenimage/bin/xenimage")
                    .toAbsolutePath()
                    .normalize();

    @TempDir private Path folder;

    /** What a run did. */
    private record Outcome(int status, String out, String err) {}

    @BeforeEach
    void requireProgram() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(PROGRAM), "the program is packed");
        assertEquals(0, run("", "sample", "a.save", "--guest", "pv", "--memory", "8").status());
    }

    private Tmux console(String terminal, String... words)
            throws IOException, InterruptedException {
        assumeTrue(Tmux.available(), "tmux is here");
        return Tmux.start(
                folder,
                "TERM=%s LC_ALL=C.UTF-8 XDG_STATE_HOME=%s %s console a.save %s"
                        .formatted(terminal, folder, PROGRAM, String.join(" ", words)));
    }

    private static String prompt(String language) {
        return language.equals("js") ? "js>" : "py>";
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "python"})
    void codeOfSeveralLinesIsReadToItsEnd(String language)
            throws IOException, InterruptedException {
        boolean js = language.equals("js");
        String prompt = prompt(language);
        try (Tmux tmux = console("screen", "--lang", language)) {
            tmux.awaitAnswer("a.save: xl, sample-pv.*", prompt);
            tmux.enter(js ? "function twice(x) {" : "def twice(x):");
            tmux.await("the second line", screen -> screen.getLast().startsWith("..."));
            tmux.enter("    return 2 * x");
            tmux.enter(js ? "}" : "");
            tmux.enter("twice(21)").awaitAnswer("42", prompt);
            tmux.enter("quit").awaitEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "python"})
    void anInterruptStopsTheCodeAndNotTheConsole(String language)
            throws IOException, InterruptedException {
        boolean js = language.equals("js");
        String prompt = prompt(language);
        try (Tmux tmux = console("screen", "--lang", language)) {
            tmux.awaitAnswer("a.save: xl, sample-pv.*", prompt);
            tmux.enter("kept = 7").awaitAnswer(js ? "7" : "py> kept = 7", prompt);
            tmux.enter(
                    js
                            ? "console.log('begun'); while (true) {}"
                            : "print('begun') or [0 for i in iter(int, 1)]");
            tmux.await("the code", screen -> screen.contains("begun"));
            tmux.press("C-c").awaitAnswer("input \\d+: interrupted", prompt);
            tmux.enter("kept + 1").awaitAnswer("8", prompt);
            tmux.press("C-d").awaitEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "python"})
    void membersAndCommandsAreCompleted(String language) throws IOException, InterruptedException {
        boolean js = language.equals("js");
        String prompt = prompt(language);
        try (Tmux tmux = console("screen", "--lang", language)) {
            tmux.awaitAnswer("a.save: xl, sample-pv.*", prompt);
            tmux.enter("1 + 1").awaitAnswer("2", prompt);
            tmux.type("image.pages.withC".substring(0, js ? 17 : 16)).press("Tab");
            String member = js ? "image.pages.withContents" : "image.pages.with_contents";
            tmux.await("the member", screen -> screen.getLast().endsWith(member));
            tmux.press("Enter").awaitAnswer("2048", prompt);
            tmux.type("statu").press("Tab");
            tmux.await("the command", screen -> screen.getLast().endsWith("status"));
            tmux.press("Enter").awaitAnswer("nothing edited", prompt);
            tmux.type("image.page").press("Tab");
            tmux.await(
                    "the choice",
                    screen ->
                            screen.stream().anyMatch(line -> line.matches("page +\\(.*"))
                                    && screen.stream()
                                            .anyMatch(line -> line.matches("(.* )?pages +\\(.*")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "python"})
    void editsAreUndoneAndCommitted(String language) throws IOException, InterruptedException {
        boolean js = language.equals("js");
        String prompt = prompt(language);
        byte[] before = Files.readAllBytes(folder.resolve("a.save"));
        String name = js ? "image.config.c_info.name" : "image.config['c_info']['name']";
        String quote = js ? "\"" : "'";
        try (Tmux tmux = console("screen", "--lang", language)) {
            tmux.awaitAnswer("a.save: xl, sample-pv.*", prompt);
            tmux.enter(name + " = 'first'");
            tmux.enter("undo").awaitAnswer("undid step 1: 1 edit", prompt);
            tmux.enter(name).awaitAnswer(quote + "sample-pv" + quote, prompt);
            tmux.enter(name + " = 'second'");
            tmux.enter("diff")
                    .awaitAnswer("config c_info.name: \"sample-pv\" → \"second\"", prompt);
            tmux.enter("quit");
            tmux.awaitAnswer("some edits are not written yet.*", prompt);
            tmux.enter("commit b.save").awaitAnswer("b.save: written, with 1 step", prompt);
            tmux.enter("quit").awaitEnd();
        }
        assertTrue(java.util.Arrays.equals(before, Files.readAllBytes(folder.resolve("a.save"))));
        Outcome committed = run("", "info", "b.save");
        assertTrue(committed.out().contains("second"), committed.out() + committed.err());
        assertEquals(0, run("", "verify", "b.save").status());
    }

    @Test
    void aDumbTerminalWillDo() throws IOException, InterruptedException {
        try (Tmux tmux = console("dumb")) {
            tmux.await(
                    "the prompt",
                    screen -> !screen.isEmpty() && screen.getLast().strip().endsWith("js>"));
            tmux.enter("image.name");
            List<String> screen = tmux.await("the name", lines -> lines.contains("\"sample-pv\""));
            assertFalse(String.join("", screen).contains("["), () -> screen + ": no escapes");
            tmux.enter("quit").awaitEnd();
        }
    }

    @Test
    void aTextOnStandardInputIsRunAndItsErrorsEndIt() throws IOException, InterruptedException {
        Outcome fine =
                run(
                        "image.config.c_info.name = 'b'\n:commit b.save\nimage.name\n",
                        "console",
                        "a.save");
        assertEquals(0, fine.status(), fine.err());
        assertEquals("b.save: written, with 1 step\n\"sample-pv\"\n", fine.out());
        Outcome failed = run("1\n\nnope()\n2", "console", "a.save");
        assertEquals(1, failed.status());
        assertEquals("", failed.out());
        assertTrue(failed.err().contains("standard input:3:1: ReferenceError"), failed.err());
        assertTrue(failed.err().contains(">    3 | nope()"), failed.err());
    }

    @Test
    void whatIsNoImageIsTold() throws IOException, InterruptedException {
        Files.writeString(
                folder.resolve("text"), "no image, but long enough to be looked at closely\n");
        Outcome outcome = run("", "console", "text", "-c", "1");
        assertEquals(1, outcome.status());
        assertTrue(outcome.err().contains("this is not a domain image"), outcome.err());
        assertEquals(2, run("", "console", "a.save", "--lang", "perl").status());
        assertEquals(2, run("", "console", "-", "-c", "1").status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "python"})
    void everyRealImageAnswersInBothLanguages(String language)
            throws IOException, InterruptedException {
        String images = System.getenv("XENIMAGE_IMAGES");
        assumeTrue(images != null, "XENIMAGE_IMAGES is not set");
        String code =
                language.equals("js")
                        ? "[image.guest, image.records.length > 3, image.find({ text: 'Linux', limit: 1 }).length]"
                        : "[image.guest, len(image.records) > 3, len(image.find(text='Linux', limit=1))]";
        String yes = language.equals("js") ? "true" : "True";
        int asked = 0;
        try (Stream<Path> files = Files.list(Path.of(Objects.requireNonNull(images)))) {
            for (Path file :
                    files.filter(f -> f.toString().matches(".*\\.(save|core|fwd)"))
                            .sorted()
                            .toList()) {
                Outcome outcome =
                        run("", "console", file.toString(), "--lang", language, "-c", code);
                assertEquals(0, outcome.status(), file + ": " + outcome.err());
                assertTrue(
                        outcome.out().matches("\\[['\"](pv|pvh|hvm)['\"], " + yes + ", 1]\n"),
                        file + ": " + outcome.out());
                asked++;
            }
        }
        assumeTrue(asked > 0, "no image stands unpacked in " + images);
    }

    private Outcome run(String input, String... words) throws IOException, InterruptedException {
        Path in = Files.writeString(folder.resolve("stdin"), input);
        Path out = folder.resolve("stdout");
        Path err = folder.resolve("stderr");
        List<String> command =
                Stream.concat(Stream.of(PROGRAM.toString()), Stream.of(words)).toList();
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), () -> String.join(" ", command));
        return new Outcome(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }
}
