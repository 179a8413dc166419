package org.xenimage.cli.toolstack;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.rewrite.PolicyOptions;
import org.xenimage.cli.rewrite.PolicyPass;
import org.xenimage.cli.rewrite.ReportOptions;
import org.xenimage.image.Images;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.script.policy.Operation;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code xenimage restore}: policies between the file and {@code xl restore}. */
@Needs(scripts = Needs.Scripts.SITE, work = Needs.Work.LONG, agent = false)
@Command(
        name = "restore",
        header = "restore a domain through policies",
        description =
                "Runs an image through the policies into 'xl restore'. The image may be in any "
                        + "format that holds a whole domain: xl or native. The end of the image is held "
                        + "back until every policy has agreed; without it xl starts no guest. xl itself "
                        + "starts when the policies have seen the beginning.",
        footerHeading = "%nExit status:%n",
        footer = {
            "  0  the domain is restored",
            "  1  a policy refused, or the image is at fault; the guest was not started",
            "  2  usage: nothing was started",
            "  3  a bug in xenimage",
            "  N  xl exited with status N",
            "",
            "Examples:",
            "  xenimage restore web1.save --policy remap-bridges.js --site site.yaml",
            "  xenimage restore -p web1.native --policies /etc/xen/policies",
            "  zstdcat web1.save.zst | xenimage restore -"
        })
public final class RestoreCommand extends Subcommand {
    @Parameters(
            arity = "1..2",
            paramLabel = "[CONFIG] IN",
            hideParamSyntax = true,
            description = {
                "IN: the image, - for standard input;",
                "CONFIG: passed to xl: the config to use instead of the one in the image"
            })
    private List<String> files = List.of();

    @Option(names = "-p", description = "passed to xl: leave the domain paused")
    private boolean leavePaused;

    @Option(names = "-c", description = "passed to xl: connect to the console")
    private boolean console;

    @Option(names = "-d", description = "passed to xl: print debug messages")
    private boolean debug;

    @Option(
            names = "-e",
            description = "passed to xl: do not wait in the background until the domain ends")
    private boolean noMonitor;

    @Option(
            names = "-F",
            description = "passed to xl: wait in the foreground until the domain ends")
    private boolean foreground;

    @Option(
            names = {"-V", "--vncviewer"},
            description = "passed to xl: connect to the VNC display")
    private boolean viewer;

    @Option(
            names = {"-A", "--vncviewer-autopass"},
            description = "passed to xl: pass the password to the viewer")
    private boolean viewerPassword;

    @Mixin private KeyOptions keys = new KeyOptions();

    @Mixin private XlOptions xl = new XlOptions();

    @Mixin private PolicyOptions policies = new PolicyOptions();

    @Mixin private ReportOptions reporting = new ReportOptions();

    /** Called by the command line. */
    public RestoreCommand() {}

    @Override
    public Integer call() throws IOException, CommandFailed {
        String in = files.getLast();
        for (String config : files.subList(0, files.size() - 1)) files().reading(Path.of(config));
        Images images = Images.load();
        try (PolicyPass pass = PolicyPass.open(policies, reporting, Operation.RESTORE, in);
                ByteSource source = Inputs.open(in, files());
                ImageReader reader = images.open(source, policies.reading(keys.reading()));
                LateReceiver receiver =
                        new LateReceiver(xl, !in.equals("-"), fifo -> words(fifo))) {
            Conversion toXl = Conversion.plan(images, reader, Conversion.Target.XL);
            if (!toXl.restorable())
                throw new CommandFailed(
                        "%s: is a %s, which lacks what a restore needs"
                                .formatted(in, reader.format().name()));
            if (reader.metadata().containsKey(Container.PARTIAL))
                throw new CommandFailed(
                        in + ": is partial, recovered from a damaged image; Xen cannot restore it");
            return new RestoreRun(xl, receiver, pass, out(), err(), this::progress)
                    .run(reader, toXl);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed("interrupted");
        }
    }

    private List<String> words(Fifo fifo) {
        List<String> words = new ArrayList<>(List.of("restore"));
        if (leavePaused) words.add("-p");
        if (console) words.add("-c");
        if (debug) words.add("-d");
        if (noMonitor) words.add("-e");
        if (foreground) words.add("-F");
        if (viewer) words.add("-V");
        if (viewerPassword) words.add("-A");
        words.addAll(files.subList(0, files.size() - 1));
        words.add(fifo.path().toString());
        return words;
    }
}
