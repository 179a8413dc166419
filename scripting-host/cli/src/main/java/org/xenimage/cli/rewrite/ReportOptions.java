package org.xenimage.cli.rewrite;

import org.xenimage.cli.output.Run;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextFile;
import org.xenimage.script.RunReport;
import org.xenimage.script.RunSummary;

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
            description = "the decision log: every edit, as JSON lines")
    private String log = "";

    @Option(names = "--quiet", description = "say nothing if all goes well")
    private boolean quiet;

    /** Called by the command line. */
    public ReportOptions() {}

    Optional<TextFile> openLog() throws IOException {
        return log.isEmpty()
                ? Optional.empty()
                : Optional.of(TextFile.open(log, Run.of(spec).files()));
    }

    void print(RunSummary summary, PrintWriter to) {
        if (quiet) return;
        var report = new RunReport(summary);
        if (spec.userObject() instanceof Subcommand command && command.json())
            to.println(report.json());
        else report.print(to);
        to.flush();
    }
}
