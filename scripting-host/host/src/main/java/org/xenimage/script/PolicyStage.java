package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Value;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.page.PageView;
import org.xenimage.image.page.RuleScreen;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.PolicyFaults.Place;
import org.xenimage.script.PolicySpeech.Channel;
import org.xenimage.script.RunSummary.Outcome;
import org.xenimage.script.engine.HostFailure;
import org.xenimage.script.engine.PrintedLines;
import org.xenimage.script.engine.Script;
import org.xenimage.script.engine.ScriptFailure;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.grant.GrantAccess;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunBudget;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.tree.TreeDiff;
import org.xenimage.script.tree.TreeEdit;
import org.xenimage.script.view.BatchHandle;
import org.xenimage.script.view.Begin;
import org.xenimage.script.view.Change;
import org.xenimage.script.view.EditableConfig;
import org.xenimage.script.view.RecordHandle;
import org.xenimage.script.view.RunView;
import org.xenimage.script.view.Scope;
import org.xenimage.script.view.SectionHandle;
import org.xenimage.script.view.UndoFunctions;
import org.xenimage.script.view.Veto;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;

/**
 * One policy of a run, as a transform. The run starts it when the image's headers are known; until
 * then, and after it was skipped, it passes everything on.
 */
final class PolicyStage extends Stage {
    private static final Pattern PATH_STEPS = Pattern.compile("[.\\[\\]]+");

    /** Maps whose keys are the user's own. */
    private static final Pattern FREE_KEYS = Pattern.compile("(^|\\.)(xsdata|platformdata)\\.");

    private final Policy policy;
    private final Script script;
    private final RunContext run;
    private final boolean declares;
    private final ObjectNode parameters;
    private final StageJournal journal;
    private final RunBudget budget;
    private final Secrets secrets;
    private final GrantAccess grants;
    private final PrintedLines out;
    private final PrintedLines err;
    private final Begin declared;
    private final UndoFunctions undo = new UndoFunctions();
    private final HookListener hooks;
    private final StageTrace trace;
    private Object ctx = Optional.empty();
    private long inserted;
    private boolean begun;
    private final List<SiteSection> adding = new ArrayList<>();

    /** A stage that leaves page rules and the older version to another one if it does not declare. */
    PolicyStage(
            PolicyHost host,
            Policy policy,
            RunContext run,
            ObjectNode parameters,
            Secrets secrets,
            StageJournal journal,
            GrantAccess grants,
            StageTrace trace,
            RunSections sections,
            RuleScreen screen,
            boolean declares) {
        super(policy, run, secrets, journal, trace, sections, screen);
        HostOptions options = host.options();
        this.policy = policy;
        this.run = run;
        this.parameters = parameters;
        this.declares = declares;
        this.budget = options.budget();
        this.hooks = options.hooks();
        this.trace = trace;
        this.declared = new Begin(budget.rules());
        this.secrets = secrets;
        this.journal = journal;
        this.grants = grants;
        this.out = new PrintedLines(line -> journal.say(Channel.PRINT, line));
        this.err = new PrintedLines(line -> journal.say(Channel.ERROR, line));
        this.script = host.script(policy, run.now(), out, err);
    }

    @Override
    void start() {
        script.start();
    }

    @Override
    void close() {
        script.close();
    }

    /** What the policy declared, for the stage that does it. */
    Begin declared() {
        return declared;
    }

    Script script() {
        return script;
    }

    @Override
    boolean has(Hook hook) {
        return script.has(hook);
    }

