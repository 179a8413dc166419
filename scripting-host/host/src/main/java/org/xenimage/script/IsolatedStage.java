package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
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
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.page.RuleScreen;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.PolicyFaults.Place;
import org.xenimage.script.PolicySpeech.Channel;
import org.xenimage.script.RunSummary.Outcome;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.SourcePlace;
import org.xenimage.script.grant.GrantAccess;
import org.xenimage.script.grant.GrantUse;
import org.xenimage.script.grant.HostGrants;
import org.xenimage.script.isolate.BrokenProtocol;
import org.xenimage.script.isolate.ChildFailure;
import org.xenimage.script.isolate.Message;
import org.xenimage.script.isolate.MessageKind;
import org.xenimage.script.isolate.PolicyChild;
import org.xenimage.script.isolate.RuleMessages;
import org.xenimage.script.isolate.SharedPages;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.view.Change;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * A policy whose script runs in its own process.
 *
 * <p>This side has the image. It sends the process the elements for which the policy has hooks, one by one, and does
 * not trust the answers: an element is passed on only after the process has reported that it is done, every changed
 * element must have an edit in the log, the process cannot report about other policies, and the guard checks the
 * result. Page rules run here, and so do uses of grants. If the process ends, the policy has failed.
 */
final class IsolatedStage extends Stage {
    private static final String PROGRAM = PolicyProcess.class.getName();

    /** Starting a JVM and a language takes long on a busy machine. */
    private static final Duration START = Duration.ofMinutes(2);

    /** After the time limit of a hook, the process waits for its script to stop, and then reports it. */
    private static final Duration SLACK = Duration.ofSeconds(15);

    /** How long a use of a grant may take to stop. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    /** What one answer may make, in bytes: the longest record twice. */
    private static final long MADE_MAX = 2 * RecordFrame.paddedLength(RecordFrame.BODY_LENGTH_MAX);

    /** The most messages in an answer, apart from output; a normal answer has far fewer. */
    private static final int EVENTS_MAX = 200_000;

    private static final String SHARED = "the memory shared with its process failed: ";

    private final HostOptions options;
    private final ObjectNode parameters;
    private final PolicyJournal own;
    private final StageTrace trace;
    private final Limits limits;
    private final String program;
    private final GrantAccess grants;
    private final Queue<ObjectNode> uses = new ConcurrentLinkedQueue<>();
    private final Set<Hook> hooks = EnumSet.noneOf(Hook.class);
    private @Nullable Running running;
    private boolean begun;
    private long inserted;
    private long asked;

    /** When the process began to be asked: what it is given takes time as well. */
    private long asking;

    /** The process and what it shares. */
    private record Running(PolicyChild child, SharedPages pages) {}

    IsolatedStage(
            HostOptions options,
            Policy policy,
            RunContext run,
            ObjectNode parameters,
            Secrets secrets,
            PolicyJournal own,
            StageTrace trace,
            RunSections sections,
            RuleScreen screen) {
        this(options, policy, run, parameters, secrets, own, trace, sections, screen, PROGRAM);
    }

    /** A stage whose process runs another program, such as a hostile one in a test. */
    IsolatedStage(
            HostOptions options,
            Policy policy,
            RunContext run,
            ObjectNode parameters,
            Secrets secrets,
            PolicyJournal own,
            StageTrace trace,
            RunSections sections,
            RuleScreen screen,
            String program) {
        super(policy, run, secrets, own, trace, sections, screen);
        this.options = options;
        this.parameters = parameters;
        this.own = own;
        this.trace = trace;
        this.program = program;
        this.limits = policy.limits().within(options.limits());
        this.grants = new HostGrants(policy, run, options.effects(), uses::add);
    }

    @Override
    boolean has(Hook hook) {
        return hooks.contains(hook);
    }

    @Override
    void start() {
        if (running != null) return;
        try {
            running = launch();
        } catch (IOException e) {
            // It will fail again in a place where it can be reported.
        }
    }

    private Running launch() throws IOException {
        SharedPages pages = SharedPages.create();
        PolicyChild child;
        try {
            child = PolicyChild.start(program, options.isolation().heap());
        } catch (IOException | RuntimeException e) {
            pages.close();
            throw e;
        }
        try {
            child.send(
                    StageMessages.open(
                            new StageMessages.Opening(
                                    policy(),
                                    parameters,
                                    run(),
                                    limits,
                                    options.budget(),
                                    options.showSecrets(),
                                    secrets().redaction(),
                                    pages.name().toString())),
                    START);
        } catch (ChildFailure e) {
            // Its end is in the queue, and says more.
        }
        return new Running(child, pages);
    }

