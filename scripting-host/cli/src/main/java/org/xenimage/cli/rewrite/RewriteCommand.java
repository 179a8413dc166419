package org.xenimage.cli.rewrite;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.Progress;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.verify.Guard;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRun;
import org.xenimage.script.PolicySkipped;
import org.xenimage.script.RunSummary;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.BufferedWriter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** {@code xenimage rewrite}. */
@Command(
        name = "rewrite",
        description = {
            "Runs an image through policies. Without any, OUT is IN, byte for byte.",
            "OUT appears whole or not at all; IN is never written."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage rewrite web1.save clean.save --policy scrub-pattern --set text=API-TOKEN= --set length=64",
            "  xenimage rewrite web1.save web2.save --policy rename-domain.py --set to=web2",
            "  xenimage rewrite web1.save --dry-run --policy ./my-policy.js --site site.yaml",
            "  zstdcat web1.save.zst | xenimage rewrite - - --policy ./my-policy.py | zstd > web2.save.zst"
        })
public final class RewriteCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "IN", description = "an image, - for standard input")
    private String in = "-";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "OUT",
            description = "the new image, - for standard output")
    private String out = "";

    @Mixin private PolicyOptions policies = new PolicyOptions();

    @Option(
            names = "--dry-run",
            description = "run the policies, say what they would change, write nothing")
    private boolean dryRun;

    @Option(names = "--force", description = "replace OUT if it is there")
    private boolean force;

    @Mixin private ReportOptions reporting = new ReportOptions();

    @Option(
            names = "--provenance",
            description =
                    "add a statement to the provenance of a native image: policies, digests, and what --at, --host and --operator give")
    private boolean provenance;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description = "the host in the statement of provenance")
    private String host = "";

    @Mixin private KeyOptions keys = new KeyOptions();

    /** Called by the command line. */
    public RewriteCommand() {}

    @Override
    public Integer call() throws IOException, CommandFailed {
        if (out.isEmpty() && !dryRun) {
            throw misused("OUT is missing; --dry-run does without");
        }
        if (policies.references(Operation.REWRITE).isEmpty()) {
            copy(ImageTransform.IDENTITY, List.of());
            return 0;
        }
        RunContext context = policies.context(Operation.REWRITE, in, Inputs.rereadable(in));
        try (PolicyHost host = PolicyHost.open(policies.hostOptions());
                BufferedWriter logged = reporting.openLog()) {
            List<Policy> loaded = policies.load(host, Operation.REWRITE);
            PolicyRun run = host.run(loaded, context, DecisionLog.to(logged));
            Optional<PolicyRun> again = attempt(run);
            while (again.isPresent()) again = attempt(again.get());
        }
        return 0;
    }

    /** One run over the image; if a policy is to be left out, the run without it is returned. */
    private Optional<PolicyRun> attempt(PolicyRun attempted) throws IOException {
        try (PolicyRun run = attempted) {
            try {
                copy(run.transform(), ran(run));
            } catch (PolicySkipped skip) {
                err().println("xenimage: " + skip.getMessage());
                return Optional.of(run.without(List.of(skip.policy())));
            } catch (IOException | RuntimeException | Error failure) {
                run.fail(failure);
                throw failure;
            }
            report(run);
        }
        return Optional.empty();
    }

    private static List<Statement.Policy> ran(PolicyRun run) {
        return run.summary().policies().stream()
                .map(RunSummary.PolicySummary::policy)
                .map(policy ->
                        new Statement.Policy(policy.name(), policy.version(), policy.digest()))
                .toList();
    }

    private WriteOptions options(ImageReader reader, List<Statement.Policy> ran)
            throws IOException {
        WriteOptions options = WriteOptions.DEFAULT.withCompanions(reader.companions());
        if (!provenance) return options;
        if (!reader.digested()) {
            throw new IOException(
                    "%s: --provenance: images of format %s keep no provenance; convert it to native before"
                            .formatted(in, reader.format().name()));
        }
        return options.withProvenance(policies.draft(host, ran));
    }

    private void copy(ImageTransform transform, List<Statement.Policy> ran) throws IOException {
        var progress = new Progress(err());
        try (ByteSource source = Inputs.open(in);
                ImageReader reader = Images.load().open(source, keys.reading())) {
            ImageTransform guarded = Guard.ofImage(source.name()).andThen(transform);
            if (dryRun) {
                drain(reader, guarded.onto(_ -> {}), source, progress);
                return;
            }
            try (Output output = Output.open(out, in, force);
                    ImageWriter writer =
                            reader.format().write(output.sink(), options(reader, ran))) {
                drain(reader, guarded.onto(writer), source, progress);
                output.commit();
            }
        } finally {
            progress.done();
        }
    }

    private static void drain(
            ImageReader reader, ImageSink sink, ByteSource source, Progress progress)
            throws IOException {
        while (reader.advance(sink)) progress.at(source);
        sink.end();
    }

    private void report(PolicyRun run) {
        boolean toError = out.equals("-");
        reporting.print(run.summary(), toError ? err() : out());
    }
}
