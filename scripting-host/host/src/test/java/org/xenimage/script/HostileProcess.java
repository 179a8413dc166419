package org.xenimage.script;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.script.isolate.Message;
import org.xenimage.script.isolate.MessageKind;
import org.xenimage.script.isolate.MessageStream;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A policy's process that has been taken over: answers the config in the way that the name of its policy says. */
final class HostileProcess {
    private final FileOutputStream pipe = new FileOutputStream(FileDescriptor.out);
    private final MessageStream stream =
            new MessageStream(
                    new FileInputStream(FileDescriptor.in), pipe, MessageKind.Sender.HOST);

    /** The beginning of the names of policies whose process dies: {@code dies-STAGE-SIGNAL}. */
    static final String DIES = "dies-";

    /** Where it dies, in the order of the protocol. */
    static final List<String> STAGES =
            List.of(
                    "open",
                    "ready",
                    "begin",
                    "begun",
                    "element",
                    "asked",
                    "answered",
                    "edited",
                    "half");

    private HostileProcess() {}

    /** Dies of a signal, as native code that crashes does, if the name of the policy says so. */
    private static void at(String stage, String way) throws Exception {
        String prefix = DIES + stage + "-";
        if (!way.startsWith(prefix)) return;
        String pid = String.valueOf(ProcessHandle.current().pid());
        int _ =
                new ProcessBuilder("kill", "-" + way.substring(prefix.length()), pid)
                        .start()
                        .waitFor();
        new java.util.concurrent.CountDownLatch(1).await();
    }

    public static void main(String[] arguments) throws Exception {
        new HostileProcess().run();
    }

    private static ObjectNode head() {
        return JsonNodeFactory.instance.objectNode();
    }

    private void send(MessageKind kind, ObjectNode head) throws IOException {
        stream.send(Message.of(kind, head));
    }

    private void run() throws Exception {
        String way = StageMessages.opening(stream.receive().orElseThrow()).policy().name();
        at("open", way);
        send(MessageKind.READY, head().put("confined", "CONFINED"));
        at("ready", way);
        stream.receive();
        at("begin", way);
        ObjectNode begun = head();
        begun.putArray("hooks").add(way.startsWith("section-") ? "SECTION" : "CONFIG");
        begun.putArray("rules");
        send(MessageKind.DONE, begun);
        at("begun", way);
        if (way.equals("deaf")) new java.util.concurrent.CountDownLatch(1).await();
        stream.receive();
        at("element", way);
        if (way.startsWith(DIES)) {
            ask("inventory", "read", "");
            at("asked", way);
            stream.receive();
            at("answered", way);
            send(MessageKind.EDITED, edit());
            at("edited", way);
            pipe.write(new byte[] {0, 0, 0, 0x47, 0, 0});
            at("half", way);
        }
        answer(way);
        stream.receive();
    }

