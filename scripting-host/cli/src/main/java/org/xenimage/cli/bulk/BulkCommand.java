package org.xenimage.cli.bulk;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.DryRunOption;
import org.xenimage.cli.output.FormatOption;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Plural;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextFile;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.cli.rewrite.DiffPrinter;
import org.xenimage.cli.rewrite.PolicyOptions;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.pipeline.BulkRequest;
import org.xenimage.pipeline.BulkRequest.Choice;
import org.xenimage.pipeline.BulkRun;
import org.xenimage.pipeline.BulkSummary;
import org.xenimage.pipeline.BulkWatcher;
import org.xenimage.pipeline.ImageOutcome;
import org.xenimage.pipeline.ImageOutcome.Status;
import org.xenimage.pipeline.ReportLines;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.RunReport;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** {@code xenimage bulk}. */
@Needs(scripts = Needs.Scripts.ONE, work = Needs.Work.MANY, agent = false)
@Command(
        name = "bulk",
        header = "run many images through policies",
        description = {
            "Runs many images through the same policies, each as 'rewrite' does. A file is "
                    + "written to DIR under its own name, a file in a folder under its path within that "
                    + "folder. Links are followed.",
            "Every output is read back and compared before it gets its name. A bad image does "
                    + "not stop the run. A file in a folder that is not an image is skipped, with a "
                    + "note; a compressed image, or one of another toolstack, fails.",
            "With --dry-run, the difference that the policies would make is shown for the first 20 "
                    + "images that would change, as 'rewrite --dry-run' shows it; --report has it for all.",
            "After any interruption (Ctrl-C, kill -9, power loss), --resume continues the run and "
                    + "repeats nothing that was delivered. DIR/.xenimage-bulk holds the state for "
                    + "this; remove it when you are done."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage bulk images --out clean --policy scrub-pattern --set text=API-TOKEN= --set length=64",
            "  xenimage bulk images --out clean --policy scrub-pattern --set text=API-TOKEN= --set length=64 --resume",
            "  xenimage bulk a.save b.save --out native --to native --report report.jsonl",
            "  xenimage bulk images --dry-run --policy ./my-policy.py --report -",
            "  xenimage bulk images --out nightly --policies /etc/xen/policies --reload",
            "",
            "Exit status:",
            "  0    all images were delivered",
            "  1    an image failed, or the run was refused",
            "  2    usage",
            "  130  interrupted",
            "  143  terminated"
        })
public final class BulkCommand extends Subcommand {
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final int AT_FAULT = 1;
    private static final int WORKERS_MAX = 256;

    /** How many images have their difference in the report on the terminal, and in that of --json. */
    private static final int DIFFS_MAX = 20;