    @Override
    void begin(ImageFacts image) throws IOException {
        activate(true);
        journal.ran();
        try {
            List<String> notCalled = script.load();
            journal.lines(
                    hook -> script.place(hook).map(place -> PolicyFaults.line(policy, place)));
            notCalled.forEach(journal::warn);
            PolicyHost.requireRecords(policy);
            RecordNames.warnings(policy.source()).forEach(journal::warn);
        } catch (ScriptFailure e) {
            failed(
                    PolicyFaults.of(policy, new Place("", "", Fault.NO_OFFSET), e, secrets),
                    e.kind());
            return;
        } finally {
            heard();
        }
        begun = true;
        ctx =
                new RunView(
                                run,
                                image,
                                script.values(),
                                parameters,
                                declared,
                                grants,
                                undo,
                                sections().known(),
                                this::adds,
                                (warning, message) ->
                                        journal.say(warning ? Channel.WARN : Channel.LOG, message))
                        .value();
        Object given = ctx;
        if (script.has(Hook.BEGIN)) {
            declared.declaring(true);
            hook(
                    Hook.BEGIN,
                    Place.of(policy, Hook.BEGIN),
                    () -> {
                        script.invoke(Hook.BEGIN, given);
                        return true;
                    });
            declared.declaring(false);
        }
        if (active() && declares) declare(declared.rules(), declared.downgrade());
    }

    @Override
    public void accept(ImageElement element, ImageSink down) throws IOException {
        if (!active()) {
            // What the policy did to the header holds for the records after it.
            passOn(element, down);
            return;
        }
        switch (element) {
            case Config config when script.has(Hook.CONFIG) -> passOn(config(config), down);
            case SiteMetadata metadata when script.has(Hook.METADATA) ->
                    passOn(metadata(metadata), down);
            case RecordFrame frame when script.has(Hook.RECORD) -> record(frame, down);
            case PageBatch batch -> {
                pages(batch);
                passOn(batch, down);
            }
            case StreamEnd end -> {
                logRules();
                passOn(end, down);
            }
            case Config _,
                    SiteMetadata _,
                    RecordFrame _,
                    XlHeader _,
                    LibvirtHeader _,
                    XenopsdHeader _,
                    LibxlHeader _,
                    LibxcHeader _,
                    TrailingBytes _ ->
                    passOn(element, down);
        }
    }

    @Override
    public void atEnd(ImageSink down) throws IOException {
        if (!active()) return;
        logRules();
        List<SiteSection> made = new ArrayList<>();
        for (SiteSection section : sectionsToShow()) section(section).ifPresent(made::add);
        ended();
        publish(made);
    }

    /** Calls the hook for the end of the image. */
    void ended() throws IOException {
        if (!active() || !script.has(Hook.END)) return;
        Object given = ctx;
        JsonNode summary = summaryTree();
        hook(
                Hook.END,
                Place.of(policy, Hook.END),
                () -> {
                    script.invoke(Hook.END, script.values().value(summary), given);
                    return true;
                });
    }

    @Override
    void fail(Throwable failure) {
        undo(failure);
        if (!begun || !usable() || !script.has(Hook.FAILURE)) return;
        JsonNode error = tree(failure);
        Object given = ctx;
        tolerated(
                Hook.FAILURE.in(policy.language()),
                () -> script.invoke(Hook.FAILURE, script.values().value(error), given));
    }

    /**
     * Calls the functions that the policy registered to undo what it did, the last one first, and
     * each only once. What goes wrong in one is only logged, and the next one is called.
     */
    @Override
    void undo(Throwable failure) {
        List<Value> functions = undo.take();
        if (functions.isEmpty()) return;
        JsonNode error = tree(failure);
        String name = "ctx." + script.values().spell("onFailure");
        Duration end = script.spent().plus(budget.time());
        int called = 0;
        for (Value function : functions) {
            if (!usable() || script.spent().compareTo(end) > 0) break;
            called++;
            tolerated(name, () -> function.executeVoid(script.values().value(error)));
        }
        int left = functions.size() - called;
        if (left > 0)
            journal.warn(
                    "%d of %d functions of %s are not called, and what they undo stays: %s"
                            .formatted(
                                    left,
                                    functions.size(),
                                    name,
                                    usable()
                                            ? "the others took longer than the budget of a run"
                                            : "the script was stopped"));
        journal.undone(called);
    }

    private boolean usable() {
        return !script.stopped() && !script.stuck();
    }

