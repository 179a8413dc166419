package org.xenimage.cli.toolstack;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.Progress;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.rewrite.PolicyOptions;
import org.xenimage.cli.rewrite.PolicyPass;
import org.xenimage.cli.rewrite.ReportOptions;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.script.policy.Operation;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code xenimage save}: policies between {@code xl save} and the file. */
@Command(
        name = "save",
        description = {
            "Runs 'xl save', and what it writes through the policies. OUT appears whole or not at all; the domain",
            "is destroyed only when OUT is on the disk, and goes on if a policy refuses or anything fails."
        },
        footerHeading = "%nExit status:%n",
        footer = {
            "  0  the domain is saved",
            "  1  a policy refused, or OUT could not be written; the domain goes on",
            "  2  usage: nothing was started",
            "  3  a bug in xenimage",
            "  N  xl ended with N",
            "",
            "Examples:",
            "  xenimage save web1 web1.save --policy scrub.py",
            "  xenimage save -c web1 /backup/web1.native --to native --policies /etc/xen/policies"
        })
public final class SaveCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "its name or number")
    private String domain = "";

    @Parameters(index = "1", paramLabel = "OUT", description = "the image, a file")
    private String out = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "CONFIG",
            description = "xl's: the config to put into the image")
    private @Nullable String config;

    @Option(names = "-c", description = "xl's: leave the domain running")
    private boolean checkpoint;

    @Option(names = "-p", description = "xl's: leave the domain paused")
    private boolean leavePaused;

    @Option(names = "-D", description = "xl's: preserve the domain's number")
    private boolean preserveNumber;

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            description = "xl (default), native or native-stream")
    private String to = "xl";

    @Option(names = "--force", description = "replace OUT if it is there")
    private boolean force;

    @Mixin private XlOptions xl = new XlOptions();

    @Mixin private PolicyOptions policies = new PolicyOptions();

    @Mixin private ReportOptions reporting = new ReportOptions();

    /** Called by the command line. */
    public SaveCommand() {}

    @Override
    public Integer call() throws IOException, CommandFailed {
        if (out.equals("-")) throw misused("OUT is a file; the domain is kept until it is whole");
        if (!List.of("xl", "native", "native-stream").contains(to))
            throw misused("--to: expected xl, native or native-stream, found '" + to + "'");
        String source = "xl save " + domain;
        try (PolicyPass pass = PolicyPass.open(policies, reporting, Operation.SAVE, source);
                Output output = Output.open(out, "-", force)) {
            int status = save(source, pass, output);
            if (status == 0) pass.report(out());
            return status;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed("interrupted");
        }
    }

    private int save(String source, PolicyPass pass, Output output)
            throws IOException, InterruptedException, CommandFailed {
        String number = xl.domainNumber(domain);
        try (Fifo fifo = Fifo.create()) {
            XlProcess saving = xl.start(true, words(number, fifo));
            saving.watch(fifo);
            try (PausedDomain paused = new PausedDomain(xl, number, saving)) {
                if (checkpoint) paused.settle(); // xl lets it go on itself, whatever comes of OUT.
                Optional<Integer> failed = copy(source, fifo, saving, pass, output);
                if (failed.isPresent()) return failed.get();
                output.commit();
                paused.settle();
            }
        }
        return checkpoint || leavePaused ? 0 : xl.run("destroy", number);
    }

    private List<String> words(String number, Fifo fifo) {
        List<String> words = new ArrayList<>(List.of("save", checkpoint ? "-c" : "-p"));
        if (preserveNumber) words.add("-D");
        words.addAll(List.of(number, fifo.path().toString()));
        if (config != null) words.add(config);
        return words;
    }

    /** Copies what xl writes; if that failed because of xl, its status is returned. */
    private Optional<Integer> copy(
            String source, Fifo fifo, XlProcess saving, PolicyPass pass, Output output)
            throws IOException, InterruptedException {
        Optional<TruncatedImage> cut = Optional.empty();
        try {
            transform(source, fifo, pass, output);
        } catch (TruncatedImage e) {
            pass.failed(e);
            cut = Optional.of(e);
        } catch (IOException | RuntimeException | Error e) {
            pass.failed(e);
            saving.status(); // Its stream is closed: it resumes the domain, and says so.
            throw e;
        }
        int status = saving.status();
        if (status != 0) {
            err().println(
                            "xenimage: xl save ended with status %d; %s is not written"
                                    .formatted(status, out));
            return Optional.of(status);
        }
        if (cut.isPresent()) throw cut.get();
        return Optional.empty();
    }

    private void transform(String name, Fifo fifo, PolicyPass pass, Output output)
            throws IOException {
        Images images = Images.load();
        ImageFormat format =
                images.formats().stream()
                        .filter(known -> known.name().equals(to))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException("no codec of " + to));
        var progress = new Progress(err());
        try (ByteSource source = fifo.openToRead(name);
                ImageReader reader = images.open(source);
                ImageWriter writer = format.write(output.unclosed())) {
            ImageSink sink = pass.transform().onto(writer);
            while (reader.advance(sink)) progress.at(source);
            sink.end();
        } finally {
            progress.done();
        }
    }
}
