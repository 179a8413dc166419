package org.xenimage.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.Images;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.sample.SampleToolstack;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Locale;

/** {@code xenimage sample}. */
@Command(
        name = "sample",
        header = "make a valid sample image",
        description =
                "Makes a valid save file of xl, libvirt or xenopsd, with no Xen needed: page tables, vCPUs and records "
                        + "agree with each other. The same options give the same bytes. There is no "
                        + "kernel in it: use it for experiments and tests.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage sample web1.save --guest pv --memory 16",
            "  xenimage sample web2.save --guest pvh --format libvirt",
            "  xenimage sample - --guest hvm --memory 64 --vcpus 4 | xenimage verify -"
        })
final class SampleCommand extends Subcommand {
    @Parameters(paramLabel = "OUT", description = "the image, - for standard output")
    private String out = "-";

    @Option(
            names = "--guest",
            required = true,
            paramLabel = "TYPE",
            description = "${COMPLETION-CANDIDATES}")
    private SampleGuest guest = SampleGuest.PV;

    @Option(
            names = "--memory",
            paramLabel = "MIB",
            defaultValue = "16",
            description = "the guest's memory (default: ${DEFAULT-VALUE})")
    private int memory = 16;

    @Option(
            names = "--vcpus",
            paramLabel = "N",
            defaultValue = "1",
            description = "the guest's vCPUs (default: ${DEFAULT-VALUE})")
    private int vcpus = 1;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "a different number makes a different guest (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(names = "--name", paramLabel = "NAME", description = "the domain's name")
    private String name = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "xl",
            completionCandidates = SampleFormats.class,
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private String format = "xl";

    /** The formats of samples, as users name them. */
    private static final class SampleFormats extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        SampleFormats() {
            for (SampleToolstack one : SampleToolstack.values()) add(formatOf(one));
        }
    }

    private static String formatOf(SampleToolstack toolstack) {
        return toolstack.name().toLowerCase(Locale.ROOT);
    }

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        SampleImage sample = sample();
        ImageFormat codec =
                Images.load().formats().stream()
                        .filter(one -> one.name().equals(formatOf(sample.toolstack())))
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalStateException("no codec of " + sample.toolstack()));
        try (Output output = Output.open(out, files(), outputs.force());
                ImageWriter writer = codec.write(output.sink())) {
            sample.writeTo(writer);
            output.commit();
            if (json())
                print(
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("output", out)
                                .put("guest", guest.name().toLowerCase(Locale.ROOT))
                                .put("bytes", output.sink().position()));
            else if (!quiet() && !out.equals("-"))
                out().println(
                                "%s: a %s guest with %d MiB, %s"
                                        .formatted(
                                                out,
                                                guest,
                                                memory,
                                                ProgressLine.bytes(output.sink().position())));
        }
        return 0;
    }

    @Override
    protected boolean standardOutputIsData() {
        return out.equals("-");
    }

    private SampleToolstack toolstack() {
        for (SampleToolstack one : SampleToolstack.values())
            if (formatOf(one).equals(format)) return one;
        throw misused(
                "--format: expected %s, found '%s'"
                        .formatted(String.join(", ", new SampleFormats()), format));
    }

    private SampleImage sample() {
        try {
            SampleImage sample =
                    SampleImage.of(guest)
                            .withMemoryMiB(memory)
                            .withVcpus(vcpus)
                            .withSeed(seed)
                            .withToolstack(toolstack());
            return name.isEmpty() ? sample : sample.withName(name);
        } catch (IllegalArgumentException e) {
            throw misused(String.valueOf(e.getMessage()), e);
        }
    }
}