    /** Calls the script after a failure, which nothing that goes wrong now may hide. */
    private void tolerated(String name, Runnable body) {
        long began = trace.now();
        Place nowhere = new Place(name, "", Fault.NO_OFFSET);
        try {
            timed(
                    Hook.FAILURE,
                    () -> {
                        body.run();
                        return true;
                    });
            trace.called(Hook.FAILURE, nowhere, began, 0, Optional.empty());
        } catch (ScriptFailure e) {
            trace.called(Hook.FAILURE, nowhere, began, 0, Optional.of(secrets.hide(e.problem())));
            journal.warn(PolicyFaults.of(policy, nowhere, e, secrets).fault().message());
        } catch (HostFailure e) {
            journal.warn(name + ": " + e.getMessage());
        } finally {
            heard();
        }
    }

    private Config config(Config config) throws IOException {
        JsonNode before = config.json();
        secrets.learn(before);
        Optional<ObjectNode> after = tree(Hook.CONFIG, config, before, "config");
        after.ifPresent(secrets::learn);
        return after.isPresent() ? config.edited(after.get()) : config;
    }

    private SiteMetadata metadata(SiteMetadata metadata) throws IOException {
        secrets.learn(metadata.json());
        Optional<ObjectNode> after = tree(Hook.METADATA, metadata, metadata.json(), "meta");
        after.ifPresent(secrets::learn);
        return after.isPresent() ? metadata.edited(after.get()) : metadata;
    }

    /** A hook that edits a tree in place; nothing if it did not. */
    private Optional<ObjectNode> tree(Hook hook, ImageElement element, JsonNode before, String name)
            throws IOException {
        Object given = ctx;
        Place place = Place.of(policy, hook, element);
        Optional<TreeDiff.Outcome> outcome =
                hook(
                        hook,
                        place,
                        () -> {
                            Value value = script.values().asValue(before);
                            script.invoke(hook, value, given);
                            var compared =
                                    TreeDiff.compare(before, script.values().object(value, name));
                            if (hook == Hook.CONFIG) requireKnown(before, compared.edits());
                            if (element instanceof Config config
                                    && compared.tree() instanceof ObjectNode made)
                                EditableConfig.require(config, made);
                            return compared;
                        },
                        compared -> compared.edits().size(),
                        () -> {});
        if (outcome.isEmpty() || outcome.get().edits().isEmpty()) return Optional.empty();
        List<Change> changes = new ArrayList<>();
        for (TreeEdit edit : outcome.get().edits())
            changes.add(new Change(edit.path(), edit.before(), edit.after()));
        edited(hook, place, changes);
        if (hook == Hook.CONFIG) misspelled(before, outcome.get().edits());
        return outcome.get().tree() instanceof ObjectNode made
                ? Optional.of(made)
                : Optional.empty();
    }

    /** A new key that differs from its neighbor by one typing error is refused. */
    private static void requireKnown(JsonNode before, List<TreeEdit> edits) {
        for (TreeEdit edit : edits) {
            if (edit.before().isPresent() || FREE_KEYS.matcher(edit.path()).find()) continue;
            int dot = edit.path().lastIndexOf('.');
            if (edit.path().endsWith("]")) continue;
            List<String> beside = new ArrayList<>();
            at(before, dot < 0 ? "" : edit.path().substring(0, dot))
                    .fieldNames()
                    .forEachRemaining(beside::add);
            Nearest.slip(edit.path().substring(dot + 1), beside)
                    .ifPresent(like -> {
                        throw new ScriptRefusal(
                                "config has no key %s; did you mean %s?"
                                        .formatted(edit.path(), like));
                    });
        }
    }

    /**
     * A new key that is similar to an existing one may be misspelled: the toolstack would ignore
     * it.
     */
    private void misspelled(JsonNode before, List<TreeEdit> edits) {
        for (TreeEdit edit : edits) {
            int dot = edit.path().lastIndexOf('.');
            if (edit.before().isPresent() || edit.path().endsWith("]")) continue;
            String added = edit.path().substring(dot + 1);
            List<String> beside = new ArrayList<>();
            at(before, dot < 0 ? "" : edit.path().substring(0, dot))
                    .fieldNames()
                    .forEachRemaining(beside::add);
            Nearest.of(added, beside)
                    .ifPresent(like ->
                            journal.warn(
                                    "config has no key %s; did you mean %s?"
                                            .formatted(edit.path(), like)));
        }
    }

