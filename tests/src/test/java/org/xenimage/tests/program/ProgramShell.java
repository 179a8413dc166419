package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A shell in a folder, with the built program on its path. The program is there under {@code mvn verify}, always. */
public final class ProgramShell {
    /** The root of the source tree. */
    public static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Path PROGRAM =
            ROOT.resolve("scripting-host/cli/target/xenimage/bin/xenimage");

    private final Path folder;

    private ProgramShell(Path folder) {
        this.folder = folder;
    }

    /**
     * What a shell command did.
     *
     * @param status its exit status
     * @param out what it wrote on standard output
     * @param err what it wrote on standard error
     */
    public record Outcome(int status, String out, String err) {}

    /**
     * A shell; the test is skipped where the program is not packed.
     *
     * @param folder to run in
     * @return the shell
     */
    public static ProgramShell in(Path folder) {
        assumeTrue(Files.isExecutable(PROGRAM), "the program is packed");
        return new ProgramShell(folder);
    }

    /** {@return the built program} */
    public static Path program() {
        return PROGRAM;
    }

    /**
     * Runs a command in bash, with pipefail, no standard input, and three minutes to end.
     *
     * @param command as one would type it
     * @return what it did
     */
    public Outcome run(String command) throws IOException, InterruptedException {
        Path out = Files.createTempFile(folder, "stdout", "");
        Path err = Files.createTempFile(folder, "stderr", "");
        var builder =
                new ProcessBuilder("bash", "-o", "pipefail", "-c", command)
                        .directory(folder.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment()
                .merge(
                        "PATH",
                        PROGRAM.resolveSibling("").toString(),
                        (old, own) -> own + ":" + old);
        Process process = builder.start();
        assertTrue(process.waitFor(3, TimeUnit.MINUTES), command);
        var outcome =
                new Outcome(
                        process.exitValue(),
                        Files.readString(out, StandardCharsets.UTF_8),
                        Files.readString(err, StandardCharsets.UTF_8));
        Files.delete(out);
        Files.delete(err);
        return outcome;
    }
}
