package org.xenimage.script.test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRewrite;
import org.xenimage.script.RunSummary;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.TestedRun;
import org.xenimage.tools.index.ImageIndex;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One run of policies over the image of a test, by the same way as any rewrite: reader, policies, guard, writer. What
 * came of it stays until it is closed. For one thread.
 */
final class Trial implements Closeable {
    private static final String VETOED = "vetoed: ";

    private final TestedRun run;
    private final List<String> messages;
    private final Path output;

    private Trial(TestedRun run, List<String> messages, Path output) {
        this.run = run;
        this.messages = messages;
        this.output = output;
    }

    /**
     * A run that is begun: the engines of its policies start, on threads of their own, while another one is finished.
     * It must be closed, and need not be finished.
     */
    static final class Begun implements Closeable {
        private final TestImages images;
        private final TestImages.TestImage image;
        private final GrantDoubles doubles;
        private final SectionRegistry schema;
        private final List<String> decisions = new ArrayList<>();
        private Optional<PolicyRewrite> rewrite = Optional.empty();
        private Optional<ImageException> refused = Optional.empty();

        private Begun(
                TestImages images,
                TestImages.TestImage image,
                GrantDoubles doubles,
                SectionRegistry schema) {
            this.schema = schema;
            this.images = images;
            this.image = image;
            this.doubles = doubles;
        }

        private void start(PolicyHost host, List<Policy> policies, TrialRequest request) {
            try {
                rewrite =
                        Optional.of(
                                PolicyRewrite.of(
                                        host,
                                        policies,
                                        request.context(image.name()),
                                        DecisionLog.to(decisions::add)));
            } catch (ImageException e) {
                refused = Optional.of(e);
            }
        }

        /**
         * Runs the policies.
         *
         * @return what came of it, also if they failed
         * @throws IOException if an image cannot be read or written
         */
        Trial finish() throws IOException {
            Path output = images.next();
            Optional<ImageException> failure = refused;
            var reading = new ReadOptions(List.of(), schema);
            if (rewrite.isPresent()) {
                try {
                    rewrite.get()
                            .run(
                                    () ->
                                            images.images()
                                                    .open(
                                                            ChannelSource.open(image.file()),
                                                            reading),
                                    each -> write(each, output));
                } catch (ImageException e) {
                    failure = Optional.of(e);
                    Files.deleteIfExists(output);
                }
            }
            RunSummary summary =
                    rewrite.map(PolicyRewrite::summary).orElseGet(() -> new RunSummary(List.of()));
            return of(this, summary, failure, output);
        }

        private void write(Rewrite rewritten, Path output) throws IOException {
            Files.deleteIfExists(output);
            try (ChannelSink sink = ChannelSink.create(output, image.name())) {
                rewritten.to(sink);
            }
        }

        @Override
        public void close() {
            rewrite.ifPresent(PolicyRewrite::close);
        }
    }

    /**
     * Begins a run of policies.
     *
     * @param host whose engines run them
     * @param policies in order
     * @param request what they are run over
     * @param images has the image, and a place for the output
     * @return the run, not finished
     * @throws IOException if the image cannot be read or made
     */
    static Begun begin(
            PolicyHost host, List<Policy> policies, TrialRequest request, TestImages images)
            throws IOException {
        TestImages.TestImage image = images.image(request.image(), request.schema());
        GrantDoubles doubles = GrantDoubles.of(request.grants(), request.folder(), images);
        List<Policy> given = new ArrayList<>();
        for (Policy policy : policies) given.add(doubles.given(policy, policies.size() == 1));
        var begun = new Begun(images, image, doubles, images.schema(request.schema()));
        begun.start(host, given, request);
        return begun;
    }

    /**
     * Runs policies.
     *
     * @param host whose engines run them
     * @param policies in order
     * @param request what they are run over
     * @param images has the image, and a place for the output
     * @return what came of it, also if the policies failed
     * @throws IOException if an image cannot be read or written
     */
    static Trial of(PolicyHost host, List<Policy> policies, TrialRequest request, TestImages images)
            throws IOException {
        try (Begun begun = begin(host, policies, request, images)) {
            return begun.finish();
        }
    }