    private static JsonNode at(JsonNode tree, String path) {
        JsonNode at = tree;
        for (String step : PATH_STEPS.split(path, -1))
            if (!step.isEmpty())
                at =
                        at.isArray() && step.chars().allMatch(Character::isDigit)
                                ? at.path(Integer.parseInt(step))
                                : at.path(step);
        return at;
    }

    /** Calls the hook for a section; empty if it drops it. */
    Optional<SiteSection> section(SiteSection section) throws IOException {
        if (!active()) return Optional.of(section);
        Object given = ctx;
        Place place = Place.of(policy, Hook.SECTION, section.head());
        RunSections.Facts facts = sections().facts();
        Optional<SectionHandle.Outcome> result =
                hook(
                        Hook.SECTION,
                        place,
                        () -> {
                            Scope scope = new Scope(place.hook());
                            var edit =
                                    new SectionHandle(
                                            section,
                                            sections().known().layout(section.head()),
                                            script.values(),
                                            scope);
                            try {
                                script.invoke(Hook.SECTION, edit.value(), given);
                                SectionHandle.Outcome outcome = edit.outcome();
                                facts.refusal(
                                                section.head(),
                                                outcome.section().map(SiteSection::head))
                                        .ifPresent(problem -> {
                                            throw new ScriptRefusal(problem);
                                        });
                                return outcome;
                            } finally {
                                scope.close();
                            }
                        },
                        outcome -> outcome.changes().size(),
                        () -> {});
        if (result.isEmpty() || result.get().changes().isEmpty()) return Optional.of(section);
        edited(Hook.SECTION, place, result.get().changes());
        return result.get().section();
    }

    /** Takes a section that the script adds; on its thread. */
    private void adds(SiteSection section) throws IOException {
        RunSections.Facts facts = sectionFacts();
        List<SectionHead> heads = new ArrayList<>(facts.heads());
        heads.addAll(RunSections.heads(adding));
        facts.with(heads)
                .refusal(section.head())
                .ifPresent(problem -> {
                    throw new ScriptRefusal(problem);
                });
        adding.add(section);
    }

    private void record(RecordFrame frame, ImageSink down) throws IOException {
        Object given = ctx;
        Place place = Place.of(policy, Hook.RECORD, frame);
        Optional<RecordHandle.Outcome> result =
                hook(
                        Hook.RECORD,
                        place,
                        () -> {
                            Scope scope = new Scope(place.hook());
                            RecordHandle edit = new RecordHandle(frame, script.values(), scope);
                            try {
                                script.invoke(Hook.RECORD, edit.value(), given);
                                return edit.outcome();
                            } finally {
                                scope.close();
                            }
                        },
                        outcome -> outcome.changes().size(),
                        () -> {});
        if (result.isEmpty() || result.get().changes().isEmpty()) {
            passOn(frame, down);
            return;
        }
        RecordHandle.Outcome outcome = result.get();
        inserted += outcome.before().size() + outcome.after().size();
        if (inserted > budget.records())
            spent(place, "inserted more than its budget of %d records".formatted(budget.records()));
        edited(Hook.RECORD, place, outcome.changes());
        for (RecordFrame made : outcome.before()) passOn(made, down);
        if (outcome.frame().isPresent()) passOn(outcome.frame().get(), down);
        for (RecordFrame made : outcome.after()) passOn(made, down);
    }

    private void pages(PageBatch batch) throws IOException {
        boolean hook = script.has(Hook.PAGES);
        if (!hasRules() && !hook) return;
        PageView view = ruled(batch);
        if (!hook) return;
        trace.pages(batch);
        Object given = ctx;
        Place place = Place.of(policy, Hook.PAGES, batch);
        Scope scope = new Scope(place.hook());
        BatchHandle edit =
                new BatchHandle(view, script.values(), scope, policy.onError() == OnError.SKIP);
        Optional<Boolean> done =
                hook(
                        Hook.PAGES,
                        place,
                        () -> {
                            try {
                                script.invoke(Hook.PAGES, edit.value(), given);
                                return true;
                            } finally {
                                scope.close();
                            }
                        },
                        _ -> edit.changes().size(),
                        edit::undo);
        if (done.isPresent() && !edit.changes().isEmpty())
            edited(Hook.PAGES, place, edit.changes());
    }