    @Parameters(paramLabel = "IN", arity = "1..*", description = "images, and folders of images")
    private List<Path> inputs = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "the folder for the new images")
    private @Nullable Path out;

    @Mixin private PolicyOptions policies = new PolicyOptions();

    @Mixin private FormatOption to = new FormatOption();

    @Option(
            names = "--allow-loss",
            description = "convert even if Xen cannot restore the guest from the result")
    private boolean allowLoss;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description = "how many images to process at a time (default: one per processor)")
    private int jobs;

    @Option(names = "--resume", description = "continue the run that was started in DIR")
    private boolean resume;

    @Option(
            names = "--accept-changes",
            description =
                    "with --resume: continue with changed policies or options; keep what was delivered")
    private boolean acceptChanges;

    @Option(
            names = "--force",
            description = "replace existing files in DIR, and restart a run that was started there")
    private boolean force;

    @Option(
            names = "--reload",
            description = {
                "use new versions of the policy set from the next image on; an invalid version",
                "is reported and never replaces the version in use"
            })
    private boolean reload;

    @Mixin private DryRunOption dryRun = new DryRunOption();

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "write the outcome of each image to this file, as JSON lines; - for standard output")
    private String report = "";

    @Mixin private KeyOptions keys = new KeyOptions();

    private final ArrayNode tried = JsonNodeFactory.instance.arrayNode();
    private int changing;

    /** Called by the command line. */
    public BulkCommand() {}

    @Override
    public Integer call() throws IOException, CommandFailed, InterruptedException {
        if (out == null && !dryRun.wanted())
            throw misused("--out is missing; it is optional only with --dry-run");
        if (jobs < 0 || jobs > WORKERS_MAX)
            throw misused("--jobs: expected 1 to " + WORKERS_MAX + ", found " + jobs);
        if (acceptChanges && !resume) throw misused("--accept-changes needs --resume");
        if (resume && dryRun.wanted()) throw misused("use either --resume or --dry-run");
        policies.ofManyImages();
        try (PolicyHost host =
                        PolicyHost.open(policies.hostOptions().withEffects(!dryRun.wanted()));
                BulkRun run = BulkRun.open(request(host), host)) {
            var interrupted = new Thread(() -> drop(run), "stop-bulk");
            Runtime.getRuntime().addShutdownHook(interrupted);
            BulkSummary summary;
            try (TextFile file =
                    TextFile.open("--report", report.isEmpty() ? "/dev/null" : report, this)) {
                var watcher = new Watcher(ReportLines.to(file.writer()), err());
                try {
                    summary = run.run(watcher);
                } finally {
                    watcher.progress.done();
                }
                file.finish();
            }
            tell(summary);
            if (summary.bug().isPresent())
                throw new IllegalStateException(
                        "an image failed because of a bug", summary.bug().get());
            forget(interrupted);
            return summary.count(Status.FAILED) == 0 && !summary.stopped() ? 0 : AT_FAULT;
        }
    }

    private BulkRequest request(PolicyHost host) throws IOException, CommandFailed {
        Set<Choice> choices = EnumSet.noneOf(Choice.class);
        if (resume) choices.add(Choice.RESUME);
        if (acceptChanges) choices.add(Choice.OTHER_OPTIONS);
        if (force) choices.add(Choice.REPLACE);
        if (allowLoss) choices.add(Choice.ALLOW_LOSS);
        if (dryRun.wanted()) choices.add(Choice.DRY_RUN);
        List<Policy> loaded = policies.load(host, Operation.REWRITE);
        return new BulkRequest(
                inputs,
                out == null ? Path.of("") : out,
                loaded,
                policies.context(Operation.REWRITE, "bulk", true),
                policies.draft(Operation.REWRITE.policyName(), ""),
                policies.reading(keys.reading()),
                files(),
                target(),
                jobs == 0 ? Runtime.getRuntime().availableProcessors() : jobs,
                choices,
                reload
                        ? Optional.of(policies.renewal(loaded, Operation.REWRITE))
                        : Optional.empty());
    }

    private Optional<Conversion.Target> target() {
        return to.target(
                Stream.of(Conversion.Target.values())
                        // A vmcore cannot be read back, as every output here is.
                        .filter(target -> target != Conversion.Target.VMCORE)
                        .toList());
    }

    /** On a signal: the images at hand are dropped; the process ends when this returns. */
    private static void drop(BulkRun run) {
        run.stop();
        try {
            if (!run.awaitClose(GRACE))
                System.err.println(
                        "xenimage: an image did not stop in time; --resume removes its partial output");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs, and waits for nothing but the run's close.
        }
    }

    /** Says on the terminal and in the report how it goes. */
    private final class Watcher implements BulkWatcher {
        private final ReportLines lines;
        private final TextOutput err;
        private final ProgressLine progress;

        Watcher(ReportLines lines, TextOutput err) {
            this.lines = lines;
            this.err = err;
            this.progress = progress();
        }

        @Override
        public void done(ImageOutcome outcome) throws IOException {
            lines.add(outcome);
            switch (outcome.status()) {
                case FAILED -> say("failed", outcome);
                case SKIPPED -> {
                    if (!quiet()) say("skipped", outcome);
                }
                case DRY_RUN -> {
                    progress.done();
                    tried(outcome);
                }
                case DELIVERED, DELIVERED_EARLIER -> {}
            }
        }

        private void say(String what, ImageOutcome outcome) {
            progress.done();
            err.println("xenimage: %s: %s: %s".formatted(outcome.name(), what, outcome.reason()));
        }

        @Override
        public void working(int images, int of, long bytes, long all) {
            progress.at("%d of %d images".formatted(images, of), bytes, all);
        }
    }

    /** What the policies would change in one image; unless the lines of the report go to the same place. */
    private void tried(ImageOutcome outcome) {
        boolean changes = outcome.seen().diff().filter(diff -> !diff.same()).isPresent();
        if (!changes || ++changing > DIFFS_MAX) return;
        var ran = new RunReport(outcome.policies().orElseThrow(), outcome.seen());
        if (json()) {
            tried.addObject().put("file", outcome.name()).setAll((ObjectNode) ran.json());
            return;
        }
        if (!reporting() || report.equals("-")) return;
        out().println(outcome.name() + ":");
        ran.print(out());
        var printer = new DiffPrinter(out(), coloured());
        outcome.seen().diff().ifPresent(printer::print);
        out().flush();
    }

    private void tell(BulkSummary summary) {
        for (BulkSummary.NeverRan one : summary.neverRan())
            err().println(
                            "xenimage: policy %s: warning: it ran on none of %s%s"
                                    .formatted(
                                            one.policy(),
                                            Plural.of(summary.finished(), "image"),
                                            one.reason().isEmpty() ? "" : ": " + one.reason()));
        if (!reporting()) return;
        TextOutput to = out();
        if (changing > DIFFS_MAX && !json() && !report.equals("-"))
            to.println(
                    "… and %s that would change; --report FILE has the difference of each"
                            .formatted(Plural.of(changing - DIFFS_MAX, "more image")));
        to.println(json() ? json(summary) : text(summary));
        to.flush();
    }

    private String text(BulkSummary summary) {
        List<String> parts = new ArrayList<>();
        for (Status status : Status.values()) {
            int count = summary.count(status);
            if (count > 0) parts.add(count + " " + describe(status));
        }
        if (parts.isEmpty()) parts.add("no images");
        double seconds = Math.max(1e-3, summary.time().toMillis() / 1e3);
        return String.format(
                Locale.ROOT,
                "%s; %s; %s in %.1f s, %s/s%s%s",
                String.join(", ", parts),
                Plural.of(summary.edits(), "edit"),
                ProgressLine.bytes(summary.bytes()),
                seconds,
                ProgressLine.bytes(Math.round(summary.bytes() / seconds)),
                summary.stopped() ? "; stopped; use --resume to continue" : "",
                dryRun.wanted() ? "; " + DryRunOption.NOTE : "");
    }

    private static String describe(Status status) {
        return switch (status) {
            case DELIVERED -> "delivered";
            case DELIVERED_EARLIER -> "delivered earlier";
            case DRY_RUN -> "tried";
            case SKIPPED -> "skipped";
            case FAILED -> "failed";
        };
    }

    private ObjectNode json(BulkSummary summary) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        for (Status status : Status.values())
            node.put(status.name().toLowerCase(Locale.ROOT), summary.count(status));
        ArrayNode neverRan = node.putArray("neverRan");
        for (BulkSummary.NeverRan one : summary.neverRan())
            neverRan.addObject().put("policy", one.policy()).put("reason", one.reason());
        if (dryRun.wanted()) node.put("changing", changing).set("images", tried);
        return node.put("edits", summary.edits())
                .put("bytes", summary.bytes())
                .put("seconds", summary.time().toMillis() / 1e3)
                .put("stopped", summary.stopped());
    }
}
