package org.xenimage.cli.section;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code xenimage section}: its actions are subcommands. */
@Command(
        name = "section",
        header = "show and change site sections in a native image",
        description = {
            "Shows and changes site sections in a native image, in place: a site's own data, such as a "
                    + "console log, a screenshot or an inventory record. Pages are not moved. After a crash, "
                    + "the file holds either the old or the new sections.",
            "An image with a mandatory section is rejected unless --section-schema describes the section. "
                    + "Optional sections survive every command."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage section add web1.native example.console-log console.txt --type text/plain",
            "  xenimage section list web1.native",
            "  xenimage section get web1.native example.console-log",
            "  xenimage section drop web1.native example.console-log"
        },
        synopsisSubcommandLabel = "ACTION",
        commandListHeading = "%nActions:%n",
        subcommands = {SectionList.class, SectionGet.class, SectionAdd.class, SectionDrop.class})
public final class SectionCommand {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help and exit")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    /** Called by the command line. */
    public SectionCommand() {}
}
