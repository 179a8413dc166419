package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SectionLayout;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SectionRoom;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.PolicyFaults.Place;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.explain.FieldText;
import org.xenimage.script.grant.GrantResult;
import org.xenimage.script.grant.GrantUse;
import org.xenimage.script.isolate.BrokenProtocol;
import org.xenimage.script.isolate.Message;
import org.xenimage.script.isolate.MessageKind;
import org.xenimage.script.policy.Assignment;
import org.xenimage.script.policy.FeatureChange;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyModule;
import org.xenimage.script.policy.Redaction;
import org.xenimage.script.policy.RunBudget;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.view.Change;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a stage says in messages, written and read on both sides of the pipes. */
final class StageMessages {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** The longest text of a failure or of a place. */
    private static final int TEXT_MAX = 64 << 10;

    private StageMessages() {}

    /** What a policy's process is told first. */
    record Opening(
            Policy policy,
            ObjectNode parameters,
            RunContext run,
            Limits limits,
            RunBudget budget,
            boolean showSecrets,
            Redaction redaction,
            String pages) {}

    static Message open(Opening opening) {
        Policy policy = opening.policy();
        ObjectNode head =
                NODES.objectNode()
                        .put("name", policy.name())
                        .put("skip", policy.onError() == OnError.SKIP)
                        .put("file", policy.file())
                        .put("language", policy.language().name())
                        .put("source", policy.source())
                        .put("digest", policy.digest());
        ArrayNode modules = head.putArray("modules");
        for (PolicyModule module : policy.modules()) {
            ObjectNode one =
                    modules.addObject()
                            .put("path", module.path())
                            .put("source", module.source())
                            .put("digest", module.digest());
            module.file().ifPresent(file -> one.put("file", file.toString()));
        }
        head.set("parameters", opening.parameters());
        RunContext run = opening.run();
        head.put("operation", run.operation().name())
                .put("image", run.source())
                .put("operator", run.operator())
                .put("now", run.now().toString())
                .put("restartable", run.restartable())
                .set("site", run.site());
        head.put("milliseconds", opening.limits().time().toMillis())
                .put("allocation", opening.limits().allocation())
                .put("statements", opening.limits().statements())
                .put("processor", opening.limits().processor().toMillis())
                .put("runMilliseconds", opening.limits().run().time().toMillis())
                .put("runProcessor", opening.limits().run().processor().toMillis())
                .put("runAllocation", opening.limits().run().allocation());
        RunBudget budget = opening.budget();
        head.put("budgetMilliseconds", budget.time().toMillis())
                .put("rules", budget.rules())
                .put("messages", budget.messages())
                .put("characters", budget.characters())
                .put("records", budget.records())
                .put("showSecrets", opening.showSecrets())
                .put("pages", opening.pages())
                .set("redact", opening.redaction().json());
        return Message.of(MessageKind.OPEN, head);
    }

    /** Read in the policy's process, of the host that started it. */
    static Opening opening(Message message) throws IOException {
        ObjectNode head = message.head();
        List<PolicyModule> modules = new ArrayList<>();
        for (JsonNode one : head.path("modules"))
            modules.add(
                    new PolicyModule(
                            one.path("path").asText(),
                            one.has("file")
                                    ? Optional.of(Path.of(one.path("file").asText()))
                                    : Optional.empty(),
                            one.path("source").asText(),
                            one.path("digest").asText()));
        Policy read =
                PolicyHost.received(
                        head.path("file").asText(),
                        Language.valueOf(head.path("language").asText()),
                        head.path("source").asText(),
                        modules,
                        head.path("digest").asText());
        // As a policy set has it: the host has read that.
        Policy policy =
                read.assigned(
                        head.path("name").asText(),
                        read.on(),
                        head.path("skip").asBoolean() ? OnError.SKIP : OnError.ABORT,
                        Limits.UNDECLARED,
                        new Assignment(
                                read.given().match(),
                                false,
                                false,
                                read.given().grants(),
                                Redaction.of(head.path("redact"))));
        RunContext run =
                new RunContext(
                        Operation.valueOf(head.path("operation").asText()),
                        head.path("image").asText(),
                        head.path("operator").asText(),
                        Instant.parse(head.path("now").asText()),
                        head.path("site"),
                        Map.of(),
                        head.path("restartable").asBoolean());
        return new Opening(
                policy,
                head.withObject("/parameters"),
                run,
                new Limits(
                        milliseconds(head, "milliseconds"),
                        head.path("allocation").asLong(),
                        head.path("statements").asLong(),
                        milliseconds(head, "processor"),
                        new Limits.Run(
                                milliseconds(head, "runMilliseconds"),
                                milliseconds(head, "runProcessor"),
                                head.path("runAllocation").asLong())),
                new RunBudget(
                        milliseconds(head, "budgetMilliseconds"),
                        head.path("rules").asInt(),
                        head.path("messages").asLong(),
                        head.path("characters").asLong(),
                        head.path("records").asLong()),
                head.path("showSecrets").asBoolean(),
                policy.given().redaction(),
                head.path("pages").asText());
    }

