package org.xenimage.cli.host;

import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.Images;
import org.xenimage.migrate.HostCapabilities;
import org.xenimage.migrate.XenVersion;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code xenimage capabilities}: what a host takes, as a file for {@code can-restore} and {@code --for}. */
@Needs(agent = false)
@Command(
        name = "capabilities",
        header = "tell what a host or this program takes",
        description = {
            "Prints what a host takes as JSON: formats, stream versions, guests, records, CPUID and MSR "
                    + "policies, limits. 'can-restore' and the option --for of other commands read it.",
            "Without an option, it asks the host that it runs on: 'xl info' and, where there is one, "
                    + "'xen-cpuid -p'. Their output can also come from files."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage capabilities --xen 4.13 -o old.json",
            "  xenimage capabilities --xl-info info.txt --xen-cpuid cpuid.txt -o xen2.json",
            "  xenimage capabilities --file xen2.json",
            "  xenimage capabilities --program"
        })
public final class CapabilitiesCommand extends Subcommand {
    @Option(
            names = "--xen",
            paramLabel = "VERSION",
            description = "what a release of Xen takes, such as 4.13, whatever the processor")
    private String xen = "";

    @Option(
            names = "--xl-info",
            paramLabel = "FILE",
            description = "the output of 'xl info' on the host, - for standard input")
    private String xlInfo = "";

    @Option(
            names = "--xen-cpuid",
            paramLabel = "FILE",
            description = "with --xl-info, the output of 'xen-cpuid -p' on the host")
    private String xenCpuid = "";

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "check a file of capabilities and print what it states")
    private String file = "";

    @Option(names = "--program", description = "what this program reads")
    private boolean program;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "the name of the host in messages (default: its own)")
    private String name = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "write to this file (default: standard output)")
    private String out = "-";

    @Mixin private OutputOptions outputs = new OutputOptions();

    /** Called by the command line. */
    public CapabilitiesCommand() {}

    @Override
    public Integer call() throws IOException {
        long sources =
                Stream.of(!xen.isEmpty(), !xlInfo.isEmpty(), !file.isEmpty(), program)
                        .filter(given -> given)
                        .count();
        if (sources > 1) throw misused("use one of --xen, --xl-info, --file and --program");
        if (!xenCpuid.isEmpty() && xlInfo.isEmpty())
            throw misused("--xen-cpuid: give --xl-info as well");
        HostCapabilities found = found();
        HostCapabilities named = name.isEmpty() ? found : found.named(name);
        byte[] text = named.toJson().getBytes(StandardCharsets.UTF_8);
        if (out.equals("-")) {
            TextOutput standard = out();
            if (json())
                standard.println(
                        named.toJson().lines().map(String::strip).collect(Collectors.joining(" ")));
            else named.toJson().lines().forEach(standard::println);
            standard.flush();
            return 0;
        }
        try (Output output = Output.open(out, files(), outputs.force())) {
            output.sink().write(MemorySegment.ofArray(text));
            output.commit();
        }
        return 0;
    }

    private HostCapabilities found() throws IOException {
        if (program) return HostCapabilities.ofProgram(Images.load());
        if (!file.isEmpty()) return HostFile.read(file, files(), err());
        if (!xen.isEmpty())
            return HostCapabilities.ofXen(
                    XenVersion.parse(xen)
                            .orElseThrow(() ->
                                    misused(
                                            "--xen: expected a version such as 4.13, found '"
                                                    + xen
                                                    + "'")));
        if (!xlInfo.isEmpty())
            return HostCapabilities.ofHost(
                    HostFile.text(xlInfo, files()),
                    xenCpuid.isEmpty() ? "" : HostFile.text(xenCpuid, files()),
                    xlInfo);
        return HostCapabilities.ofHost(HostProgram.info(), HostProgram.policies(), "xl info");
    }
}
