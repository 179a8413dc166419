package org.xenimage.cli.label;

import org.xenimage.image.seal.Statement;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;

/**
 * What a statement of provenance says of its author: nothing but what the user gives, so that equal
 * input gives equal output.
 */
public final class AuthorOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "the time in the statement, such as 2026-01-31T12:00:00Z")
    private String at = "";

    @Option(names = "--host", paramLabel = "NAME", description = "the host in the statement")
    private String host = "";

    @Option(
            names = "--operator",
            paramLabel = "NAME",
            description = "the operator in the statement")
    private String operator = "";

    /** Called by the command line. */
    public AuthorOptions() {}

    /**
     * A statement in the words of these options.
     *
     * @param operation such as {@code convert}
     * @return what to say
     */
    public Statement.Draft draft(String operation) {
        if (!at.isEmpty()) {
            try {
                Instant.parse(at);
            } catch (DateTimeParseException e) {
                throw new CommandLine.ParameterException(
                        spec.commandLine(),
                        "--at: '" + at + "' is not a time; write it as 2026-01-31T12:00:00Z",
                        e);
            }
        }
        return new Statement.Draft(operation, List.of(), at, host, operator);
    }
}