    private static Duration milliseconds(JsonNode head, String name) {
        return Duration.ofMillis(Math.max(1, head.path(name).asLong()));
    }

    static Message begin(ImageFacts facts) {
        ObjectNode head =
                NODES.objectNode()
                        .put("format", facts.format())
                        .put("guest", facts.guest())
                        .put("xen", facts.xen())
                        .put("libxcVersion", facts.libxcVersion())
                        .put("pageSize", facts.pageSize());
        facts.name().ifPresent(name -> head.put("name", name));
        facts.uuid().ifPresent(uuid -> head.put("uuid", uuid));
        return Message.of(MessageKind.BEGIN, head);
    }

    static ImageFacts facts(ObjectNode head) {
        return new ImageFacts(
                head.path("format").asText(),
                head.path("guest").asText(),
                head.path("xen").asText(),
                head.path("libxcVersion").asInt(),
                head.path("pageSize").asInt(),
                optional(head, "name"),
                optional(head, "uuid"));
    }

    private static Optional<String> optional(JsonNode head, String name) {
        return head.has(name) ? Optional.of(head.path(name).asText()) : Optional.empty();
    }

    /** The elements that a hook takes; the pages of a batch are in the shared memory. */
    static Message element(ImageElement element, boolean editsPassedOn) throws IOException {
        ObjectNode head = NODES.objectNode().put("passedOn", editsPassedOn);
        return switch (element) {
            case Config config -> made(MessageKind.ELEMENT, head, config);
            case SiteMetadata metadata -> made(MessageKind.ELEMENT, head, metadata);
            case RecordFrame frame -> made(MessageKind.ELEMENT, head, frame);
            case PageBatch batch ->
                    Message.of(
                            MessageKind.ELEMENT,
                            head.put("kind", "pages")
                                    .put("offset", batch.offset())
                                    .put("length", batch.bodyLength())
                                    .put("bigEndian", batch.order() == ByteOrder.BIG_ENDIAN));
            case org.xenimage.image.element.XlHeader _,
                    org.xenimage.image.element.LibvirtHeader _,
                    org.xenimage.image.element.XenopsdHeader _,
                    org.xenimage.image.element.LibxlHeader _,
                    org.xenimage.image.element.LibxcHeader _,
                    org.xenimage.image.element.StreamEnd _,
                    org.xenimage.image.element.TrailingBytes _ ->
                    throw new IllegalStateException(element.label() + " has no hook");
        };
    }

    static Message made(MessageKind kind, ObjectNode head, ImageElement element)
            throws IOException {
        return switch (element) {
            case Config(long offset, ByteRun bytes) ->
                    new Message(
                            kind, head.put("kind", "config").put("offset", offset), bytes.all());
            case SiteMetadata(long offset, ByteRun bytes, ByteOrder order) ->
                    new Message(
                            kind,
                            head.put("kind", "metadata")
                                    .put("offset", offset)
                                    .put("bigEndian", order == ByteOrder.BIG_ENDIAN),
                            bytes.all());
            case RecordFrame frame ->
                    new Message(
                            kind,
                            head.put("kind", "record")
                                    .put("offset", frame.offset())
                                    .put("layer", frame.type().layer().name())
                                    .put("type", Integer.toUnsignedLong(frame.type().code()))
                                    .put("length", frame.bodyLength())
                                    .put("width", frame.context().guestWidth())
                                    .put(
                                            "bigEndian",
                                            frame.context().order() == ByteOrder.BIG_ENDIAN),
                            frame.bytes().all());
            default -> throw new IllegalStateException(element.label() + " is made by no policy");
        };
    }