    @Override
    void begin(ImageFacts image) throws IOException {
        activate(true);
        own.ran();
        Place place = Place.of(policy(), Hook.BEGIN);
        try {
            if (running == null) running = launch();
            Running process = running;
            Message ready = process.child().receive(START);
            if (ready.kind() != MessageKind.READY)
                throw process.child().broken(new BrokenProtocol("not ready"));
            process.pages().unlink();
            if (!ready.head().path("confined").asText().equals("CONFINED"))
                own.warn(
                        "its process has its own heap, but this system cannot block network and file access");
            Message begin = StageMessages.begin(image);
            asking = trace.now();
            StageMessages.sections(begin.head(), sections().facts());
            StageMessages.known(begin.head(), sections().known());
            process.child().send(begin, START);
            begun = true;
        } catch (ChildFailure e) {
            gone(place, e);
            return;
        } catch (IOException e) {
            gone(place, "could not be isolated: " + e.getMessage(), e);
            return;
        }
        Answer answer = answer(place, limits.time().multipliedBy(2).plus(START), null);
        if (active()) declared(place, answer.done());
    }

    private void declared(Place place, ObjectNode done) throws IOException {
        try {
            for (JsonNode name : done.path("hooks")) hooks.add(Hook.valueOf(name.asText()));
            own.lines(hook -> line(done.path("lines").path(hook.name())));
            declare(
                    RuleMessages.decode(done.path("rules"), options.budget().rules()),
                    done.path("downgrade").asBoolean());
        } catch (BrokenProtocol e) {
            gone(place, process().child().broken(e));
        } catch (IllegalArgumentException e) {
            gone(place, process().child().broken(new BrokenProtocol("unknown hook", e)));
        }
    }

    /** A line of the policy or of one of its modules, as the process reports it. */
    private Optional<String> line(JsonNode place) {
        int line = place.path("line").asInt();
        return line <= 0
                ? Optional.empty()
                : Optional.of(
                        PolicyFaults.line(
                                policy(), new SourcePlace(place.path("module").asText(), line, 0)));
    }

    private Running process() {
        if (running == null) throw new IllegalStateException(policy() + " was not started");
        return running;
    }

    @Override
    public void accept(ImageElement element, ImageSink down) throws IOException {
        if (!active()) {
            passOn(element, down);
            return;
        }
        switch (element) {
            case Config config -> element(Hook.CONFIG, config, down);
            case SiteMetadata metadata -> element(Hook.METADATA, metadata, down);
            case RecordFrame frame -> element(Hook.RECORD, frame, down);
            case PageBatch batch -> {
                if (hasRules()) ruled(batch);
                element(Hook.PAGES, batch, down);
            }
            case StreamEnd end -> {
                logRules();
                passOn(end, down);
            }
            case XlHeader _,
                    LibvirtHeader _,
                    XenopsdHeader _,
                    LibxlHeader _,
                    LibxcHeader _,
                    TrailingBytes _ ->
                    passOn(element, down);
        }
    }

    private void element(Hook hook, ImageElement element, ImageSink down) throws IOException {
        if (!hooks.contains(hook)) {
            passOn(element, down);
            return;
        }
        Place place = Place.of(policy(), hook, element);
        Running process = process();
        asking = trace.now();
        try {
            if (element instanceof PageBatch batch) process.pages().write(batch.bytes().all());
            process.child()
                    .send(StageMessages.element(element, journal().editsPassedOn()), patience());
        } catch (ChildFailure e) {
            gone(place, e);
            passOn(element, down);
            return;
        } catch (IOException e) {
            gone(place, SHARED + e.getMessage(), e);
            passOn(element, down);
            return;
        }
        Answer answer = answer(place, patience(), element);
        if (element instanceof PageBatch batch && answer.edited() && active()) {
            try {
                process.pages().read(PageBatch.FIXED_LENGTH + 8L * batch.count(), batch.editData());
            } catch (IOException e) {
                // Some of the pages may be the process's: the batch must not go on, even if others
                // do.
                gone(place, SHARED + e.getMessage(), e);
                throw failure(place, SHARED + e.getMessage(), e);
            }
        }
        for (ImageElement made : answer.elements()) passOn(made, down);
    }