    /** Undoes the edits that a failing hook made in place. */
    @FunctionalInterface
    private interface Undo {
        void undo() throws IOException;
    }

    private <T> Optional<T> hook(Hook hook, Place place, Callable<T> body) throws IOException {
        return hook(hook, place, body, _ -> 0, () -> {});
    }

    /** Hands on what the script printed without the end of a line. */
    private void heard() {
        out.finish();
        err.finish();
    }

    private void spent(Place place, String problem) throws IOException {
        failed(
                new PolicyFailed(
                        PolicyFaults.fault(policy, place, 0, 0)
                                .problem(problem)
                                .remedy("the budget is that of the whole run, not of one call")),
                ScriptFailure.Kind.LIMIT);
    }

    /** Calls a hook; empty if it failed and the policy was skipped. */
    private <T> Optional<T> hook(
            Hook hook, Place place, Callable<T> body, ToIntFunction<T> edits, Undo undo)
            throws IOException {
        long began = trace.now();
        try {
            T result = timed(hook, body);
            trace.called(hook, place, began, edits.applyAsInt(result), Optional.empty());
            if (script.spent().compareTo(budget.time()) > 0) {
                undo.undo();
                spent(
                        place,
                        "ran longer than its budget of %d s in one run"
                                .formatted(budget.time().toSeconds()));
                return Optional.empty();
            }
            for (SiteSection section : adding) added(hook, place, section);
            return Optional.of(result);
        } catch (ScriptFailure e) {
            if (policy.onError() == OnError.SKIP && e.kind() != ScriptFailure.Kind.STUCK)
                undo.undo();
            trace.called(hook, place, began, 0, Optional.of(secrets.hide(e.problem())));
            failed(PolicyFaults.of(policy, place, e, secrets), e.kind());
            return Optional.empty();
        } catch (HostFailure e) {
            IOException failure = ofHost(place, e.failure());
            trace.called(hook, place, began, 0, Optional.of(secrets.hide(message(failure))));
            throw failure;
        } finally {
            adding.clear();
            heard();
        }
    }

    private static String message(IOException failure) {
        return failure instanceof ImageException image
                ? image.fault().message()
                : String.valueOf(failure.getMessage());
    }

    private <T> T timed(Hook hook, Callable<T> body) throws ScriptFailure {
        long began = System.nanoTime();
        try {
            return script.call(body);
        } finally {
            hooks.onHook(policy, hook, Duration.ofNanos(System.nanoTime() - began));
        }
    }

    private IOException ofHost(Place place, Throwable failure) {
        return switch (failure) {
            case Veto veto -> {
                journal.outcome(Outcome.FAILED, "veto: " + veto.reason());
                activate(false);
                yield new PolicyRejected(
                        PolicyFaults.fault(policy, place, 0, 0)
                                .problem("vetoed: " + secrets.hide(veto.reason()))
                                .remedy("the policy refused this run"));
            }
            case IOException io -> io;
            case RuntimeException bug -> throw bug;
            case Error error -> throw error;
            default -> throw new IllegalStateException(policy + ": " + place.hook(), failure);
        };
    }

    private void failed(ImageException failure, ScriptFailure.Kind kind) throws IOException {
        activate(false);
        boolean skip = policy.onError() == OnError.SKIP && kind != ScriptFailure.Kind.STUCK;
        journal.outcome(skip ? Outcome.SKIPPED : Outcome.FAILED, failure.fault().message());
        if (!skip) throw failure;
        undo(failure);
        if (run.restartable() && journal.editsPassedOn())
            throw new PolicySkipped(policy.name(), failure);
    }

    private JsonNode summaryTree() {
        RunSummary.PolicySummary summary = journal.summary();
        ObjectNode tree =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("policy", policy.name())
                        .put("version", policy.version())
                        .put("digest", policy.digest())
                        .put("operation", run.operation().policyName())
                        .put("operator", run.operator())
                        .put("time", run.now().toString())
                        .put("edits", summary.edits())
                        .put("pages", summary.pages())
                        .put("bytes", summary.bytes());
        return tree;
    }
}