    private static ByteOrder order(JsonNode head) {
        return head.path("bigEndian").asBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** The element that the host sent. */
    static ImageElement received(Message message, String source, MemorySegment pages)
            throws BrokenProtocol {
        ObjectNode head = message.head();
        long offset = head.path("offset").asLong();
        ByteRun bytes = ByteRun.of(message.bytes());
        return switch (head.path("kind").asText()) {
            case "config" -> new Config(offset, bytes);
            case "metadata" -> new SiteMetadata(offset, bytes, order(head));
            case "record" ->
                    new RecordFrame(
                            source,
                            offset,
                            type(head),
                            head.path("length").asLong(),
                            new RecordContext(order(head), head.path("width").asInt()),
                            bytes);
            case "pages" ->
                    new PageBatch(
                            source,
                            offset,
                            head.path("length").asLong(),
                            order(head),
                            ByteRun.of(
                                    pages.asSlice(
                                            0,
                                            RecordFrame.paddedLength(
                                                    head.path("length").asLong()))));
            default -> throw new BrokenProtocol("unknown element");
        };
    }

    private static RecordType type(JsonNode head) throws BrokenProtocol {
        int code = (int) head.path("type").asLong();
        return switch (head.path("layer").asText()) {
            case "LIBXC" -> new RecordType(Layer.LIBXC, code);
            case "LIBXL" -> new RecordType(Layer.LIBXL, code);
            case "XENOPSD" -> new RecordType(Layer.XENOPSD, code);
            default -> throw new BrokenProtocol("unknown layer");
        };
    }

    /**
     * An element that a policy's process made of one that it was given: the same kind, and in the same image, whatever
     * the process says.
     */
    static ImageElement madeOf(Message message, ImageElement given) throws BrokenProtocol {
        ObjectNode head = message.head();
        String kind = head.path("kind").asText();
        MemorySegment bytes = message.bytes();
        return switch (given) {
            case Config _ when kind.equals("config") && bytes.byteSize() <= Config.LENGTH_MAX ->
                    new Config(Fault.NO_OFFSET, ByteRun.of(bytes));
            case SiteMetadata old when kind.equals("metadata") -> metadata(bytes, old.order());
            case RecordFrame old when kind.equals("record") -> {
                long length = head.path("length").asLong(-1);
                if (length < 0
                        || length > RecordFrame.BODY_LENGTH_MAX
                        || old.type().layer().recordLength(length) != bytes.byteSize())
                    throw new BrokenProtocol("a record of another length");
                RecordType type = type(head);
                if (type.layer() != old.type().layer() || type.equals(RecordType.PAGE_DATA))
                    throw new BrokenProtocol("a record that no policy makes");
                yield RecordFrame.of(
                        type,
                        old.context(),
                        bytes.asSlice(old.type().layer().headerLength(), length));
            }
            default -> throw new BrokenProtocol("an element of another kind");
        };
    }

    private static SiteMetadata metadata(MemorySegment bytes, ByteOrder order)
            throws BrokenProtocol {
        if (bytes.byteSize() != 0 && SiteMetadata.lengthAt(bytes, order) != bytes.byteSize())
            throw new BrokenProtocol("metadata of another length");
        return new SiteMetadata(Fault.NO_OFFSET, ByteRun.of(bytes), order);
    }

    /** A section of a site. */
    static Message section(MessageKind kind, ObjectNode head, SiteSection section) {
        return new Message(kind, head(head, section.head()), section.content());
    }

    private static ObjectNode head(ObjectNode into, SectionHead head) {
        return into.put("name", head.name())
                .put("type", head.type())
                .put("mandatory", head.mandatory())
                .put("length", head.length())
                .put("sha256", head.sha256());
    }

    /** A section that the other side made, whatever it says of its length and digest. */
    static SiteSection section(Message message) throws BrokenProtocol {
        ObjectNode head = message.head();
        try {
            return SiteSection.of(
                    head.path("name").asText(),
                    head.path("type").asText(),
                    head.path("mandatory").asBoolean(),
                    message.bytes());
        } catch (IllegalArgumentException e) {
            throw new BrokenProtocol("no section of a site", e);
        }
    }

    /** What is known of the fields of sections. */
    static void known(ObjectNode into, SectionRegistry known) {
        ObjectNode layouts = into.putObject("layouts");
        known.layouts()
                .forEach((name, layout) -> {
                    ObjectNode one = layouts.putObject(name);
                    one.set("schema", layout.schema());
                    if (known.types().containsKey(name)) one.put("type", known.types().get(name));
                });
    }

    static SectionRegistry known(ObjectNode from) throws ImageException {
        Map<String, String> types = new HashMap<>();
        Map<String, SectionLayout> layouts = new HashMap<>();
        for (Map.Entry<String, JsonNode> one : from.path("layouts").properties()) {
            layouts.put(one.getKey(), SectionLayout.of(one.getValue().path("schema")));
            if (one.getValue().has("type"))
                types.put(one.getKey(), one.getValue().path("type").asText());
        }
        return new SectionRegistry(layouts.keySet(), false, types, layouts);
    }

    static void sections(ObjectNode into, RunSections.Facts facts) {
        ObjectNode head =
                into.putObject("sections")
                        .put("told", facts.told())
                        .put("source", facts.source())
                        .put("sourceRoom", facts.sourceRoom().name())
                        .put("target", facts.target())
                        .put("room", facts.room().name());
        ArrayNode heads = head.putArray("heads");
        for (SectionHead one : facts.heads()) head(heads.addObject(), one);
    }

    static RunSections.Facts sections(ObjectNode from) {
        JsonNode head = from.path("sections");
        List<SectionHead> heads = new ArrayList<>();
        for (JsonNode one : head.path("heads"))
            heads.add(
                    new SectionHead(
                            one.path("name").asText(),
                            one.path("type").asText(),
                            one.path("mandatory").asBoolean(),
                            one.path("length").asLong(),
                            one.path("sha256").asText()));
        return new RunSections.Facts(
                head.path("told").asBoolean(),
                head.path("source").asText(),
                SectionRoom.valueOf(head.path("sourceRoom").asText()),
                head.path("target").asText(),
                SectionRoom.valueOf(head.path("room").asText()),
                heads);
    }

    static ObjectNode edited(Hook hook, Place place, List<Change> changes) {
        ObjectNode head =
                NODES.objectNode()
                        .put("hook", hook.name())
                        .put("place", place.hook())
                        .put("element", place.element())
                        .put("offset", place.offset());
        ArrayNode list = head.putArray("changes");
        for (Change change : changes) {
            ObjectNode one = list.addObject().put("path", change.path());
            change.before().ifPresent(value -> one.set("before", value));
            change.after().ifPresent(value -> one.set("after", value));
            change.features().ifPresent(features -> one.set("features", FieldText.json(features)));
        }
        return head;
    }

    static List<Change> changes(JsonNode head) {
        List<Change> changes = new ArrayList<>();
        for (JsonNode one : head.path("changes"))
            changes.add(
                    new Change(
                            one.path("path").asText(),
                            Optional.ofNullable(one.get("before")),
                            Optional.ofNullable(one.get("after")),
                            Optional.ofNullable(one.get("features"))
                                    .map(features ->
                                            new FeatureChange(
                                                    texts(features.path("set")),
                                                    texts(features.path("cleared"))))));
        return changes;
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        for (JsonNode one : list) texts.add(one.asText());
        return texts;
    }

    /** A failure of the policy: {@code skipped} if the run is to begin again without it. */
    static Message thrown(Throwable failure, boolean stuck) {
        ObjectNode head = NODES.objectNode().put("stuck", stuck);
        Throwable told = failure;
        if (failure instanceof PolicySkipped && failure.getCause() != null) {
            head.put("skipped", true);
            told = failure.getCause();
        }
        if (!(told instanceof ImageException image)) {
            head.put("kind", "failed").put("problem", text(String.valueOf(told.getMessage())));
            return Message.of(MessageKind.THROWN, head);
        }
        Fault fault = image.fault();
        String frame = String.valueOf(image.getMessage());
        frame = frame.startsWith(fault.message()) ? frame.substring(fault.message().length()) : "";
        head.put("kind", image instanceof PolicyRejected ? "rejected" : "failed")
                .put("source", text(fault.source()))
                .put("offset", fault.offset())
                .put("element", text(fault.element()))
                .put("field", text(fault.field()))
                .put("expected", text(fault.expected()))
                .put("found", text(fault.found()))
                .put("problem", text(fault.problem()))
                .put("remedy", text(fault.remedy()))
                .put("frame", text(frame));
        return Message.of(MessageKind.THROWN, head);
    }

    /** A question of the policy: a use of a grant. */
    static Message asked(long question, GrantUse use) {
        ObjectNode head =
                NODES.objectNode()
                        .put("question", question)
                        .put("grant", use.grant())
                        .put("use", use.verb())
                        .put("sent", use.sent());
        ArrayNode names = head.putArray("names");
        use.names().forEach(names::add);
        return Message.of(MessageKind.ASKED, head);
    }

    /** The use that a question is about, of a grant that the policy has. */
    static GrantUse use(ObjectNode head, Policy policy) throws BrokenProtocol {
        String grant = head.path("grant").asText();
        if (!policy.wants().containsKey(grant))
            throw new BrokenProtocol("asked for a grant that its policy does not have");
        try {
            return GrantUse.of(
                    head.path("use").asText(),
                    grant,
                    texts(head.path("names")),
                    head.path("sent").asText());
        } catch (IllegalArgumentException e) {
            throw new BrokenProtocol(String.valueOf(e.getMessage()), e);
        }
    }

    /** What came of a use. */
    static Message answered(long question, GrantResult result) {
        ObjectNode head = NODES.objectNode().put("question", question);
        String text = "";
        switch (result) {
            case GrantResult.Nothing _ -> head.put("result", "nothing");
            case GrantResult.Text(String read) -> {
                head.put("result", "text");
                text = read;
            }
            case GrantResult.Names(List<String> names) -> {
                ArrayNode list = head.put("result", "names").putArray("names");
                names.forEach(list::add);
            }
            case GrantResult.Finished(boolean done, int status, String output) -> {
                head.put("result", "finished").put("done", done).put("status", status);
                text = output;
            }
        }
        return new Message(
                MessageKind.ANSWERED,
                head,
                MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A use that was refused. */
    static Message refused(long question, String problem) {
        return Message.of(
                MessageKind.ANSWERED,
                NODES.objectNode()
                        .put("question", question)
                        .put("result", "refused")
                        .put("problem", text(problem)));
    }

    /** What came of a use, as the policy's process gets it of the host. */
    static GrantResult result(Message answer) {
        ObjectNode head = answer.head();
        return switch (head.path("result").asText()) {
            case "nothing" -> new GrantResult.Nothing();
            case "text" -> new GrantResult.Text(text(answer.bytes()));
            case "names" -> new GrantResult.Names(texts(head.path("names")));
            case "finished" ->
                    new GrantResult.Finished(
                            head.path("done").asBoolean(),
                            head.path("status").asInt(),
                            text(answer.bytes()));
            default -> throw new ScriptRefusal(head.path("problem").asText());
        };
    }

    private static String text(MemorySegment bytes) {
        return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private static String text(String any) {
        return any.length() <= TEXT_MAX ? any : any.substring(0, TEXT_MAX) + "…";
    }

    /** The failure as the host throws it: of this policy's files, whatever its process says. */
    static ImageException failure(ObjectNode head, Policy policy) {
        String source = head.path("source").asText();
        boolean own = source.startsWith(policy.file());
        for (PolicyModule module : policy.modules()) own |= source.startsWith(module.displayName());
        Fault fault =
                new Fault(
                        own ? source : policy.file(),
                        head.path("offset").asLong(Fault.NO_OFFSET),
                        own ? field(head, "element") : "policy " + policy.name(),
                        field(head, "field"),
                        field(head, "expected"),
                        field(head, "found"),
                        field(head, "problem"),
                        field(head, "remedy"));
        String frame = field(head, "frame");
        return head.path("kind").asText().equals("rejected")
                ? new PolicyRejected(fault, frame, new IsolatedFailure())
                : new PolicyFailed(fault, frame, new IsolatedFailure());
    }

    static String field(JsonNode head, String name) {
        return text(head.path(name).asText());
    }

    /** Stands for the exception that caused a failure in the policy's process. */
    private static final class IsolatedFailure extends Exception {
        private static final long serialVersionUID = 1L;

        IsolatedFailure() {
            super("in the policy's process");
        }
    }

    /** A time that the process measured, of at most an hour. */
    static Duration took(JsonNode head) {
        return Duration.ofNanos(
                Math.clamp(head.path("nanoseconds").asLong(), 0L, 3_600_000_000_000L));
    }
}
