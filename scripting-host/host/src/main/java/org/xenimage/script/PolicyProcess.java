package org.xenimage.script;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.page.RuleScreen;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.engine.Script;
import org.xenimage.script.engine.ScriptFailure;
import org.xenimage.script.isolate.BrokenProtocol;
import org.xenimage.script.isolate.ChildInbox;
import org.xenimage.script.isolate.Message;
import org.xenimage.script.isolate.MessageKind;
import org.xenimage.script.isolate.MessageStream;
import org.xenimage.script.isolate.ReadableFiles;
import org.xenimage.script.isolate.RuleMessages;
import org.xenimage.script.isolate.SharedPages;
import org.xenimage.script.isolate.SystemCalls;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.Secrets;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The program of a policy's process: one stage, which does what the host asks of it over standard input and says what
 * came of it over standard output. The host starts it; nobody else has a use for it.
 */
final class PolicyProcess {
    private final MessageStream stream;
    private final StageMessages.Opening opening;
    private final MemorySegment pages;
    private final RelayedJournal journal;
    private final PolicyStage stage;
    private final RunSections sections = new RunSections();

    private PolicyProcess(
            MessageStream stream,
            ChildInbox inbox,
            StageMessages.Opening opening,
            MemorySegment pages,
            PolicyHost host) {
        this.stream = stream;
        this.opening = opening;
        this.pages = pages;
        Policy policy = opening.policy();
        Secrets secrets =
                Parameters.secrets(
                        policy,
                        opening.parameters(),
                        opening.showSecrets(),
                        policy.given().redaction(),
                        ConcurrentHashMap.newKeySet());
        secrets.learn(opening.run().site());
        this.journal =
                new RelayedJournal(
                        new PolicyJournal(
                                policy, opening.run(), DecisionLog.none(), host.options(), secrets),
                        message -> send(stream, message));
        this.stage =
                new PolicyStage(
                        host,
                        policy,
                        opening.run(),
                        opening.parameters(),
                        secrets,
                        journal,
                        new AskedGrants(policy, inbox, message -> send(stream, message)),
                        new StageTrace(Optional.empty(), policy),
                        sections,
                        new RuleScreen(),
                        false);
    }

    /**
     * Runs until the host closes its end.
     *
     * @param arguments none
     * @throws IOException if the host is none
     * @throws InterruptedException never: nothing interrupts this thread
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        MessageStream stream =
                new MessageStream(
                        new FileInputStream(FileDescriptor.in),
                        new FileOutputStream(FileDescriptor.out),
                        MessageKind.Sender.HOST);
        Optional<Message> first = stream.receive();
        if (first.isEmpty()) return;
        StageMessages.Opening opening = StageMessages.opening(first.get());
        Path name = Path.of(opening.pages());
        MemorySegment pages = SharedPages.map(name);
        Files.deleteIfExists(name); // the host does so as well, unless it is killed before
        // Before any thread is started that could run something of the policy.
        SystemCalls.Outcome files = ReadableFiles.confine();
        ChildInbox inbox = ChildInbox.open(stream);
        HostOptions options =
                HostOptions.defaults()
                        .withLimits(opening.limits())
                        .withBudget(opening.budget())
                        .withSecrets(opening.showSecrets())
                        .withSpeech((_, _, channel, text) -> said(stream, channel, text))
                        .withHooks((_, hook, took) -> called(stream, hook, took.toNanos()));
        PolicyProcess process =
                new PolicyProcess(stream, inbox, opening, pages, PolicyHost.open(options));
        process.ready(files);
        while (true) process.serve(inbox.request());
    }

    private static void send(MessageStream stream, Message message) {
        try {
            synchronized (stream) {
                stream.send(message);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void said(MessageStream stream, PolicySpeech.Channel channel, String text) {
        send(
                stream,
                Message.of(
                        MessageKind.SAID, head().put("channel", channel.name()).put("text", text)));
    }

    private static void called(MessageStream stream, Hook hook, long nanoseconds) {
        send(
                stream,
                Message.of(
                        MessageKind.CALLED,
                        head().put("hook", hook.name()).put("nanoseconds", nanoseconds)));
    }

    private static ObjectNode head() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** The language is made before the system calls go: it may unpack files of its own. */
    private void ready(SystemCalls.Outcome files) {
        Script script = stage.script();
        script.start();
        try {
            script.started();
        } catch (ScriptFailure e) {
            // Loading the policy fails with it again, where it is reported.
        }
        send(
                stream,
                Message.of(
                        MessageKind.READY,
                        head().put("confined", SystemCalls.confine().name())
                                .put("files", files.name())));
    }

