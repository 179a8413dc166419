package org.xenimage.cli.bulk;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Progress;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextFile;
import org.xenimage.cli.output.TextOutput;
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
import org.xenimage.script.policy.Operation;

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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code xenimage bulk}. */
@Command(
        name = "bulk",
        description = {
            "Runs many images through the same policies, each as 'rewrite' does it.",
            "A file goes below DIR by its name, what is in a folder by its path within that folder; links are",
            "followed. Every output is read back and compared before it gets its name. An image at fault fails",
            "alone; a file in a folder that is no image is left out, with a note.",
            "What ends a run, Ctrl-C, kill -9 or a loss of power, --resume goes on from there: nothing that was",
            "delivered is done again. DIR/.xenimage-bulk holds what that takes; remove it when all is done.",
            "Exit status: 0 all went well, 1 an image failed or the run was refused, 2 usage, 130 interrupted,",
            "143 terminated."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage bulk images --out clean --policy scrub-pattern --set text=API-TOKEN= --set length=64",
            "  xenimage bulk images --out clean --policy scrub-pattern --set text=API-TOKEN= --set length=64 --resume",
            "  xenimage bulk a.save b.save --out native --to native --report report.jsonl",
            "  xenimage bulk images --dry-run --policy ./my-policy.py --report report.jsonl"
        })
public final class BulkCommand extends Subcommand {
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final int AT_FAULT = 1;
    private static final int WORKERS_MAX = 256;

    @Parameters(paramLabel = "IN", arity = "1..*", description = "images, and folders of images")
    private List<Path> inputs = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "the folder for the new images")
    private @Nullable Path out;

    @Mixin private PolicyOptions policies = new PolicyOptions();

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            description = "the format to make, as of 'convert' (default: that of each image)")
    private String to = "";

    @Option(
            names = "--allow-loss",
            description = "convert although Xen could not restore a guest from it")
    private boolean allowLoss;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description = "images at a time (default: one for each processor)")
    private int jobs;

    @Option(names = "--resume", description = "go on with the run that was begun in DIR")
    private boolean resume;

    @Option(
            names = "--accept-changes",
            description =
                    "with --resume: although policies or options are others now; what is delivered stays")
    private boolean acceptChanges;

    @Option(
            names = "--force",
            description = "replace what is in DIR, and begin anew if a run was begun there")
    private boolean force;

    @Option(
            names = "--dry-run",
            description = "run the policies, say what they would change, write no image")
    private boolean dryRun;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "what became of each image, as JSON lines")
    private String report = "";

    @Option(names = "--quiet", description = "say nothing but what failed")
    private boolean quiet;

    @Mixin private KeyOptions keys = new KeyOptions();

    /** Called by the command line. */
    public BulkCommand() {}

    @Override
    public Integer call() throws IOException, CommandFailed, InterruptedException {
        if (out == null && !dryRun) throw misused("--out is missing; --dry-run does without");
        if (jobs < 0 || jobs > WORKERS_MAX)
            throw misused("--jobs: expected 1 to " + WORKERS_MAX + ", found " + jobs);
        if (acceptChanges && !resume) throw misused("--accept-changes goes with --resume");
        if (resume && dryRun) throw misused("--resume and --dry-run do not go together");
        try (PolicyHost host = PolicyHost.open(policies.hostOptions());
                BulkRun run = BulkRun.open(request(host), host)) {
            var interrupted = new Thread(() -> drop(run), "stop-bulk");
            Runtime.getRuntime().addShutdownHook(interrupted);
            BulkSummary summary;
            try (TextFile file = TextFile.open(report.isEmpty() ? "/dev/null" : report, files())) {
                var teller = new Teller(ReportLines.to(file.writer()), err());
                try {
                    summary = run.run(teller);
                } finally {
                    teller.progress.done();
                }
                file.finish();
            }
            tell(summary);
            if (summary.bug().isPresent())
                throw new IllegalStateException("an image failed by a bug", summary.bug().get());
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
        if (dryRun) choices.add(Choice.DRY_RUN);
        return new BulkRequest(
                inputs,
                out == null ? Path.of("") : out,
                policies.load(host, Operation.REWRITE),
                policies.context(Operation.REWRITE, "bulk", true),
                policies.draft(Operation.REWRITE.policyName(), ""),
                keys.reading(),
                files(),
                target(),
                jobs == 0 ? Runtime.getRuntime().availableProcessors() : jobs,
                choices);
    }

    private Optional<Conversion.Target> target() {
        if (to.isEmpty()) return Optional.empty();
        Optional<Conversion.Target> target = Conversion.Target.of(to);
        if (target.isEmpty())
            throw misused(
                    "--to: '%s' is none of %s"
                            .formatted(
                                    to,
                                    Stream.of(Conversion.Target.values())
                                            .map(Conversion.Target::id)
                                            .collect(Collectors.joining(", "))));
        if (target.get() == Conversion.Target.VMCORE)
            throw misused(
                    "--to: a vmcore cannot be read back, as every output here is; use convert");
        return target;
    }

    /** On a signal: the images at hand are dropped; the process ends when this returns. */
    private static void drop(BulkRun run) {
        run.stop();
        try {
            if (!run.awaitClose(GRACE))
                System.err.println(
                        "xenimage: an image at hand did not stop; --resume removes what is left of it");
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
    private final class Teller implements BulkWatcher {
        private final ReportLines lines;
        private final TextOutput err;
        private final Progress progress;

        Teller(ReportLines lines, TextOutput err) {
            this.lines = lines;
            this.err = err;
            this.progress = new Progress(err);
        }

        @Override
        public void done(ImageOutcome outcome) throws IOException {
            lines.add(outcome);
            switch (outcome.status()) {
                case FAILED -> say("failed", outcome);
                case SKIPPED -> {
                    if (!quiet) say("skipped", outcome);
                }
                case DELIVERED, DELIVERED_EARLIER, DRY_RUN -> {}
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

    private void tell(BulkSummary summary) {
        if (quiet && !json()) return;
        TextOutput to = out();
        to.println(json() ? json(summary) : text(summary));
        to.flush();
    }

    private static String text(BulkSummary summary) {
        List<String> parts = new ArrayList<>();
        for (Status status : Status.values()) {
            int count = summary.count(status);
            if (count > 0) parts.add(count + " " + said(status));
        }
        if (parts.isEmpty()) parts.add("no images");
        double seconds = Math.max(1e-3, summary.time().toMillis() / 1e3);
        return String.format(
                Locale.ROOT,
                "%s; %d edits; %s in %.1f s, %s/s%s",
                String.join(", ", parts),
                summary.edits(),
                Progress.bytes(summary.bytes()),
                seconds,
                Progress.bytes(Math.round(summary.bytes() / seconds)),
                summary.stopped() ? "; stopped; use --resume to continue" : "");
    }

    private static String said(Status status) {
        return switch (status) {
            case DELIVERED -> "delivered";
            case DELIVERED_EARLIER -> "delivered earlier";
            case DRY_RUN -> "tried";
            case SKIPPED -> "skipped";
            case FAILED -> "failed";
        };
    }

    private static ObjectNode json(BulkSummary summary) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        for (Status status : Status.values())
            node.put(status.name().toLowerCase(Locale.ROOT), summary.count(status));
        return node.put("edits", summary.edits())
                .put("bytes", summary.bytes())
                .put("seconds", summary.time().toMillis() / 1e3)
                .put("stopped", summary.stopped());
    }
}
