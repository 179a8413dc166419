package org.xenimage.cli.host;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.fault.UnsupportedFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.migrate.HostCapabilities;
import org.xenimage.migrate.HostTransform;
import org.xenimage.migrate.ImageNeeds;
import org.xenimage.migrate.Negotiation;
import org.xenimage.migrate.NoPlan;
import org.xenimage.migrate.Plan;

import picocli.CommandLine.Option;

import java.io.IOException;

/** {@code --for}: the host that shall restore the image. Every loss is reported. */
public final class ForOption {
    @Option(
            names = "--for",
            paramLabel = "HOST",
            description =
                    "make what this host restores: a release of Xen such as 4.13, or a file that 'xenimage "
                            + "capabilities' made; every loss is reported")
    private String name = "";

    /** Called by the command line. */
    public ForOption() {}

    /** {@return whether a host was given} */
    public boolean given() {
        return !name.isEmpty();
    }

    /**
     * Reads what the host takes.
     *
     * @param command that has the option
     * @return the capabilities
     * @throws IOException if the file is at fault, or the release is not known
     */
    public HostCapabilities host(Subcommand command) throws IOException {
        return HostFile.read(name, command.files(), command.err());
    }

    /**
     * Reads an image to its end, and prints what is to be made of it, before a byte is written.
     *
     * @param in the image, a file
     * @param keys that open it
     * @param host that shall restore it
     * @param command that has the option
     * @param warn whether the plan goes to standard error, since it is no report that was asked for
     * @return the plan
     * @throws IOException an {@link UnsupportedFormat} if the host takes the image in no form, which was printed
     */
    public Plan plan(
            String in, ReadOptions keys, HostCapabilities host, Subcommand command, boolean warn)
            throws IOException {
        if (!Inputs.rereadable(in))
            throw command.misused("--for: IN is read twice; give the name of a file");
        ImageNeeds needs;
        try (ImageReader reader = Images.load().open(Inputs.open(in, command.files()), keys)) {
            needs = ImageNeeds.of(reader);
        }
        Negotiation outcome = Negotiation.negotiate(needs, host);
        TextOutput to = warn ? command.err() : command.reports();
        // That nothing changes is no warning.
        if (!warn || !outcome.asItIs() || command.reporting())
            print(to, in, host, outcome, command.json());
        to.flush();
        return switch (outcome) {
            case Plan plan -> plan;
            case NoPlan none -> throw HostTransform.refused(needs, host, none);
        };
    }

    private static void print(
            TextOutput to, String in, HostCapabilities host, Negotiation outcome, boolean json) {
        if (json) {
            to.println(NegotiationReport.toJson(in, host.name(), outcome).toString());
            return;
        }
        to.println("for " + host.name() + ": " + NegotiationReport.verdict(outcome));
        NegotiationReport.print(to, outcome);
    }

    /**
     * A transform for an image that is read once, or that policies change before.
     *
     * @param image whose elements come
     * @param host that shall restore it
     * @param command that has the option
     * @return the transform; it tells each loss on standard error
     * @throws IOException if what the image says of itself cannot be read
     */
    public ImageTransform transform(ImageReader image, HostCapabilities host, Subcommand command)
            throws IOException {
        TextOutput err = command.err();
        return new HostTransform(
                image, host, fallback -> err.println(line(host, fallback, command)));
    }

    private static String line(HostCapabilities host, Plan.Fallback fallback, Subcommand command) {
        if (!command.json())
            return "for %s: %s; loses: %s"
                    .formatted(host.name(), fallback.step().words(), fallback.loss());
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("host", host.name());
        report.set("fallback", NegotiationReport.fallback(fallback));
        return report.toString();
    }
}
