package org.xenimage.cli.extract;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code xenimage extract}: its parts are commands of their own. */
@Command(
        name = "extract",
        mixinStandardHelpOptions = true,
        description = "Takes one part out of an image.",
        synopsisSubcommandLabel = "PART",
        commandListHeading = "%nParts:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage extract config web1.save",
            "  xenimage extract record web1.save X86_CPUID_POLICY --json",
            "  xenimage extract pages web1.save --pfn 0x1a5,0x200-0x2ff -o some.bin"
        },
        subcommands = {
            ExtractConfig.class,
            ExtractMetadata.class,
            ExtractRecord.class,
            ExtractPages.class
        })
public final class ExtractCommand implements Runnable {
    @Spec private CommandSpec spec;

    /** Called by the command line. */
    public ExtractCommand() {}

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "the part is missing: config, metadata, record or pages");
    }
}
