package org.xenimage.cli.policy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code xenimage policy}. */
@Command(
        name = "policy",
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
public final class PolicyCommand {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help and end")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    /** Called by the command line. */
    public PolicyCommand() {}
}
