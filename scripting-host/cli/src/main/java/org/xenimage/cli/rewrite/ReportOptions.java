package org.xenimage.cli.rewrite;

import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextFile;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.RunObservation;
import org.xenimage.script.RunReport;
import org.xenimage.script.RunSummary;
import org.xenimage.script.Shadow;
import org.xenimage.script.explain.EditDiff;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;

/** The options of every command that says what policies did. */
public final class ReportOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--log",
            paramLabel = "FILE",
            description =
                    "write the decision log to this file: every edit, as JSON lines; - for standard output")
    private String log = "";

    @Mixin private TraceOptions trace = new TraceOptions();

    @Mixin private ShadowOptions shadow = new ShadowOptions();

    /** Called by the command line. */
    public ReportOptions() {}

    /** Refuses a log that cannot be where it is to go, before anything else is done. */
    void require() {
        TextFile.require("--log", log, command());
        trace.require(command());
    }

    /** Whether candidates run, even if no policy does. */
    boolean shadowed() {
        return shadow.wanted();
    }

    Optional<TraceOutput> openTrace() throws IOException {
        return trace.open(command());
    }

    Optional<TextFile> openLog() throws IOException {
        return log.isEmpty()
                ? Optional.empty()
                : Optional.of(TextFile.open("--log", log, command()));
    }

    private Subcommand command() {
        if (spec.userObject() instanceof Subcommand command) return command;
        throw new IllegalStateException("options without a command");
    }

    /** Says something that is not part of the JSON report. */
    void note(String text, PrintWriter to) {
        if (command().json() || !command().reporting()) return;
        to.println(text);
        to.flush();
    }

    /** What to observe in the run: in a dry run, what would change; with candidates, what they would change. */
    RunObservation observation(PolicyHost host, boolean dryRun) throws IOException {
        RunObservation observation = RunObservation.NONE;
        if (dryRun && command().reporting()) observation = observation.withDiff(EditDiff.ofEdits());
        if (shadow.wanted())
            observation = observation.withShadow(shadow.load(host, command().files()));
        return observation;
    }

    /** For a run that failed, prints the verdict of the candidates. */
    void unfinished(RunObservation observation) {
        observation
                .shadow()
                .ifPresent(seen -> command().err().println("xenimage: shadow: " + seen.verdict()));
    }

    void print(RunSummary summary, RunObservation observation, PrintWriter to) {
        if (!command().reporting()) return;
        var report = new RunReport(summary, observation);
        if (command().json()) to.println(report.json());
        else {
            report.print(to);
            var printer = new DiffPrinter(to, command().coloured());
            observation.diff().ifPresent(printer::print);
            observation.shadow().map(Shadow::comparison).ifPresent(printer::print);
        }
        to.flush();
    }
}
