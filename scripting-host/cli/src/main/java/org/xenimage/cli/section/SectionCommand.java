package org.xenimage.cli.section;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code xenimage section}: its actions are subcommands. */
@Command(
        name = "section",
        header = "show and change the sections that sites keep in a native image",
        description = {
            "Shows and changes the sections of sites in a native image, in place: a console log, a "
                    + "screenshot, an inventory record. No page moves. After a crash the file holds the "
                    + "old sections or the new.",
            "A mandatory section refuses the image where nobody described it with --section-schema; an "
                    + "optional one survives every command."
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
