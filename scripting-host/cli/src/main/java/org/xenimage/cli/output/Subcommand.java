package org.xenimage.cli.output;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.io.RunFiles;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.Writer;
import java.util.concurrent.Callable;

/**
 * A command: its options and its report, and what all commands have. The work is done elsewhere.
 *
 * <p>A command fails by throwing: {@link Failure} makes the message of it, and with {@code --json} the object.
 */
public abstract class Subcommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help and exit")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Mixin private JsonOption json = new JsonOption();

    @Mixin private QuietOption quiet = new QuietOption();

    /** For subclasses. */
    protected Subcommand() {}

    /** {@return the files that this run reads and writes} */
    public final RunFiles files() {
        return ProgramRun.of(spec).files();
    }

    /** {@return standard output, for a report} */
    public final TextOutput out() {
        return text(spec.commandLine().getOut());
    }

    /** {@return standard error, for warnings and progress} */
    public final TextOutput err() {
        return text(spec.commandLine().getErr());
    }

    private static TextOutput text(java.io.PrintWriter writer) {
        if (writer instanceof TextOutput text) return text;
        throw new IllegalStateException("output that does not escape");
    }

    /** {@return takes confirmations: standard error, or nothing with --quiet} */
    public final TextOutput notices() {
        return quiet.wanted() ? TextOutput.over(Writer.nullWriter(), false) : err();
    }

    /** {@return a line that shows progress, unless --quiet is given} */
    public final ProgressLine progress() {
        return new ProgressLine(err(), !quiet.wanted());
    }

    /** {@return where the report goes: standard error where standard output carries data} */
    public final TextOutput reports() {
        return standardOutputIsData() ? err() : out();
    }

    /** {@return whether {@link #reports} is a terminal that shows colours, and they are wanted} */
    public final boolean coloured() {
        return Colour.wanted(standardOutputIsData() ? 2 : 1);
    }

    /**
     * Whether standard output carries an image, or a stream that another program reads, so that no
     * report or log can be written to it.
     *
     * @return true where it does
     */
    protected boolean standardOutputIsData() {
        return false;
    }

    /** {@return whether reports are wanted: not with --quiet, unless as JSON} */
    public final boolean reporting() {
        return json() || !quiet.wanted();
    }

    /** {@return whether --quiet was given} */
    protected final boolean quiet() {
        return quiet.wanted();
    }

    /** {@return whether the report is to be JSON} */
    public final boolean json() {
        return json.wanted();
    }

    /**
     * Prints an object of the report on a separate line.
     *
     * @param object to print
     */
    protected final void print(JsonNode object) {
        reports().println(object.toString());
    }

    /**
     * The exit status of a command that failed.
     *
     * @param failure by which
     * @return the status
     */
    public int status(Failure failure) {
        return failure.kind().status();
    }

    /**
     * A command line that says something impossible.
     *
     * @param problem with it
     * @return what to throw
     */
    public final CommandLine.ParameterException misused(String problem) {
        return new CommandLine.ParameterException(spec.commandLine(), problem);
    }

    /**
     * A command line that says something impossible.
     *
     * @param problem with it
     * @param cause that found it
     * @return what to throw
     */
    public final CommandLine.ParameterException misused(String problem, Throwable cause) {
        return new CommandLine.ParameterException(spec.commandLine(), problem, cause);
    }
}
