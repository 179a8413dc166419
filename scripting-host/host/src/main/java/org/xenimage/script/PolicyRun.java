package org.xenimage.script;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.page.RuleScreen;
import org.xenimage.image.rewrite.SectionEditor;
import org.xenimage.image.verify.Guard;
import org.xenimage.script.explain.EditDiff;
import org.xenimage.script.grant.HostGrants;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.Redaction;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.policy.Secrets;
import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One run of policies over one image.
 *
 * <p>{@link #transform} is put between a reader and a writer. Policies run in order, each on the
 * output of the previous one. A {@link Guard} follows each, so that a policy that breaks the image
 * is named. A policy that does not match the image is never started. If the run fails, the caller
 * calls {@link #fail}, and in any case {@link #close}. For one image and one thread; the hooks run
 * on separate threads, one by one, while that thread waits.
 *
 * <p>A policy with {@code onError: 'skip'} that fails is skipped from there on; edits of its
 * earlier hooks stay if they were passed on, and {@link RunSummary.PolicySummary#editsPassedOn}
 * says so. Only beginning again without it undoes them: see {@link RunContext#restartable} and
 * {@link #without}. A guard that refuses what such a policy made cannot undo it either: it leads to
 * a new beginning where that is possible, and ends the run where it is not.
 */
public final class PolicyRun implements AutoCloseable {
    private final PolicyHost host;
    private final List<Policy> policies;
    private final RunContext context;
    private final DecisionLog log;
    private final List<Stage> stages = new ArrayList<>();
    private final ImageTransform chain;
    private final ImageTransform transform;
    private final Optional<ShadowRun> shadow;
    private final List<ObjectNode> parameters;
    private final RunObservation observation;
    private Optional<PolicyRewrite.Source> again = Optional.empty();
    private final RunSections sections = new RunSections();

    /** The page rules of all policies. */
    private final RuleScreen screen = new RuleScreen();

    private boolean ended;
    private boolean failed;
    private final Redaction redaction;
    private final Set<String> seen;

    PolicyRun(
            PolicyHost host,
            List<Policy> policies,
            RunContext context,
            DecisionLog log,
            RunObservation observation)
            throws ImageException {
        this(
                host,
                policies,
                Parameters.of(
                        policies,
                        observation.shadow().map(Shadow::candidates).orElse(List.of()),
                        context),
                context,
                log,
                observation,
                redaction(policies),
                ConcurrentHashMap.newKeySet());
    }

    private static Redaction redaction(List<Policy> policies) {
        Redaction all = Redaction.NONE;
        for (Policy policy : policies) all = all.and(policy.given().redaction());
        return all;
    }

    private PolicyRun(
            PolicyHost host,
            List<Policy> policies,
            List<ObjectNode> parameters,
            RunContext context,
            DecisionLog log,
            RunObservation observation,
            Redaction redaction,
            Set<String> seen) {
        this.redaction = redaction;
        this.seen = seen;
        this.host = host;
        this.policies = List.copyOf(policies);
        this.parameters = List.copyOf(parameters);
        this.context = context;
        this.log = log;
        this.observation = observation;
        for (int i = 0; i < policies.size(); i++)
            stages.add(stage(host, policies.get(i), parameters.get(i)));
        ImageTransform composed = ImageTransform.IDENTITY;
        for (Stage stage : stages)
            composed = composed.andThen(stage).andThen(new Guard(context.source(), stage::refuse));
        chain = compared(composed);
        shadow = observation.shadow().map(this::shadow);
        transform =
                new Preamble(this::begin)
                        .andThen(
                                redaction.isNone()
                                        ? ImageTransform.IDENTITY
                                        : new Learning(secrets()))
                        .andThen(shadow.isPresent() ? shadow.get() : chain)
                        .andThen(new Ending(log, this::end));
        for (Stage stage : stages) if (stage.certain()) stage.start();
    }

    private Stage stage(PolicyHost host, Policy policy, ObjectNode given) {
        HostOptions options = host.options();
        Secrets secrets = Parameters.secrets(policy, given, options.showSecrets(), redaction, seen);
        secrets.learn(context.site());
        PolicyJournal journal = new PolicyJournal(policy, context, log, options, secrets);
        StageTrace trace = new StageTrace(observation.trace(), policy);
        return options.isolation().includes(policy)
                ? new IsolatedStage(
                        options, policy, context, given, secrets, journal, trace, sections, screen)
                : new PolicyStage(
                        host,
                        policy,
                        context,
                        given,
                        secrets,
                        journal,
                        new HostGrants(policy, context, options.effects(), journal::grant),
                        trace,
                        sections,
                        screen,
                        true);
    }

    /** The candidates beside this run: the same operation on the same image, with what they are given of parameters. */
    private ShadowRun shadow(Shadow asked) {
        return new ShadowRun(
                asked,
                chain,
                this::editsPages,
                this,
                () -> {
                    PolicyHost.requireGiven(asked.candidates(), host.options());
                    return new PolicyRun(
                            host.unheard(),
                            asked.candidates(),
                            Parameters.of(asked.candidates(), policies, context),
                            context.withRestartable(false),
                            DecisionLog.none(),
                            RunObservation.NONE,
                            redaction,
                            seen);
                });
    }

    /** The policies and their guards, without what holds the first elements back. */
    ImageTransform chain() {
        return chain;
    }

    private ImageTransform compared(ImageTransform composed) {
        if (observation.diff().isEmpty()) return composed;
        EditDiff diff = observation.diff().get();
        diff.begin(secrets());
        return diff.around(composed, this::editsPages);
    }

    Secrets secrets() {
        Secrets all =
                (host.options().showSecrets() ? Secrets.TOLD : Secrets.BY_NAME)
                        .with(redaction, seen);
        for (Stage stage : stages) all = all.and(stage.secrets());
        return all;
    }

    /** Looks in the image for what is to be kept out of all that is said about it. */
    private record Learning(Secrets secrets) implements ImageTransform {
        @Override
        public void accept(ImageElement element, ImageSink down) throws IOException {
            if (element instanceof Config config) secrets.learn(config.json());
            if (element instanceof SiteMetadata metadata) secrets.learn(metadata.json());
            down.accept(element);
        }
    }

    /** Whether the image can be read again. */
    boolean restartable() {
        return context.restartable();
    }

    boolean editsPages() {
        return stages.stream().anyMatch(Stage::editsPages);
    }

    /** A step of a run. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    /** Passes on what is in the log, and notices the end. */
    private record Ending(DecisionLog log, Step end) implements ImageTransform {
        @Override
        public void accept(ImageElement element, ImageSink down) throws IOException {
            log.requireWritten();
            down.accept(element);
        }

        @Override
        public void atEnd(ImageSink down) throws IOException {
            end.run();
            log.requireWritten();
        }
    }

    /** {@return the policies and their guards as one transform, valid for one image} */
    public ImageTransform transform() {
        return transform;
    }

    /**
     * {@return what edits the sections of sites by the policies: to be given to {@code Rewrite.editing} together with
     * the transform, without which the policies are told that the run has none}
     */
    public SectionEditor sections() {
        return sections;
    }

    /** Has the sections of another run's image. */
    void follow(PolicyRun other) {
        sections.follow(other.sections);
    }

    /** The sections as they were and as the policies left them. */
    RunSections edited() {
        return sections;
    }

    void begin(ImageFacts image) throws IOException {
        shadow.ifPresent(run -> run.begin(image));
        ObjectNode entry =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("event", "begin")
                        .put("time", context.now().toString())
                        .put("operation", context.operation().policyName())
                        .put("operator", context.operator())
                        .put("source", context.source());
        ObjectNode facts =
                entry.putObject("image")
                        .put("format", image.format())
                        .put("guest", image.guest())
                        .put("xen", image.xen())
                        .put("libxcVersion", image.libxcVersion());
        image.name().ifPresent(name -> facts.put("name", name));
        image.uuid().ifPresent(uuid -> facts.put("uuid", uuid));
        ArrayNode list = entry.putArray("policies");
        for (int i = 0; i < stages.size(); i++) {
            Policy policy = policies.get(i);
            ObjectNode one =
                    list.addObject()
                            .put("policy", policy.name())
                            .put("version", policy.version())
                            .put("digest", policy.digest())
                            .put("file", policy.file());
            ObjectNode given =
                    Parameters.logged(policy, parameters.get(i), stages.get(i).secrets());
            if (!given.isEmpty()) one.set("parameters", given);
        }
        log.add(entry);
        List<Stage> matching = new ArrayList<>();
        for (Stage stage : stages) if (stage.applies(image)) matching.add(stage);
        for (Stage stage : matching) stage.start();
        for (Stage stage : matching) stage.begin(image);
        search(matching);
    }

    /**
     * Lets the policies look at the image before it is rewritten, which finds the matches of their page rules that are
     * split over two pages anywhere.
     *
     * @param opening opens the image again, once more than its rewrite does
     */
    public void searching(PolicyRewrite.Source opening) {
        again = Optional.of(opening);
        shadow.ifPresent(run -> run.searching(opening));
    }

    private void search(List<Stage> matching) throws IOException {
        if (matching.stream().noneMatch(Stage::searches)) return;
        try (SplitSearch search =
                new SplitSearch(
                        again.isPresent() ? ImageIndex.of(again.get().open()) : Optional.empty())) {
            for (Stage stage : matching) stage.search(search);
            search.run();
            for (Stage stage : matching) stage.searched(search);
        }
    }

    private void end() throws IOException {
        if (ended) return;
        ended = true;
        if (observation.diff().isPresent() && sections.edited())
            observation
                    .diff()
                    .get()
                    .sections(sections.original(), sections.current(), sections.known());
        log.add(counts("end"));
    }

    private ObjectNode counts(String event) {
        ObjectNode entry = JsonNodeFactory.instance.objectNode().put("event", event);
        ArrayNode list = entry.putArray("policies");
        for (RunSummary.PolicySummary policy : summary().policies())
            list.addObject()
                    .put("policy", policy.policy().name())
                    .put(
                            "outcome",
                            policy.outcome()
                                    .name()
                                    .toLowerCase(java.util.Locale.ROOT)
                                    .replace('_', '-'))
                    .put("edits", policy.edits())
                    .put("pages", policy.pages())
                    .put("bytes", policy.bytes());
        return entry;
    }

    /** {@return what the run did so far} */
    public RunSummary summary() {
        return new RunSummary(stages.stream().map(stage -> stage.journal().summary()).toList());
    }

    /**
     * Notifies every policy that began, the last one first, that the run failed: calls the functions
     * that it gave to {@code ctx.onFailure}, the last one first, and then its hook {@code onFailure}.
     * Only the first call counts. What goes wrong in it is logged, and thrown by nothing.
     *
     * @param failure what failed, of a policy or anything else
     */
    public void fail(Throwable failure) {
        if (failed) return;
        failed = true;
        ended = true;
        for (Stage stage : stages.reversed()) tolerated(failure, () -> stage.fail(failure));
        shadow.ifPresent(run -> run.fail(failure));
        log.add(counts("failed").put("reason", String.valueOf(failure.getMessage())));
    }

    /**
     * Undoes what the policies did outside the image, because the run begins again and they do it
     * again: calls the functions given to {@code ctx.onFailure}, as {@link #fail} does.
     */
    private void undo(Throwable failure) {
        for (Stage stage : stages.reversed()) tolerated(failure, () -> stage.undo(failure));
    }

    /** A bug or a listener that throws must not hide what failed first. */
    private static void tolerated(Throwable failure, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            if (!e.equals(failure)) failure.addSuppressed(e);
        }
    }

    /**
     * The same run without some policies. What all policies gave to {@code ctx.onFailure} is called
     * by this, because each that stays begins again.
     *
     * @param names of the policies to omit
     * @param failure why
     * @return a new run, for the same image from its beginning; this one must still be closed
     */
    public PolicyRun without(Collection<String> names, Throwable failure) {
        Set<String> left = Set.copyOf(names);
        undo(failure);
        for (String name : left) {
            log.add(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("event", "restart")
                            .put("without", name));
            observation.trace().ifPresent(trace -> trace.restarted(name));
        }
        List<Policy> active = new ArrayList<>();
        List<ObjectNode> theirs = new ArrayList<>();
        for (int i = 0; i < policies.size(); i++) {
            if (left.contains(policies.get(i).name())) continue;
            active.add(policies.get(i));
            theirs.add(parameters.get(i)); // of the omitted ones, no other need know its parameters
        }
        return new PolicyRun(host, active, theirs, context, log, observation, redaction, seen);
    }

    /** Gives back what the policies' contexts hold. */
    @Override
    public void close() {
        shadow.ifPresent(ShadowRun::close);
        for (Stage stage : stages) stage.close();
    }
}
