package org.xenimage.cli.rewrite;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.script.RunReport;
import org.xenimage.script.RunSummary;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The options of every command that says what policies did. */
public final class ReportOptions {
    @Option(
            names = "--log",
            paramLabel = "FILE",
            description = "the decision log: every edit, as JSON lines")
    private @Nullable Path log;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--quiet", description = "say nothing if all goes well")
    private boolean quiet;

    /** Called by the command line. */
    public ReportOptions() {}

    BufferedWriter openLog() throws IOException {
        if (log == null) return new BufferedWriter(Writer.nullWriter());
        return Files.newBufferedWriter(log, StandardCharsets.UTF_8);
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
