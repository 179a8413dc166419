package org.xenimage.cli.shell;

import org.xenimage.image.rewrite.Conversion;

import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What the value of an option or an operand is: decides how it is completed, and what the launcher looks for in it. */
sealed interface ValueKind {
    /** A file. */
    record AnyFile() implements ValueKind {}

    /** A directory. */
    record Directory() implements ValueKind {}

    /** A policy: a script, or a name of the library. */
    record PolicyReference() implements ValueKind {}

    /** A directory of policies. */
    record PolicyDirectory() implements ValueKind {}

    /** A domain of this host. */
    record Domain() implements ValueKind {}

    /** A command of this host. */
    record HostCommand() implements ValueKind {}

    /** One of some words. */
    record OneOf(List<String> words) implements ValueKind {}

    /** Anything else. */
    record Text() implements ValueKind {}

    /**
     * The kind of a value, from its label in the help.
     *
     * @param arg an option that takes a value, or an operand
     * @return the kind
     * @throws IllegalStateException if the label is not known: every label means one kind everywhere
     */
    static ValueKind of(ArgSpec arg) {
        if (arg.completionCandidates() != null) {
            List<String> words = new ArrayList<>();
            boolean constants = arg.type().isEnum(); // in any case, so in the one that people type
            for (String word : arg.completionCandidates())
                words.add(constants ? word.toLowerCase(Locale.ROOT) : word);
            if (!words.isEmpty()) return new OneOf(words);
        }
        String label = arg.paramLabel();
        return switch (label) {
            case "IMAGE",
                    "IN",
                    "OUT",
                    "FILE",
                    "HOST",
                    "A",
                    "B",
                    "CONFIG",
                    "[CONFIG] IN",
                    "BUNDLE",
                    "KEY",
                    "TESTS",
                    "LOG" ->
                    new AnyFile();
            case "DIR" ->
                    arg instanceof OptionSpec option
                                    && List.of(option.names()).contains("--policies")
                            ? new PolicyDirectory()
                            : new Directory();
            case "POLICY" -> new PolicyReference();
            case "DOMAIN" -> new Domain();
            case "COMMAND", "PROGRAM" -> new HostCommand();
            case "FORMAT" ->
                    new OneOf(
                            Stream.of(Conversion.Target.values())
                                    .map(Conversion.Target::id)
                                    .toList());
            case "LANGUAGE" -> new OneOf(List.of("js", "python"));
            case "COMPRESSION" -> new OneOf(List.of("none", "zstd"));
            case "ACTION" -> new OneOf(List.of("get", "set", "delete"));
            case "SHELL" -> new OneOf(List.of("bash", "fish", "zsh"));
            case "CODE",
                    "HEX",
                    "KEY[=VALUE]",
                    "KEY=VALUE",
                    "MIB",
                    "N",
                    "NAME",
                    "OPTION",
                    "PFNS",
                    "RECORD",
                    "SECONDS",
                    "TIME",
                    "TYPE",
                    "VERSION",
                    "WORD" ->
                    new Text();
            default ->
                    throw new IllegalStateException(
                            "label " + label + " of " + arg.command().qualifiedName());
        };
    }
}
