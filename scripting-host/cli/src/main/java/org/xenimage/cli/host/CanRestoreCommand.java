package org.xenimage.cli.host;

import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.Images;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.migrate.HostCapabilities;
import org.xenimage.migrate.ImageNeeds;
import org.xenimage.migrate.Negotiation;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code xenimage can-restore}: one image against many hosts. */
@Command(
        name = "can-restore",
        header = "tell which hosts restore an image",
        description = {
            "Holds an image against what hosts take, and says for each host what blocks, by name: "
                    + "the format, the version of the stream, a record, a CPUID leaf and feature, an MSR, a "
                    + "device model, the width of the guest; and what would help.",
            "No page contents are read. What a host does not state is not judged, and is listed."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage can-restore web1.save --host 4.17",
            "  xenimage can-restore web1.save --host 4.14 --host xen2.json",
            "  xenimage can-restore --json web1.save --host 4.17 | jq .canRestore",
            "",
            "Exit status:",
            "  0  every host restores the image as it is",
            "  1  one of them does not, or the image is at fault",
            "  2  usage"
        })
public final class CanRestoreCommand extends Subcommand {
    @Parameters(paramLabel = "IMAGE", description = "an image, - for standard input")
    private String image = "-";

    @Option(
            names = "--host",
            paramLabel = "HOST",
            required = true,
            description =
                    "a release of Xen such as 4.13, or a file that 'xenimage capabilities' made; repeat "
                            + "it for several hosts")
    private List<String> names = List.of();

    @Mixin private KeyOptions keys = new KeyOptions();

    /** Called by the command line. */
    public CanRestoreCommand() {}

    /** A host and what it says to the image. */
    private record Answer(String host, Negotiation outcome) {}

    @Override
    public Integer call() throws IOException {
        List<HostCapabilities> hosts = new ArrayList<>();
        for (String name : names) hosts.add(HostFile.read(name, files(), err()));
        ImageNeeds needs = needs();
        List<Answer> answers = new ArrayList<>();
        for (HostCapabilities host : hosts)
            answers.add(new Answer(host.name(), Negotiation.negotiate(needs, host)));
        TextOutput out = out();
        if (json())
            for (Answer answer : answers)
                print(NegotiationReport.toJson(image, answer.host(), answer.outcome()));
        else if (!quiet()) table(out, answers);
        out.flush();
        return answers.stream().allMatch(answer -> answer.outcome().asItIs())
                ? 0
                : ExitStatus.AT_FAULT;
    }

    private ImageNeeds needs() throws IOException {
        ProgressLine progress = progress();
        try (ImageReader reader = Images.load().open(Inputs.open(image, files()), keys.reading())) {
            return ImageNeeds.of(reader);
        } finally {
            progress.done();
        }
    }

    private static void table(TextOutput out, List<Answer> answers) {
        int width = answers.stream().mapToInt(one -> one.host().length()).max().orElse(0);
        for (Answer answer : answers) {
            out.println(
                    answer.host()
                            + " ".repeat(width - answer.host().length() + 2)
                            + NegotiationReport.verdict(answer.outcome()));
            NegotiationReport.print(out, answer.outcome());
        }
    }
}
