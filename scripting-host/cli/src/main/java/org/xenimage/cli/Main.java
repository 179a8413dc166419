package org.xenimage.cli;

import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Failure;
import org.xenimage.cli.output.InspectOption;
import org.xenimage.cli.output.JsonOption;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.cli.shell.HelpText;

import picocli.CommandLine;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/**
 * The program's entry: runs one command and turns its outcome into an exit status.
 *
 * <p>0: fine. 1: the image, the policy or the machine is at fault. 2: the command line is. 3: a bug in xenimage.
 */
public final class Main {
    private Main() {}

    /**
     * Runs the command of the arguments and exits.
     *
     * @param arguments as the shell gave them
     */
    public static void main(String[] arguments) {
        if (!XenimageVersion.asked(arguments)) HeadStart.begin(arguments);
        // Not System.out, which forgets why it could not be written.
        System.exit(
                run(
                        new FileOutputStream(FileDescriptor.out),
                        new FileOutputStream(FileDescriptor.err),
                        arguments));
    }

    /**
     * Runs the command of the arguments.
     *
     * @param arguments as the shell gave them
     * @return the exit status
     */
    public static int run(String... arguments) {
        return run(System.out, System.err, arguments);
    }

    static int run(OutputStream stdout, OutputStream stderr, String... arguments) {
        TextOutput out = TextOutput.over(stdout, false);
        TextOutput err = TextOutput.over(stderr, true);
        int status;
        if (XenimageVersion.asked(arguments)) {
            XenimageVersion.print(out);
            status = ExitStatus.FINE;
        } else {
            status = new Run(out, err, List.of(arguments)).status();
        }
        out.flush();
        if (out.failure().isPresent() && status == ExitStatus.FINE) {
            err.println("xenimage: standard output: " + out.failure().get().getMessage());
            status = ExitStatus.AT_FAULT;
        }
        err.flush();
        return status;
    }

    /** One command line. */
    private record Run(TextOutput out, TextOutput err, List<String> arguments) {
        int status() {
            Optional<Subcommand> command = Optional.empty();
            try {
                String[] words = arguments.toArray(String[]::new);
                CommandLine line = XenimageCommand.line(words).setOut(out).setErr(err);
                List<CommandLine> parsed = line.parseArgs(words).asCommandLineList();
                for (CommandLine one : parsed) {
                    if (one.isUsageHelpRequested()) {
                        HelpText.of(one).print(out);
                        return ExitStatus.FINE;
                    }
                    if (one.isVersionHelpRequested()) {
                        XenimageVersion.print(out);
                        return ExitStatus.FINE;
                    }
                }
                CommandLine last = parsed.getLast();
                if (!(last.getCommand() instanceof Subcommand chosen))
                    throw XenimageCommand.incomplete(last);
                command = Optional.of(chosen);
                int status = chosen.call();
                if (status != ExitStatus.FINE && chosen.json()) account(chosen);
                return printed(status);
            } catch (CommandLine.ParameterException e) {
                return misused(e, command);
            } catch (Throwable e) {
                if (e instanceof InterruptedException) Thread.currentThread().interrupt();
                return failed(e, command);
            }
        }

        /** Gives a program its object also of a command that told people only why it failed. */
        private void account(Subcommand command) {
            if (command.reports() == err || !command.reports().last().isEmpty()) return;
            command.reports().println(Failure.ofMessage(err.last()).report().toString());
        }

        /** What is wrong with a command line, in our own words where picocli's are not for users. */
        private String problem(CommandLine.ParameterException e) {
            boolean inspects =
                    e.getCommandLine().getCommandSpec().findOption(InspectOption.NAME) != null;
            Optional<String> refused =
                    arguments.stream()
                            .takeWhile(word -> !word.equals("--"))
                            .filter(InspectOption::named)
                            .findFirst();
            if (!inspects && refused.isPresent())
                return refused.get() + ": " + InspectOption.INSTEAD;
            return switch (e) {
                case CommandLine.UnmatchedArgumentException unmatched -> {
                    String first = unmatched.getUnmatched().getFirst();
                    boolean group = !e.getCommandLine().getSubcommands().isEmpty();
                    if (first.startsWith("-") && first.length() > 1)
                        yield "unknown option '%s'".formatted(first);
                    yield (group ? "'%s' is not a command" : "unexpected argument '%s'")
                            .formatted(first);
                }
                case CommandLine.MissingParameterException missing ->
                        missing.getMissing().isEmpty()
                                ? text(e)
                                : "missing: "
                                        + String.join(
                                                ", ",
                                                missing.getMissing().stream()
                                                        .map(Run::name)
                                                        .toList());
                default -> text(e);
            };
        }

        private static String name(CommandLine.Model.ArgSpec arg) {
            return arg instanceof CommandLine.Model.OptionSpec option
                    ? option.longestName() + " " + option.paramLabel()
                    : arg.paramLabel();
        }

        /** Picocli's message without the label after the option's name. */
        private static String text(CommandLine.ParameterException e) {
            return String.valueOf(e.getMessage())
                    .replaceFirst(
                            "^Invalid value for (option|positional parameter at index \\d+) ", "")
                    .replaceFirst("^'([^']*)' \\(?<?([^>)]*)>?\\)?: ", "$1: ")
                    .replace(" is not an int", " is not a number");
        }

        /** The status of a command that ended, if all that it printed is out: each has its own for a failure. */
        private int printed(int status) throws IOException {
            out.flush();
            Optional<IOException> lost = out.failure();
            if (lost.isPresent())
                throw new IOException("standard output: " + lost.get().getMessage(), lost.get());
            return status;
        }

        private int failed(Throwable thrown, Optional<Subcommand> command) {
            Failure failure = Failure.of(thrown);
            out.flush();
            tell(failure, command);
            if (failure.kind() == Failure.Kind.BUG) thrown.printStackTrace(err);
            return command.map(chosen -> chosen.status(failure)).orElse(failure.kind().status());
        }

        private int misused(CommandLine.ParameterException e, Optional<Subcommand> command) {
            Failure failure = Failure.usage(problem(e));
            tell(failure, command);
            if (!reportedOnStandardError(command)) {
                if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
                    List<String> suggestions = unmatched.getSuggestions();
                    if (!suggestions.isEmpty())
                        err.println("Did you mean: " + String.join(" or ", suggestions) + "?");
                }
                String path = e.getCommandLine().getCommandSpec().qualifiedName(" ");
                err.println("See '" + path + " --help'.");
            }
            return failure.kind().status();
        }

        /** Says what failed: a line for a person; and an object for a program that asked for one. */
        private void tell(Failure failure, Optional<Subcommand> command) {
            TextOutput reports = command.map(Subcommand::reports).orElse(out);
            if (json(command)) {
                reports.println(failure.report().toString());
                reports.flush();
            }
            if (reportedOnStandardError(command)) return;
            failure.print(err);
        }

        /** Whether the failure is told already, where the person's line would go. */
        private boolean reportedOnStandardError(Optional<Subcommand> command) {
            return json(command) && command.map(Subcommand::reports).orElse(out) == err;
        }

        private boolean json(Optional<Subcommand> command) {
            if (command.isPresent()) return command.get().json();
            for (String argument : arguments) {
                if (argument.equals("--")) return false;
                if (argument.equals(JsonOption.NAME)) return true;
            }
            return false;
        }
    }
}
