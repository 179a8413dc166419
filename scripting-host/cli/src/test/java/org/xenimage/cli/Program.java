package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.xenimage.cli.output.ExitStatus;
import org.xenimage.tests.testkit.PlainWords;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The program in a folder of its own, its output captured. */
public final class Program {
    private final Path folder;

    /** The program, which writes into a folder. */
    public Program(Path folder) {
        this.folder = folder;
    }

    /** What came of one command line. */
    public record Outcome(int status, String out, String err) {
        /** This outcome, which must be one of success. */
        public Outcome succeeds() {
            assertEquals(0, status, () -> out + err);
            return this;
        }

        /** The one message of a command that fails because of its input. */
        public String failure() {
            assertEquals(ExitStatus.AT_FAULT, status, () -> out + err);
            List<String> messages =
                    err.lines().filter(line -> line.startsWith("xenimage: ")).toList();
            assertEquals(1, messages.size(), err);
            return err;
        }
    }

    /** Runs a command line; words that begin with a colon are files of the folder. */
    public Outcome run(String... words) {
        String[] arguments =
                Stream.of(words)
                        .map(word ->
                                word.startsWith(":") ? file(word.substring(1)).toString() : word)
                        .toArray(String[]::new);
        PrintStream out = System.out;
        PrintStream err = System.err;
        var capturedOut = new ByteArrayOutputStream();
        var capturedErr = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(capturedOut, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(capturedErr, true, StandardCharsets.UTF_8));
            int status = Main.run(arguments);
            String printed = capturedErr.toString(StandardCharsets.UTF_8);
            // Whatever a test causes, no message contains internals.
            PlainWords.require(printed);
            return new Outcome(status, capturedOut.toString(StandardCharsets.UTF_8), printed);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** A file of the folder. */
    public Path file(String name) {
        return folder.resolve(name);
    }

    /** Writes a text file into the folder. */
    public Path write(String name, String text) {
        try {
            return Files.writeString(file(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is in a file of the folder. */
    public byte[] read(String name) {
        try {
            return Files.readAllBytes(file(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names in the folder, to see that nothing was left behind. */
    public List<String> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
