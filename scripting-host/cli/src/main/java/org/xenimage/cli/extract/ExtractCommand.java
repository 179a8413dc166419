package org.xenimage.cli.extract;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code xenimage extract}: its parts are subcommands. */
@Command(
        name = "extract",
        header = "extract one part of an image",
        description = "Extracts one part of an image.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage extract config web1.save",
            "  xenimage extract record web1.save X86_CPUID_POLICY --json",
            "  xenimage extract pages web1.save --pfn 0x1a5,0x200-0x2ff -o some.bin"
        },
        synopsisSubcommandLabel = "PART",
        commandListHeading = "%nParts:%n",
        subcommands = {
            ExtractConfig.class,
            ExtractMetadata.class,
            ExtractRecord.class,
            ExtractPages.class
        })
public final class ExtractCommand {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this help and exit")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    /** Called by the command line. */
    public ExtractCommand() {}
}