    private static Trial of(
            Begun begun, RunSummary summary, Optional<ImageException> failure, Path output)
            throws IOException {
        TestImages.TestImage image = begun.image;
        List<JsonNode> entries = entries(begun.decisions);
        ObjectNode facts = facts(summary, entries, failure);
        facts.set("grants", begun.doubles.used());
        facts.put("unchanged", failure.isEmpty() && Files.mismatch(image.file(), output) < 0);
        Optional<ImageIndex> after =
                failure.isPresent()
                        ? Optional.empty()
                        : Optional.of(begun.images.index(output, begun.schema));
        List<String> messages = messages(entries);
        // A test that fails because the policy did says why the policy did.
        String outcome = facts.path("outcome").asText();
        if (failure.isPresent()) messages.add(outcome + ": " + failure.get().fault().message());
        else if (!outcome.equals("ran"))
            messages.add(outcome + ": " + facts.path("reason").asText());
        return new Trial(new TestedRun(facts, image.index(), after), messages, output);
    }

    private static ObjectNode facts(
            RunSummary summary, List<JsonNode> entries, Optional<ImageException> failure) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        ObjectNode facts = nodes.objectNode();
        Optional<String> veto =
                failure.filter(PolicyRejected.class::isInstance)
                        .map(refused -> refused.fault().problem())
                        .filter(problem -> problem.startsWith(VETOED))
                        .map(problem -> problem.substring(VETOED.length()));
        facts.put("outcome", outcome(summary, failure, veto));
        facts.put(
                "reason",
                String.join(
                        "; ",
                        summary.policies().stream()
                                .map(RunSummary.PolicySummary::reason)
                                .filter(reason -> !reason.isEmpty())
                                .toList()));
        facts.put("veto", veto.orElse(null));
        facts.put(
                "error",
                failure.filter(_ -> veto.isEmpty())
                        .map(refused -> refused.fault().message())
                        .orElse(null));
        ArrayNode edits = facts.putArray("edits");
        ArrayNode log = facts.putArray("log");
        ArrayNode warnings = facts.putArray("warnings");
        ArrayNode printed = facts.putArray("printed");
        for (JsonNode entry : entries) {
            // A run that begins again without a policy that failed has the edits of its last
            // attempt.
            if (entry.path("event").asText().equals("restart")) edits.removeAll();
            if (entry.has("log")) log.add(entry.get("log"));
            if (entry.has("warn")) warnings.add(entry.get("warn"));
            if (entry.has("print")) printed.add(entry.get("print"));
            if (entry.has("stderr")) printed.add(entry.get("stderr"));
            if (isEdit(entry)) {
                ObjectNode edit = edits.addObject();
                for (String key : List.of("policy", "hook", "element", "path", "before", "after"))
                    if (entry.has(key)) edit.set(key, entry.get(key));
            }
        }
        long pages = 0;
        long bytes = 0;
        for (RunSummary.PolicySummary policy : summary.policies()) {
            pages += policy.pages();
            bytes += policy.bytes();
        }
        facts.putObject("pages").put("edited", pages).put("bytes", bytes);
        return facts;
    }

    /** A rule that found nothing stands in the log, and is no edit. */
    private static boolean isEdit(JsonNode entry) {
        if (!entry.has("hook")) return false;
        return !entry.path("element").asText().equals("pages")
                || entry.path("after").path("pages").asLong() > 0;
    }

    private static String outcome(
            RunSummary summary, Optional<ImageException> failure, Optional<String> veto) {
        if (veto.isPresent()) return "vetoed";
        if (failure.isPresent()) return "failed";
        if (!summary.skipped().isEmpty()) return "skipped";
        return summary.policies().stream()
                        .anyMatch(policy -> policy.outcome() == RunSummary.Outcome.RAN)
                ? "ran"
                : summary.policies().isEmpty() ? "skipped" : "not-run";
    }

    /** The entries of the decision log. */
    private static List<JsonNode> entries(List<String> decisions) throws IOException {
        List<JsonNode> entries = new ArrayList<>();
        JsonMapper mapper = new JsonMapper();
        for (String line : decisions) entries.add(mapper.readTree(line));
        return entries;
    }

    private static List<String> messages(List<JsonNode> entries) {
        List<String> messages = new ArrayList<>();
        for (JsonNode entry : entries) {
            for (String channel : List.of("print", "stderr", "log", "warn"))
                if (entry.has(channel)) messages.add(channel + ": " + entry.get(channel).asText());
        }
        return messages;
    }

    TestedRun run() {
        return run;
    }

    /** What the policies printed and logged, with the way they did before each line. */
    List<String> messages() {
        return messages;
    }

    @Override
    public void close() throws IOException {
        if (run.after().isPresent()) run.after().get().close();
        Files.deleteIfExists(output);
    }
}
