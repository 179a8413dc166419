package org.xenimage.cli;

import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.shell.HelpText;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.List;

/** {@code xenimage help}. */
@Command(
        name = "help",
        header = "show the help of a command",
        description = "Shows the help of a command, or lists all commands.",
        footerHeading = "%nExamples:%n",
        footer = {"  xenimage help", "  xenimage help policy check"})
final class HelpCommand extends Subcommand implements XenimageCommand.SeesAll {
    @Parameters(paramLabel = "WORD", arity = "0..*", description = "the command's name")
    private List<String> names = List.of();

    @Override
    public Integer call() {
        CommandLine command = XenimageCommand.all();
        for (String name : names) {
            CommandLine next = command.getSubcommands().get(name);
            if (next == null)
                throw misused(
                        "'%s' is not a command of %s"
                                .formatted(name, command.getCommandSpec().qualifiedName(" ")));
            command = next;
        }
        HelpText.of(command).print(out());
        return ExitStatus.FINE;
    }
}
