package org.xenimage.cli.output;

import org.xenimage.image.rewrite.Conversion.Target;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code --to}: the format to write. */
public final class FormatOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            completionCandidates = FormatNames.class,
            description = "the format to write: ${COMPLETION-CANDIDATES}")
    private String to = "";

    /** Called by the command line. */
    public FormatOption() {}

    /** {@return whether a format was asked for} */
    public boolean given() {
        return !to.isEmpty();
    }

    /**
     * The format that was asked for.
     *
     * @param allowed those that the command can write
     * @return the format; empty if none was given
     */
    public Optional<Target> target(List<Target> allowed) {
        if (to.isEmpty()) return Optional.empty();
        Optional<Target> found = Target.of(to).filter(allowed::contains);
        if (found.isEmpty())
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--to: expected %s; found '%s'"
                            .formatted(
                                    allowed.stream()
                                            .map(Target::id)
                                            .collect(Collectors.joining(", ")),
                                    to));
        return found;
    }

    /**
     * The format that must be given.
     *
     * @param allowed those that the command can write
     * @return the format
     */
    public Target required(List<Target> allowed) {
        return target(allowed)
                .orElseThrow(() ->
                        new CommandLine.ParameterException(
                                spec.commandLine(),
                                "--to is missing: expected "
                                        + allowed.stream()
                                                .map(Target::id)
                                                .collect(Collectors.joining(", "))));
    }
}
