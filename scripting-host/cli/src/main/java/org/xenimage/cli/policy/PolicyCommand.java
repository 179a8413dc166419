package org.xenimage.cli.policy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code xenimage policy}. */
@Command(
        name = "policy",
        header = "create, check, test, replay, list, show and sign policies, and write typings",
        description =
                "Creates, checks, tests, measures, replays, lists and shows policies; bundles, signs and verifies"
                        + " policy sets; writes typings for editors.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage policy new scrub-mine.js",
            "  xenimage policy check scrub-mine.js",
            "  xenimage policy test scrub-mine.js",
            "  xenimage policy replay web1.log web1.save",
            "  xenimage policy list",
            "  xenimage policy show scrub-pattern",
            "  xenimage policy types policies",
            "  xenimage policy bundle policies -o policies.xpb --key sign.key"
        },
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        subcommands = {
            PolicyNew.class,
            PolicyCheck.class,
            PolicyTest.class,
            PolicyCosts.class,
            PolicyList.class,
            PolicyShow.class,
            PolicyReplay.class,
            PolicyTypes.class,
            PolicyBundle.class,
            PolicyVerify.class
        })
public final class PolicyCommand {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help and exit")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    /** Called by the command line. */
    public PolicyCommand() {}
}