    private static Config config(String text) {
        return new Config(
                Fault.NO_OFFSET,
                ByteRun.of(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8))));
    }

    private static ObjectNode edit() {
        ObjectNode head = head().put("hook", "CONFIG");
        head.putArray("changes").addObject().put("path", "c_info.name").put("after", "evil");
        return head;
    }

    private void ask(String grant, String use, String... names) throws IOException {
        ObjectNode head = head().put("question", 1).put("grant", grant).put("use", use);
        var list = head.putArray("names");
        for (String name : names) list.add(name);
        send(MessageKind.ASKED, head);
    }

    private void section(MessageKind kind, String name, String content) throws IOException {
        ObjectNode head = head().put("hook", "CONFIG").put("name", name).put("type", "text/plain");
        stream.send(
                new Message(
                        kind,
                        head,
                        MemorySegment.ofArray(content.getBytes(StandardCharsets.UTF_8))));
    }

    private void answer(String way) throws IOException {
        switch (way) {
            case "adds-what-has-no-place" -> section(MessageKind.ADDED, "example.evil", "x");
            case "adds-what-is-no-section" -> section(MessageKind.ADDED, "../passwd", "x");
            case "replaces-what-it-was-not-given" ->
                    section(MessageKind.REPLACED, "example.console-log", "x");
            case "section-dropped-with-no-edit" -> send(MessageKind.DONE, head());
            case "section-changed-with-no-edit" -> {
                section(MessageKind.REPLACED, "example.console-log", "x");
                send(MessageKind.DONE, head());
            }
            case "section-of-another-name" -> {
                send(MessageKind.EDITED, edit());
                section(MessageKind.REPLACED, "example.other", "x");
            }
            case "section-made-twice" -> {
                send(MessageKind.EDITED, edit());
                section(MessageKind.REPLACED, "example.console-log", "x");
                send(MessageKind.KEPT, head());
            }
            case "section-added-twice" -> {
                section(MessageKind.ADDED, "example.evil", "x");
                section(MessageKind.ADDED, "example.evil", "x");
            }
            case "section-as-an-element" ->
                    stream.send(StageMessages.made(MessageKind.MADE, head(), config("{}")));
            case "unknown-kind" -> pipe.write(new byte[] {0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0});
            case "kind-of-the-host" -> pipe.write(new byte[] {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
            case "long-head" -> pipe.write(new byte[] {0, 0, 0, 0x42, -1, -1, -1, -1, 0, 0, 0, 0});
            case "bytes-where-there-are-none" ->
                    pipe.write(new byte[] {0, 0, 0, 0x49, 0, 0, 0, 2, 0, 0, 0, 9, '{', '}'});
            case "no-json" ->
                    pipe.write(new byte[] {0, 0, 0, 0x49, 0, 0, 0, 2, 0, 0, 0, 0, '}', '{'});
            case "change-without-an-edit" -> {
                stream.send(StageMessages.made(MessageKind.MADE, head(), config("{\"evil\":1}")));
                send(MessageKind.DONE, head());
            }
            case "drop-without-an-edit" -> send(MessageKind.DONE, head());
            case "element-of-another-kind" ->
                    stream.send(
                            StageMessages.made(
                                    MessageKind.MADE,
                                    head(),
                                    RecordFrame.of(
                                            RecordType.END,
                                            RecordContext.X86_64,
                                            MemorySegment.NULL)));
            case "kept-twice" -> {
                send(MessageKind.KEPT, head());
                send(MessageKind.KEPT, head());
            }
            case "skips-itself" ->
                    send(
                            MessageKind.OUTCOME,
                            head().put("outcome", "SKIPPED").put("reason", "no thanks"));
            case "blames-another-file" ->
                    send(
                            MessageKind.THROWN,
                            head().put("kind", "rejected")
                                    .put("source", "/etc/passwd")
                                    .put("problem", "is \u001b[2J wrong")
                                    .put("offset", 7));
            case "floods" -> {
                for (int i = 0; i < 200_000; i++)
                    send(MessageKind.SAID, head().put("channel", "LOG").put("text", "flood"));
            }
            case "drop-with-an-edit" -> {
                send(MessageKind.EDITED, edit());
                send(MessageKind.DONE, head());
            }
            case "repeat-with-an-edit" -> {
                send(MessageKind.EDITED, edit());
                send(MessageKind.KEPT, head());
                stream.send(StageMessages.made(MessageKind.MADE, head(), config("{\"evil\":1}")));
                send(MessageKind.DONE, head());
            }
            case "edits-without-end" -> {
                while (true) send(MessageKind.EDITED, edit());
            }
            case "goes-on-after-it-failed" -> {
                send(MessageKind.OUTCOME, head().put("outcome", "FAILED").put("reason", "x"));
                send(MessageKind.KEPT, head());
                send(MessageKind.DONE, head());
            }
            case "outcomes-without-end" -> {
                while (true)
                    send(MessageKind.OUTCOME, head().put("outcome", "FAILED").put("reason", "x"));
            }
            case "calls-without-end" -> {
                while (true) send(MessageKind.CALLED, head().put("hook", "CONFIG"));
            }
            case "makes-without-end" -> {
                byte[] large = new byte[16 << 20];
                while (true)
                    stream.send(
                            StageMessages.made(
                                    MessageKind.MADE,
                                    head(),
                                    new Config(
                                            Fault.NO_OFFSET,
                                            ByteRun.of(MemorySegment.ofArray(large)))));
            }
            case "asks-for-more" -> ask("shadow", "read", "");
            case "asks-for-a-use-that-there-is-not" -> ask("inventory", "remove");
            case "asks-with-more-than-a-use-has" -> ask("inventory", "list", "/etc/shadow");
            case "asks-twice-at-once" -> {
                ask("slow", "run");
                ask("slow", "run");
            }
            case "asks-and-waits-for-ever" -> ask("slow", "run");
            case "asks-and-goes-on" -> {
                ask("slow", "run");
                send(MessageKind.DONE, head());
            }
            case "asks-without-end" -> {
                while (true) {
                    ask("inventory", "read", "");
                    stream.receive();
                }
            }
            case "asks-as-the-host" -> pipe.write(new byte[] {0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0});
            case "exits" -> Runtime.getRuntime().halt(9);
            case "silent", "silent-after-a-failure" -> {}
            default -> throw new IllegalStateException(way);
        }
    }
}
