package org.xenimage.cli.toolstack;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.host.ForOption;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.cli.rewrite.PolicyOptions;
import org.xenimage.cli.rewrite.PolicyPass;
import org.xenimage.cli.rewrite.ReportOptions;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.verify.Guard;
import org.xenimage.migrate.HostCapabilities;
import org.xenimage.script.policy.Operation;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code xenimage save}: policies between {@code xl save} and the file. */
@Needs(scripts = Needs.Scripts.SITE, work = Needs.Work.LONG, agent = false)
@Command(
        name = "save",
        header = "save a domain through policies",
        description =
                "Runs 'xl save' and passes its output through the policies. OUT appears complete or "
                        + "not at all; the domain is destroyed only when OUT is on the disk, and keeps "
                        + "running if a policy refuses or anything fails.",
        footerHeading = "%nExit status:%n",
        footer = {
            "  0  the domain is saved",
            "  1  a policy refused, or OUT could not be written; the domain keeps running",
            "  2  usage: nothing was started",
            "  3  a bug in xenimage",
            "  N  xl exited with status N",
            "",
            "Examples:",
            "  xenimage save web1 web1.save --policy scrub.py",
            "  xenimage save -c web1 old.save --for 4.13",
            "  xenimage save -c web1 /backup/web1.native --to native --policies /etc/xen/policies"
        })
public final class SaveCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "DOMAIN", description = "the domain's name or id")
    private String domain = "";

    @Parameters(index = "1", paramLabel = "OUT", description = "the image, a file")
    private String out = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "CONFIG",
            description = "passed to xl: the config to put into the image")
    private @Nullable String config;

    @Option(names = "-c", description = "passed to xl: leave the domain running")
    private boolean checkpoint;

    @Option(names = "-p", description = "passed to xl: leave the domain paused")
    private boolean leavePaused;

    @Option(names = "-D", description = "passed to xl: preserve the domain id")
    private boolean preserveNumber;

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            description = "xl (default), native or native-stream")
    private String to = "xl";

    @Mixin private ForOption forHost = new ForOption();

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Mixin private KeyOptions keys = new KeyOptions();

    @Mixin private XlOptions xl = new XlOptions();

    @Mixin private PolicyOptions policies = new PolicyOptions();

    @Mixin private ReportOptions reporting = new ReportOptions();

    private Optional<HostCapabilities> host = Optional.empty();

    /** Called by the command line. */
    public SaveCommand() {}

    @Override
    public Integer call() throws IOException, CommandFailed {
        if (out.equals("-"))
            throw misused("OUT must be a file: the domain is kept until the file is complete");
        if (!List.of("xl", "native", "native-stream").contains(to))
            throw misused("--to: expected xl, native or native-stream, found '" + to + "'");
        if (forHost.given() && !to.equals("xl"))
            throw misused("--for: OUT is what the host restores; leave --to out");
        String source = "xl save " + domain;
        if (forHost.given()) host = Optional.of(forHost.host(this));
        if (config != null) files().reading(Path.of(config));
        try (PolicyPass pass = PolicyPass.open(policies, reporting, Operation.SAVE, source);
                Output output = Output.open(out, files(), outputs.force())) {
            return save(source, pass, output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed("interrupted");
        }
    }

    /** What xl saves, in what the host takes. */
    private Rewrite fitted(Rewrite rewrite) throws IOException {
        if (host.isEmpty()) return rewrite;
        return rewrite.through(forHost.transform(rewrite.source(), host.get(), this))
                .through(Guard.ofImage(rewrite.source().name()));
    }

    private int save(String source, PolicyPass pass, Output output)
            throws IOException, InterruptedException, CommandFailed {
        String number = xl.domainNumber(domain);
        TextOutput err = err();
        boolean destroy = !checkpoint && !leavePaused;
        try (Fifo fifo = Fifo.create()) {
            XlProcess saving = xl.start(true, words(number, fifo));
            saving.watch(fifo);
            var paused = new PausedDomain(xl, number, saving, !checkpoint);
            try (paused) {
                copy(source, fifo, saving, pass, output);
                int status = paused.keep(output::commit, destroy);
                if (status != 0)
                    err.println(
                            "xenimage: %s is written, but xl destroy exited with status %d; see 'xl list %s'"
                                    .formatted(out, status, number));
                return status;
            } catch (XlFailed e) {
                err.println(
                        "xenimage: xl save exited with status %d; %s is not written; see 'xl list %s'"
                                .formatted(e.status, out, number));
                pass.fail(e);
                return e.status;
            } catch (IOException | InterruptedException | RuntimeException | Error e) {
                err.println("xenimage: %s is not written; %s".formatted(out, paused.outcome()));
                pass.fail(e); // The domain goes on by now.
                throw e;
            }
        }
    }

    /** It is xl that could not save. */
    private static final class XlFailed extends IOException {
        private static final long serialVersionUID = 1L;

        final int status;

        XlFailed(int status) {
            super("xl save exited with status " + status);
            this.status = status;
        }
    }

    private List<String> words(String number, Fifo fifo) {
        List<String> words = new ArrayList<>(List.of("save", checkpoint ? "-c" : "-p"));
        if (preserveNumber) words.add("-D");
        words.addAll(List.of(number, fifo.path().toString()));
        if (config != null) words.add(config);
        return words;
    }

    /** Copies what xl writes, up to the end that everybody agreed to. */
    private void copy(String name, Fifo fifo, XlProcess saving, PolicyPass pass, Output output)
            throws IOException, InterruptedException {
        try {
            transform(name, fifo, saving, pass, output);
        } catch (TruncatedImage e) {
            requireSaved(saving); // If xl failed, that is why.
            throw e;
        } catch (IOException | RuntimeException | Error e) {
            saving.status(); // Its stream is closed: it lets the domain continue, and says so.
            throw e;
        }
    }

    private void transform(String name, Fifo fifo, XlProcess saving, PolicyPass pass, Output output)
            throws IOException, InterruptedException {
        Images images = Images.load();
        ImageFormat format =
                images.formats().stream()
                        .filter(known -> known.name().equals(to))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException("no codec of " + to));
        var progress = progress();
        try {
            pass.attempt(
                    () -> images.open(fifo.openToRead(name), policies.reading(keys.reading())),
                    rewrite ->
                            fitted(rewrite)
                                    .watchedBy(progress::at)
                                    .through(pass.settling(out()))
                                    .behind(down -> new Saved(down, saving))
                                    .to(format, output.sink()));
        } finally {
            progress.done();
        }
    }

    /** OUT may be a pipe: its end goes only when the domain is saved. */
    private record Saved(ImageSink down, XlProcess saving) implements ImageSink {
        @Override
        public void accept(ImageElement element) throws IOException {
            down.accept(element);
        }

        @Override
        public void end() throws IOException {
            try {
                requireSaved(saving);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
            down.end();
        }
    }

    private static void requireSaved(XlProcess saving) throws XlFailed, InterruptedException {
        int status = saving.status();
        if (status != 0) throw new XlFailed(status);
    }
}
