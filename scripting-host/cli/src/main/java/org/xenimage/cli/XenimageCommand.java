package org.xenimage.cli;

import org.xenimage.cli.agent.AgentCommand;
import org.xenimage.cli.bulk.BulkCommand;
import org.xenimage.cli.console.ConsoleCommand;
import org.xenimage.cli.dump.DumpCommand;
import org.xenimage.cli.dump.LoadCommand;
import org.xenimage.cli.extract.ExtractCommand;
import org.xenimage.cli.host.CanRestoreCommand;
import org.xenimage.cli.host.CapabilitiesCommand;
import org.xenimage.cli.info.InfoCommand;
import org.xenimage.cli.label.MetadataCommand;
import org.xenimage.cli.label.ProvenanceCommand;
import org.xenimage.cli.label.SignCommand;
import org.xenimage.cli.output.ProgramRun;
import org.xenimage.cli.policy.PolicyCommand;
import org.xenimage.cli.rewrite.RewriteCommand;
import org.xenimage.cli.section.SectionCommand;
import org.xenimage.cli.toolstack.RelayCommand;
import org.xenimage.cli.toolstack.RestoreCommand;
import org.xenimage.cli.toolstack.SaveCommand;
import org.xenimage.cli.toolstack.SaveHelperCommand;
import org.xenimage.image.io.RunFiles;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code xenimage}: the commands it has. */
@Command(
        name = "xenimage",
        header = "read, check and rewrite Xen domain images",
        description = {
            "Reads, checks and rewrites Xen domain images: what xl save, xl migrate and libxl write.",
            "A file name may be '-' for standard input or output."
        },
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage sample web1.save --guest pv --memory 16",
            "  xenimage info web1.save",
            "  xenimage rewrite web1.save clean.save --policy scrub-pattern --set text=SECRET",
            "  xenimage verify clean.save",
            "",
            "Exit status:",
            "  0  success",
            "  1  the image or the policy is at fault",
            "  2  usage",
            "  3  a bug in xenimage"
        })
final class XenimageCommand implements ProgramRun {
    private final RunFiles files = new RunFiles();

    /** The commands, in the order in which the help lists them. */
    private static final List<Map.Entry<String, Class<?>>> COMMANDS =
            List.of(
                    Map.entry("info", InfoCommand.class),
                    Map.entry("verify", VerifyCommand.class),
                    Map.entry("rewrite", RewriteCommand.class),
                    Map.entry("convert", ConvertCommand.class),
                    Map.entry("can-restore", CanRestoreCommand.class),
                    Map.entry("capabilities", CapabilitiesCommand.class),
                    Map.entry("bulk", BulkCommand.class),
                    Map.entry("diff", DiffCommand.class),
                    Map.entry("salvage", SalvageCommand.class),
                    Map.entry("save", SaveCommand.class),
                    Map.entry("restore", RestoreCommand.class),
                    Map.entry("relay", RelayCommand.class),
                    Map.entry("save-helper", SaveHelperCommand.class),
                    Map.entry("extract", ExtractCommand.class),
                    Map.entry("dump", DumpCommand.class),
                    Map.entry("load", LoadCommand.class),
                    Map.entry("metadata", MetadataCommand.class),
                    Map.entry("section", SectionCommand.class),
                    Map.entry("sign", SignCommand.class),
                    Map.entry("provenance", ProvenanceCommand.class),
                    Map.entry("console", ConsoleCommand.class),
                    Map.entry("sample", SampleCommand.class),
                    Map.entry("policy", PolicyCommand.class),
                    Map.entry("agent", AgentCommand.class),
                    Map.entry("completion", CompletionCommand.class),
                    Map.entry("help", HelpCommand.class));

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help and exit")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "print the version and exit")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean version;

    @Option(
            names = "--no-agent",
            description = "run the command in its own process, even if an agent is running")
    @SuppressWarnings("UnusedVariable") // the launcher acts on it
    private boolean own;

    @Override
    public RunFiles files() {
        return files;
    }

    /**
     * The command line for some arguments: building a command takes time, so only the one that they name is built.
     *
     * @param arguments as the shell gave them
     * @return the command line; with all commands where the arguments name none
     */
    static CommandLine line(String... arguments) {
        Optional<Map.Entry<String, Class<?>>> named = Optional.empty();
        for (String argument : arguments) {
            if (argument.startsWith("-")) continue;
            named = COMMANDS.stream().filter(one -> one.getKey().equals(argument)).findFirst();
            break;
        }
        boolean help = List.of(arguments).stream().anyMatch(List.of("-h", "--help")::contains);
        boolean alone =
                named.isPresent() && !SeesAll.class.isAssignableFrom(named.get().getValue());
        return alone && !(help && named.isEmpty()) ? with(List.of(named.get())) : all();
    }

    /** {@return the command line with every command} */
    static CommandLine all() {
        return with(COMMANDS);
    }

    private static CommandLine with(List<Map.Entry<String, Class<?>>> commands) {
        CommandLine line = new CommandLine(new XenimageCommand());
        for (Map.Entry<String, Class<?>> command : commands) {
            CommandLine one = new CommandLine(command.getValue());
            // What follows the first word is the other command's, with or without -- before it.
            if (List.of(RelayCommand.class, SaveHelperCommand.class).contains(command.getValue()))
                one.setStopAtPositional(true);
            line.addSubcommand(command.getKey(), one);
        }
        return line.setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** A command that needs to know all the others. */
    interface SeesAll {}

    /** A command line that names a group of commands and none of them. */
    static CommandLine.ParameterException incomplete(CommandLine group) {
        List<String> names = new ArrayList<>(group.getSubcommands().keySet());
        return new CommandLine.ParameterException(
                group, "a command is missing: " + String.join(", ", names));
    }
}