    private void serve(Message asked) throws IOException {
        Message answer;
        try {
            answer = answer(asked);
        } catch (BrokenProtocol e) {
            throw e;
        } catch (IOException e) {
            answer = StageMessages.thrown(e, stage.script().stuck());
        }
        send(stream, answer);
    }

    private Message answer(Message asked) throws IOException {
        ObjectNode head = asked.head();
        ObjectNode done = head();
        switch (asked.kind()) {
            case BEGIN -> {
                sections.relay(StageMessages.sections(head));
                sections.relay(StageMessages.known(head));
                stage.begin(StageMessages.facts(head));
                ArrayNode hooks = done.putArray("hooks");
                ObjectNode lines = done.putObject("lines");
                for (Hook hook : stage.script().hooks()) {
                    hooks.add(hook.name());
                    stage.script()
                            .place(hook)
                            .ifPresent(place ->
                                    lines.putObject(hook.name())
                                            .put("module", place.module())
                                            .put("line", place.line()));
                }
                done.put("downgrade", stage.declared().downgrade())
                        .set("rules", RuleMessages.encode(stage.declared().rules()));
            }
            case ELEMENT -> element(asked);
            case END -> {
                journal.hostCounts(
                        head.path("edits").asLong(),
                        head.path("pages").asLong(),
                        head.path("bytes").asLong());
                sections.relay(StageMessages.sections(head));
                stage.ended();
            }
            case SECTION -> {
                sections.relay(StageMessages.sections(head));
                section(StageMessages.section(asked));
            }
            case FAIL -> stage.fail(new HostFailed(head));
            case UNDO -> stage.undo(new HostFailed(head));
            case OPEN,
                    ANSWERED,
                    READY,
                    SAID,
                    EDITED,
                    OUTCOME,
                    UNDONE,
                    CALLED,
                    KEPT,
                    MADE,
                    DONE,
                    THROWN,
                    ASKED,
                    ADDED,
                    REPLACED ->
                    throw new BrokenProtocol(asked.kind() + " comes here at no time");
        }
        return Message.of(MessageKind.DONE, done);
    }

    @SuppressWarnings("ReferenceEquality") // Kept is the very element that was given.
    private void element(Message asked) throws IOException {
        journal.hostPassedOn(asked.head().path("passedOn").asBoolean());
        ImageElement given = StageMessages.received(asked, opening.run().source(), pages);
        stage.accept(
                given,
                made ->
                        send(
                                stream,
                                made == given
                                        ? Message.of(MessageKind.KEPT)
                                        : switch (made) {
                                            case Config _, SiteMetadata _, RecordFrame _ ->
                                                    StageMessages.made(
                                                            MessageKind.MADE, head(), made);
                                            default ->
                                                    throw new IllegalStateException(made.label());
                                        }));
    }

    private void section(SiteSection given) throws IOException {
        Optional<SiteSection> made = stage.section(given);
        if (made.isPresent())
            send(
                    stream,
                    made.get().equals(given)
                            ? Message.of(MessageKind.KEPT)
                            : StageMessages.section(MessageKind.REPLACED, head(), made.get()));
    }

    /** What failed in the host, as its policy is told. */
    static final class HostFailed extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient ObjectNode head;

        HostFailed(ObjectNode head) {
            super(head.path("message").asText());
            this.head = head;
        }

        String kind() {
            return head.path("kind").asText();
        }
    }
}
