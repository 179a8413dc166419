package org.xenimage.cli;

import org.xenimage.cli.bulk.BulkCommand;
import org.xenimage.cli.console.ConsoleCommand;
import org.xenimage.cli.dump.DumpCommand;
import org.xenimage.cli.dump.LoadCommand;
import org.xenimage.cli.extract.ExtractCommand;
import org.xenimage.cli.info.InfoCommand;
import org.xenimage.cli.label.MetadataCommand;
import org.xenimage.cli.label.ProvenanceCommand;
import org.xenimage.cli.label.SignCommand;
import org.xenimage.cli.policy.PolicyCommand;
import org.xenimage.cli.rewrite.RewriteCommand;
import org.xenimage.cli.toolstack.RelayCommand;
import org.xenimage.cli.toolstack.RestoreCommand;
import org.xenimage.cli.toolstack.SaveCommand;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code xenimage}: the commands it has. */
@Command(
        name = "xenimage",
        mixinStandardHelpOptions = true,
        versionProvider = XenimageVersion.class,
        description =
                "Reads, checks and rewrites Xen domain images: what xl save, xl migrate and libxl write.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage sample web1.save --guest pv --memory 16",
            "  xenimage info web1.save",
            "  xenimage rewrite web1.save clean.save --policy scrub-pattern --set text=SECRET",
            "  xenimage verify clean.save",
            "",
            "'-' is standard input or output. Exit status: 0 fine, 1 the image or the policy is at fault,",
            "2 usage, 3 a bug in xenimage."
        },
        subcommands = {
            InfoCommand.class,
            VerifyCommand.class,
            RewriteCommand.class,
            ConvertCommand.class,
            BulkCommand.class,
            DiffCommand.class,
            SalvageCommand.class,
            SaveCommand.class,
            RestoreCommand.class,
            RelayCommand.class,
            ExtractCommand.class,
            DumpCommand.class,
            LoadCommand.class,
            MetadataCommand.class,
            SignCommand.class,
            ProvenanceCommand.class,
            ConsoleCommand.class,
            SampleCommand.class,
            PolicyCommand.class,
            XenimageCommand.CompletionCommand.class,
            CommandLine.HelpCommand.class
        })
final class XenimageCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }

    /** {@code xenimage completion}: a script that completes commands and options in a shell. */
    @Command(
            name = "completion",
            mixinStandardHelpOptions = true,
            description = "Prints a completion script for bash and zsh.",
            footerHeading = "%nExamples:%n",
            footer = "  source <(xenimage completion)")
    static final class CompletionCommand implements Runnable {
        @Spec private CommandSpec spec;

        @Override
        public void run() {
            CommandLine root = spec.root().commandLine();
            root.getOut().print(AutoComplete.bash("xenimage", root));
            root.getOut().flush();
        }
    }
}
