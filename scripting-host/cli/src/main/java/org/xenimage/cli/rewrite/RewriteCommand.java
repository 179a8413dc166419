package org.xenimage.cli.rewrite;

import org.xenimage.cli.host.ForOption;
import org.xenimage.cli.label.EndedChain;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.DryRunOption;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.InspectOption;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.Images;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.verify.Guard;
import org.xenimage.migrate.HostCapabilities;
import org.xenimage.script.PolicyRewrite;
import org.xenimage.script.policy.Operation;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;

/** {@code xenimage rewrite}. */
@Needs(scripts = Needs.Scripts.NAMED)
@Command(
        name = "rewrite",
        header = "run an image through policies",
        description = {
            "Runs an image through policies. Without a policy, OUT is the same as IN, byte "
                    + "for byte.",
            "OUT appears complete or not at all. IN is never written.",
            "With --dry-run, the report shows what would change: the config and the metadata as a diff, "
                    + "records field by field, the first pages in hex. Bytes that would be overwritten appear "
                    + "as ** unless --show-secrets is given."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage rewrite web1.save clean.save --policy scrub-pattern --set text=API-TOKEN= --set length=64",
            "  xenimage rewrite web1.save web2.save --policy rename-domain.py --set to=web2",
            "  xenimage rewrite web1.save --dry-run --policy ./my-policy.js --site site.yaml",
            "  xenimage rewrite web1.save --dry-run --as migrate-out --policies /etc/xen/policies",
            "  xenimage rewrite web1.save --dry-run --inspect --policy ./my-policy.js",
            "  xenimage rewrite web1.save old.save --for 4.13",
            "  xenimage rewrite web1.save checked.save --isolate --policy ./my-policy.js",
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

    @Option(
            names = "--as",
            paramLabel = "OPERATION",
            converter = OperationName.class,
            completionCandidates = OperationName.class,
            description = {
                "run the policies as this operation would: ${COMPLETION-CANDIDATES};",
                "so any policy can be tried on a file (default: rewrite)"
            })
    private Operation operation = Operation.REWRITE;

    @Mixin private PolicyOptions policies = new PolicyOptions();

    @Mixin private ForOption forHost = new ForOption();

    @Option(
            names = "--explain",
            description = "with --for: print what would be changed and lost, and write nothing")
    private boolean explain;

    @Mixin private InspectOption inspect = new InspectOption();

    @Mixin private DryRunOption dryRun = new DryRunOption();

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Mixin private ReportOptions reporting = new ReportOptions();

    @Option(
            names = "--provenance",
            description = {
                "start a provenance chain if the native image has none; an existing chain is always continued,",
                "with a statement of the policies, the digests, and --at, --host and --operator"
            })
    private boolean provenance;

    @Option(names = "--no-provenance", description = "end the provenance chain: OUT has none")
    private boolean noProvenance;

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
        if (out.isEmpty() && !dryRun.wanted() && !explain) {
            throw misused("OUT is missing; it is optional only with --dry-run or --explain");
        }
        if (provenance && noProvenance) throw misused("use either --provenance or --no-provenance");
        if (explain && !forHost.given()) throw misused("--explain: give --for as well");
        Optional<HostCapabilities> target =
                forHost.given() ? Optional.of(forHost.host(this)) : Optional.empty();
        if (explain) {
            forHost.plan(in, keys.reading(), target.orElseThrow(), this, false);
            return 0;
        }
        PrintWriter err = err();
        PrintWriter report = reports();
        policies.onlyNamed();
        policies.inspected(inspect.inspection(this));
        try (PolicyPass pass =
                PolicyPass.open(
                        policies,
                        reporting,
                        operation,
                        in,
                        Inputs.rereadable(in) && (dryRun.wanted() || Output.droppable(out)),
                        dryRun.wanted(),
                        host,
                        skip -> err.println("xenimage: " + skip.getMessage()))) {
            Images images = Images.load();
            RunFiles files = files();
            PolicyRewrite.Source image =
                    () -> images.open(Inputs.open(in, files), policies.reading(keys.reading()));
            if (Inputs.rereadable(in)) pass.searching(image);
            pass.run(
                    image,
                    policed -> {
                        Rewrite rewrite = fitted(policed, target);
                        if (dryRun.wanted()) {
                            watched(rewrite.through(pass.settling(report)), Rewrite::dryRun);
                            reporting.note(DryRunOption.NOTE, report);
                            return;
                        }
                        try (Output output = Output.open(out, files, outputs.force())) {
                            watched(
                                    chained(rewrite).through(pass.settling(report)),
                                    all -> all.to(output.sink()));
                            output.commit();
                        }
                        if (noProvenance) EndedChain.say(notices(), in, rewrite.source(), out);
                    });
        }
        return 0;
    }

    @Override
    protected boolean standardOutputIsData() {
        return out.equals("-");
    }

    /** After the policies, what they made is fitted to the host. */
    private Rewrite fitted(Rewrite rewrite, Optional<HostCapabilities> target) throws IOException {
        if (target.isEmpty()) return rewrite;
        return rewrite.through(forHost.transform(rewrite.source(), target.get(), this))
                .through(Guard.ofImage(rewrite.source().name()));
    }

    private Rewrite chained(Rewrite rewrite) throws IOException {
        if (noProvenance) return rewrite.with(WriteOptions::withoutProvenance);
        if (!provenance) return rewrite;
        if (!rewrite.source().digested()) {
            throw new IOException(
                    "%s: --provenance: format %s cannot hold provenance; convert the image to native first"
                            .formatted(in, rewrite.source().format().name()));
        }
        return rewrite.with(WriteOptions::beginningProvenance);
    }

    private void watched(Rewrite rewrite, PolicyRewrite.Delivery delivery) throws IOException {
        var progress = progress();
        try {
            delivery.write(rewrite.watchedBy(progress::at));
        } finally {
            progress.done();
        }
    }
}