    private Duration patience() {
        return limits.time().plus(SLACK);
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

    private Optional<SiteSection> section(SiteSection section) throws IOException {
        if (!active()) return Optional.of(section);
        Place place = Place.of(policy(), Hook.SECTION, section.head());
        ObjectNode head = JsonNodeFactory.instance.objectNode();
        StageMessages.sections(head, sections().facts());
        asking = trace.now();
        try {
            process()
                    .child()
                    .send(StageMessages.section(MessageKind.SECTION, head, section), patience());
        } catch (ChildFailure e) {
            gone(place, e);
            return Optional.of(section);
        }
        var given = new GivenSection(section, sections().facts());
        answer(place, patience(), patience(), null, Optional.of(given));
        return active() ? given.made() : Optional.of(section);
    }

    /** What the process does with a section that it was given. */
    private static final class GivenSection {
        private final SiteSection given;
        private final RunSections.Facts facts;
        private Optional<SiteSection> made = Optional.empty();

        GivenSection(SiteSection given, RunSections.Facts facts) {
            this.given = given;
            this.facts = facts;
        }

        void make(SiteSection section) throws BrokenProtocol {
            if (made.isPresent()) throw new BrokenProtocol("two sections in the place of one");
            if (!section.name().equals(given.name()))
                throw new BrokenProtocol("a section of another name");
            made = Optional.of(section);
        }

        void done(int edits) throws BrokenProtocol {
            if (edits == 0 && !made.equals(Optional.of(given)))
                throw new BrokenProtocol("a change without an edit in the log");
            if (facts.refusal(given.head(), made.map(SiteSection::head)).isPresent())
                throw new BrokenProtocol("a section that must stay as it is");
        }

        Optional<SiteSection> made() {
            return made;
        }
    }

    private void ended() throws IOException {
        if (!active() || !hooks.contains(Hook.END)) return;
        Place place = Place.of(policy(), Hook.END);
        ObjectNode sections = JsonNodeFactory.instance.objectNode();
        StageMessages.sections(sections, sections().facts());
        RunSummary.PolicySummary summary = own.summary();
        asking = trace.now();
        try {
            process()
                    .child()
                    .send(
                            Message.of(
                                    MessageKind.END,
                                    sections.put("edits", summary.edits())
                                            .put("pages", summary.pages())
                                            .put("bytes", summary.bytes())),
                            patience());
        } catch (ChildFailure e) {
            gone(place, e);
            return;
        }
        answer(place, patience(), null);
    }

    @Override
    void fail(Throwable failure) {
        told(MessageKind.FAIL, failure);
    }

    @Override
    void undo(Throwable failure) {
        told(MessageKind.UNDO, failure);
    }

    /** Tells the policy after a failure, which nothing that goes wrong now may hide. */
    private void told(MessageKind kind, Throwable failure) {
        if (!begun || running == null || !running.child().alive()) return;
        try {
            asking = trace.now();
            running.child().send(Message.of(kind, tree(failure)), patience());
            answer(
                    Place.of(policy(), Hook.FAILURE),
                    patience(),
                    options.budget().time().plus(SLACK),
                    null,
                    Optional.empty());
        } catch (IOException e) {
            own.warn(Hook.FAILURE.in(policy().language()) + ": " + e.getMessage());
        }
    }

    /** The result of a request: the elements to pass on, and the fields of the last message. */
    private record Answer(List<ImageElement> elements, boolean edited, ObjectNode done) {}

    /**
     * Takes what the process says until it is done. If it fails, the policy has: the element goes on as it was, if the
     * run does.
     */
    private Answer answer(Place place, Duration patience, @Nullable ImageElement given)
            throws IOException {
        return answer(place, patience, patience, given, Optional.empty());
    }

    /** As above, for several calls: each has its own deadline, which the report of the call before it begins. */
    private Answer answer(
            Place place,
            Duration patience,
            Duration all,
            @Nullable ImageElement given,
            Optional<GivenSection> section)
            throws IOException {
        List<ImageElement> elements = new ArrayList<>();
        int edits = 0;
        int events = 0;
        long bytes = 0;
        boolean changed = false;
        Optional<Outcome> outcome = Optional.empty();
        long began = asking;
        if (given instanceof PageBatch batch) trace.pages(batch);
        PolicyChild child = process().child();
        Optional<Hook> called = Optional.empty();
        long last = System.nanoTime() + all.toNanos();
        long end = System.nanoTime() + patience.toNanos();
        Optional<Message> early = Optional.empty();
        try {
            while (true) {
                Message message = early.isPresent() ? early.get() : child.receive(left(end));
                early = Optional.empty();
                ObjectNode head = message.head();
                if (message.kind() != MessageKind.SAID && ++events > EVENTS_MAX)
                    throw new BrokenProtocol("more messages than an answer has");
                switch (message.kind()) {
                    case SAID -> said(head);
                    case CALLED -> {
                        options.hooks().onHook(policy(), hook(head), StageMessages.took(head));
                        called = Optional.of(hook(head));
                        long next = System.nanoTime() + patience.toNanos();
                        end = next - last > 0 ? last : next;
                    }
                    case UNDONE -> own.undone(Math.max(0, head.path("functions").asInt()));
                    case OUTCOME -> {
                        if (outcome.isPresent())
                            throw new BrokenProtocol("two outcomes of one call");
                        outcome = Optional.of(outcome(head));
                    }
                    case EDITED -> {
                        if ((given == null && section.isEmpty()) || edits > 0)
                            throw new BrokenProtocol("edits of what it was not given");
                        List<Change> changes = StageMessages.changes(head);
                        edits += changes.size();
                        edited(section.isPresent() ? Hook.SECTION : hook(head), place, changes);
                    }
                    case ASKED -> {
                        // A script that goes on after a refusal is refused again, but not for ever.
                        if (++asked > 2L * HostGrants.USES_MAX)
                            throw new BrokenProtocol("used grants far more than it may");
                        early = errand(head, end);
                        if (early.isPresent() && early.get().kind() == MessageKind.ASKED)
                            throw new BrokenProtocol("asked again before it had its answer");
                    }
                    case KEPT -> {
                        if (section.isPresent()) {
                            section.get().make(section.get().given);
                            continue;
                        }
                        if (given == null || elements.contains(given))
                            throw new BrokenProtocol("kept what it was not given");
                        elements.add(given);
                    }
                    case REPLACED -> {
                        if (section.isEmpty())
                            throw new BrokenProtocol("replaced what it was not given");
                        section.get().make(StageMessages.section(message));
                    }
                    case ADDED -> {
                        SiteSection made = StageMessages.section(message);
                        if (sectionFacts().refusal(made.head()).isPresent())
                            throw new BrokenProtocol("added a section that has no place");
                        added(hook(head), place, made);
                    }
                    case MADE -> {
                        bytes += message.bytes().byteSize();
                        if (given == null
                                || elements.size() + inserted > options.budget().records()
                                || bytes > MADE_MAX)
                            throw new BrokenProtocol("more than it may make");
                        changed = true;
                        elements.add(StageMessages.madeOf(message, given));
                    }
                    case DONE -> {
                        // A failed policy ends with THROWN: the image must not continue without it.
                        if (outcome.equals(Optional.of(Outcome.FAILED)))
                            throw new BrokenProtocol("went on after its policy had failed");
                        if (section.isPresent()) section.get().done(edits);
                        changed |= given != null && !elements.contains(given);
                        if (changed && edits == 0)
                            throw new BrokenProtocol("a change without an edit in the log");
                        // The guest is in these: no policy drops or repeats one.
                        if (given != null
                                && !(given instanceof RecordFrame)
                                && elements.size() != 1)
                            throw new BrokenProtocol(
                                    "%d elements in the place of %s"
                                            .formatted(elements.size(), given.label()));
                        inserted += Math.max(0, elements.size() - 1);
                        if (called.isPresent())
                            trace.called(called.get(), place, began, edits, Optional.empty());
                        return new Answer(elements, edits > 0, head);
                    }
                    case THROWN -> {
                        if (head.path("stuck").asBoolean()) child.close();
                        ImageException failure = StageMessages.failure(head, policy());
                        if (called.isPresent())
                            trace.called(
                                    called.get(),
                                    place,
                                    began,
                                    0,
                                    Optional.of(secrets().hide(failure.fault().message())));
                        boolean skip = head.path("skipped").asBoolean();
                        if (skip && policy().onError() == OnError.SKIP && run().restartable()) {
                            activate(false);
                            throw new PolicySkipped(policy().name(), failure);
                        }
                        if (active()) {
                            own.outcome(Outcome.FAILED, failure.fault().message());
                            activate(false);
                        }
                        throw failure;
                    }
                    case READY, OPEN, BEGIN, ELEMENT, SECTION, END, FAIL, UNDO, ANSWERED ->
                            throw new BrokenProtocol(message.kind() + " comes here at no time");
                }
            }
        } catch (BrokenProtocol e) {
            gone(place, child.broken(e));
        } catch (ChildFailure e) {
            gone(place, e);
        }
        return new Answer(
                given == null ? List.of() : List.of(given),
                false,
                JsonNodeFactory.instance.objectNode());
    }

    private static Duration left(long end) {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    /**
     * Uses a grant for the process, which waits for it. As in this process, the use ends with the call: a message that
     * comes before the answer says that the call was stopped.
     *
     * @return that message; empty if the process got its answer
     */
    private Optional<Message> errand(ObjectNode head, long end) throws IOException {
        PolicyChild child = process().child();
        long question = head.path("question").asLong();
        GrantUse use = StageMessages.use(head, policy());
        CompletableFuture<Message> answer = new CompletableFuture<>();
        Thread worker =
                Thread.ofPlatform()
                        .daemon()
                        .name("grant of policy " + policy().name())
                        .start(() -> use(question, use, answer));
        Optional<Message> early;
        try {
            early = child.receive(left(end), answer);
        } finally {
            worker.interrupt();
            answer.completeOnTimeout(
                            StageMessages.refused(question, "did not stop"),
                            GRACE.toMillis(),
                            TimeUnit.MILLISECONDS)
                    .join();
            for (ObjectNode used = uses.poll(); used != null; used = uses.poll()) own.grant(used);
        }
        if (early.isEmpty()) child.send(answer.join(), left(end));
        return early;
    }

    private void use(long question, GrantUse use, CompletableFuture<Message> answer) {
        try {
            answer.complete(StageMessages.answered(question, grants.use(use)));
        } catch (ScriptRefusal | IllegalArgumentException e) {
            answer.complete(StageMessages.refused(question, String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            answer.complete(StageMessages.refused(question, "stopped"));
        } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
        }
    }

    private static Hook hook(ObjectNode head) throws BrokenProtocol {
        try {
            return Hook.valueOf(head.path("hook").asText());
        } catch (IllegalArgumentException e) {
            throw new BrokenProtocol("unknown hook", e);
        }
    }

    private void said(ObjectNode head) throws BrokenProtocol {
        Channel channel;
        try {
            channel = Channel.valueOf(head.path("channel").asText());
        } catch (IllegalArgumentException e) {
            throw new BrokenProtocol("unknown channel", e);
        }
        if (!own.relay(channel, head.path("text").asText()))
            throw new BrokenProtocol("said far more than its budget");
    }

    /** The process may report only that its policy failed or, if that is allowed, was skipped. */
    private Outcome outcome(ObjectNode head) throws BrokenProtocol {
        Outcome now =
                switch (head.path("outcome").asText()) {
                    case "FAILED" -> Outcome.FAILED;
                    case "SKIPPED" -> Outcome.SKIPPED;
                    default -> throw new BrokenProtocol("unknown outcome");
                };
        if (now == Outcome.SKIPPED && policy().onError() != OnError.SKIP)
            throw new BrokenProtocol("skipped a policy that must run");
        own.outcome(now, StageMessages.field(head, "reason"));
        activate(false);
        return now;
    }

    private void gone(Place place, ChildFailure failure) throws IOException {
        gone(place, String.valueOf(failure.getMessage()), failure);
    }

    /** The process cannot be used any more: the policy has failed, and its {@code onError} decides. */
    private void gone(Place place, String problem, IOException cause) throws IOException {
        if (running != null) running.child().close();
        PolicyFailed failure = failure(place, problem, cause);
        if (!active()) throw failure;
        activate(false);
        boolean skip = policy().onError() == OnError.SKIP;
        own.outcome(skip ? Outcome.SKIPPED : Outcome.FAILED, failure.fault().message());
        if (!skip) throw failure;
        if (run().restartable() && own.editsPassedOn())
            throw new PolicySkipped(policy().name(), failure);
    }

    private PolicyFailed failure(Place place, String problem, IOException cause) {
        return new PolicyFailed(
                PolicyFaults.fault(policy(), place, 0, 0)
                        .problem(problem)
                        .remedy("correct the policy, or run without it"),
                cause);
    }

    @Override
    void close() {
        if (running == null) return;
        running.child().close();
        running.pages().close();
    }
}
