package org.xenimage.cli;

import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Subcommand;

import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** {@code xenimage completion}: a script that completes commands and options in a shell. */
@Command(
        name = "completion",
        header = "print a completion script for a shell",
        description = "Prints a completion script for bash and zsh.",
        footerHeading = "%nExamples:%n",
        footer = "  source <(xenimage completion)")
final class CompletionCommand extends Subcommand implements XenimageCommand.SeesAll {
    @Override
    public Integer call() {
        out().lines(AutoComplete.bash("xenimage", XenimageCommand.all()));
        return ExitStatus.FINE;
    }
}
