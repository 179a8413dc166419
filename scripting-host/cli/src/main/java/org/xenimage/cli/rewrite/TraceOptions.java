package org.xenimage.cli.rewrite;

import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextFile;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.Optional;

/** The options of every command that can trace the hook calls of its policies. */
public final class TraceOptions {
    @Option(
            names = "--trace",
            description = {
                "print each hook call to standard error, with its element and its time,",
                "and the reason why a policy does not run"
            })
    private boolean trace;

    @Option(
            names = "--trace-log",
            paramLabel = "FILE",
            description = "write the same to this file, as JSON lines; - for standard output")
    private String file = "";

    /** Called by the command line. */
    public TraceOptions() {}

    /** Refuses a file that cannot be where it is to go, before anything else is done. */
    void require(Subcommand command) {
        TextFile.require("--trace-log", file, command);
    }

    /** The trace, if requested. */
    Optional<TraceOutput> open(Subcommand command) throws IOException {
        if (!trace && file.isEmpty()) return Optional.empty();
        Optional<TextFile> log =
                file.isEmpty()
                        ? Optional.empty()
                        : Optional.of(TextFile.open("--trace-log", file, command));
        return Optional.of(new TraceOutput(command.err(), trace, log));
    }
}
