package org.xenimage.cli.policy;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code xenimage policy}. */
@Command(
        name = "policy",
        mixinStandardHelpOptions = true,
        description = "Begins, checks and lists policies.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage policy new scrub-mine.js",
            "  xenimage policy check scrub-mine.js --image web1.save",
            "  xenimage policy list"
        },
        subcommands = {PolicyNew.class, PolicyCheck.class, PolicyList.class})
public final class PolicyCommand implements Runnable {
    @Spec private CommandSpec spec;

    /** Called by the command line. */
    public PolicyCommand() {}

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "the command is missing: new, check or list");
    }
}
