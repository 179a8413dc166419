package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.BYTES;
import static org.xenimage.script.api.ScriptType.Plain.BYTES_LIKE;
import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.JSON;
import static org.xenimage.script.api.ScriptType.Plain.NOTHING;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.RECORD_TYPE;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.layout.FieldJson;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.XenRecord;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.tree.TreeDiff;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * {@code record}: one record, as a hook sees and edits it. Fields and bytes are decoded on demand,
 * and compared when the hook has returned.
 */
public final class RecordHandle {

    private static final CallParameter FEATURE =
            CallParameter.required(
                    "name", STRING, "the name in cpufeatureset.h, in lowercase, such as avx2");
    private static final CallParameter TYPE =
            CallParameter.required(
                    "type",
                    ScriptType.oneOf(RECORD_TYPE, NUMBER),
                    "the name of the type, or its number");
    private static final CallParameter CONTENT =
            CallParameter.required(
                    "content",
                    ScriptType.oneOf(new ScriptType.MapOf(JSON), BYTES_LIKE),
                    "the fields, or the bytes of the body");

    static final Members<RecordHandle> RECORD =
            Members.<RecordHandle>of(
                            "XenRecord",
                            "record",
                            "One record other than PAGE_DATA, its fields and bytes decoded on demand.")
                    .setting(Setting.in("onRecord"))
                    .value(
                            "type",
                            RECORD_TYPE,
                            "The type, by its name in the specification; a number in hex if it has none.",
                            self -> self.frame.type().specName())
                    .example(
                            "if (record.type !== 'X86_TSC_INFO') return;",
                            "if record.type != 'X86_TSC_INFO': return")
                    .value(
                            "layer",
                            ScriptType.choice("libxl", "libxc"),
                            "The stream that the record belongs to.",
                            self -> self.frame.type().layer().specName())
                    .example(
                            "if (record.layer === 'libxl') return;",
                            "if record.layer == 'libxl': return")
                    .value(
                            "optional",
                            FLAG,
                            "Whether a reader that does not know the record may ignore it.",
                            self -> self.frame.type().optional())
                    .example(
                            "if (record.optional) record.drop();",
                            "if record.optional: record.drop()")
                    .value(
                            "offset",
                            ScriptType.orNull(NUMBER),
                            "Where the record begins in the image; none if a policy made it.",
                            self ->
                                    self.frame.offset() == Fault.NO_OFFSET
                                            ? null
                                            : self.frame.offset())
                    .example(
                            "ctx.log(`${record.type} at ${record.offset}`);",
                            "ctx.log(f'{record.type} at {record.offset}')")
                    .value(
                            "length",
                            NUMBER,
                            "The length of the body in bytes.",
                            self -> self.frame.bodyLength())
                    .example(
                            "if (record.length > 65536) ctx.warn('a long record');",
                            "if record.length > 65536: ctx.warn('a long record')")
                    .value(
                            "fields",
                            new ScriptType.MapOf(JSON),
                            "The fields by name, to be edited in place; the type of the record says which.",
                            RecordHandle::fields)
                    .example(
                            "if (record.type === 'X86_TSC_INFO') record.fields.khz = 2400000;",
                            "if record.type == 'X86_TSC_INFO': record.fields['khz'] = 2400000")
                    .value(
                            "bytes",
                            BYTES,
                            "The bytes of the body, to be edited in place or assigned.",
                            RecordHandle::bytes,
                            RecordHandle::setBytes)
                    .example("const first = record.bytes[0];", "first = record.bytes[:1]")
                    .value(
                            "vendor",
                            ScriptType.orNull(STRING),
                            "The vendor of the processor, such as GenuineIntel.",
                            self -> self.cpuid("vendor").vendor().orElse(null))
                    .only("X86_CPUID_POLICY")
                    .example(
                            "if (record.type === 'X86_CPUID_POLICY') ctx.log(record.vendor);",
                            "if record.type == 'X86_CPUID_POLICY': ctx.log(record.vendor)")
                    .value(
                            "features",
                            ScriptType.list(STRING),
                            "The features that the guest sees, by their names in cpufeatureset.h.",
                            RecordHandle::features)
                    .only("X86_CPUID_POLICY")
                    .example(
                            "if (record.type === 'X86_CPUID_POLICY') ctx.log(record.features.join(' '));",
                            "if record.type == 'X86_CPUID_POLICY': ctx.log(' '.join(record.features))")
                    .function(
                            Signature.of("feature", FLAG, FEATURE),
                            "Whether the guest sees a feature of the processor.",
                            (self, arguments) ->
                                    self.cpuid("feature")
                                            .hasFeature(
                                                    arguments
                                                            .text("name")
                                                            .orElseThrow(() ->
                                                                    arguments.refusal(
                                                                            "needs the name of a feature"))))
                    .only("X86_CPUID_POLICY")
                    .example(
                            "if (record.type === 'X86_CPUID_POLICY' && !record.feature('avx2')) ctx.warn('no AVX2');",
                            "if record.type == 'X86_CPUID_POLICY' and not record.feature('avx2'): ctx.warn('no AVX2')")
                    .function(
                            Signature.of(
                                    "setFeature",
                                    FLAG,
                                    FEATURE,
                                    CallParameter.required(
                                            "present", FLAG, "whether the guest shall see it")),
                            "Shows or hides a feature; returns whether that changed anything.",
                            RecordHandle::setFeature)
                    .only("X86_CPUID_POLICY")
                    .example(
                            "if (record.type === 'X86_CPUID_POLICY') record.setFeature('avx2', false);",
                            "if record.type == 'X86_CPUID_POLICY': record.set_feature('avx2', False)")
                    .function(
                            Signature.of("drop", NOTHING),
                            "Leaves the record out, where the format allows it.",
                            RecordHandle::drop)
                    .example(
                            "if (record.optional) record.drop();",
                            "if record.optional: record.drop()")
                    .function(
                            Signature.positional("replace", NOTHING, TYPE, CONTENT),
                            "Puts another record in its place.",
                            RecordHandle::replace)
                    .example(
                            "if (record.type === 'X86_MSR_POLICY') record.replace('X86_MSR_POLICY', record.bytes);",
                            "if record.type == 'X86_MSR_POLICY': record.replace('X86_MSR_POLICY', record.bytes)")
                    .function(
                            Signature.positional("insertBefore", NOTHING, TYPE, CONTENT),
                            "Inserts a record before this one.",
                            (self, arguments) -> self.insert(arguments, self.before))
                    .example(
                            "if (record.type === 'HVM_PARAMS') record.insertBefore('0x80001234', new Uint8Array(8));",
                            "if record.type == 'HVM_PARAMS': record.insert_before('0x80001234', bytes(8))")
                    .function(
                            Signature.positional("insertAfter", NOTHING, TYPE, CONTENT),
                            "Inserts a record after this one.",
                            (self, arguments) -> self.insert(arguments, self.after))
                    .example(
                            "if (record.type === 'HVM_PARAMS') record.insertAfter('0x80001235', new Uint8Array(8));",
                            "if record.type == 'HVM_PARAMS': record.insert_after('0x80001235', bytes(8))")
                    .summary(self ->
                            "%s, %d bytes".formatted(self.frame.label(), self.frame.bodyLength()))
                    .build();

    private RecordFrame frame;
    private final Values values;
    private final Scope scope;
    private final List<RecordFrame> before = new ArrayList<>();
    private final List<RecordFrame> after = new ArrayList<>();
    private Optional<RecordFrame> replacement = Optional.empty();
    private boolean dropped;
    private @Nullable XenRecord decoded;
    private @Nullable XenRecord current;
    private @Nullable Value fieldsGiven;
    private @Nullable ObjectNode fieldsShown;
    private @Nullable Value bytesValue;
    private byte @Nullable [] bytesAssigned;

    /**
     * A record in the hands of a hook.
     *
     * @param frame the record
     * @param values bridge to the script that sees it
     * @param scope the hook
     */
    public RecordHandle(RecordFrame frame, Values values, Scope scope) {
        this.frame = frame;
        this.values = values;
        this.scope = scope;
    }

    /** {@return what the script is given} */
    public Object value() {
        return new View<>(RECORD, this, values, scope);
    }

    /** {@return the record as it was when it was created, or last applied} */
    public RecordFrame frame() {
        return frame;
    }

    /** {@return whether a script may have edited it} */
    public boolean touched() {
        return dropped
                || replacement.isPresent()
                || !before.isEmpty()
                || !after.isEmpty()
                || fieldsGiven != null
                || current != null
                || bytesValue != null
                || bytesAssigned != null;
    }

    /**
     * Applies the edits of the record: the next outcome contains only later edits. Values that the
     * script holds stay connected where they still show what the record holds.
     *
     * @param made its replacement
     */
    public void take(RecordFrame made) {
        before.clear();
        after.clear();
        boolean byFields = replacement.isEmpty() && bytesAssigned == null && fieldsGiven != null;
        boolean byBytes = replacement.isEmpty() && bytesAssigned == null && !fieldsEdited();
        replacement = Optional.empty();
        bytesAssigned = null;
        frame = made;
        if (byFields && fieldsEdited()) {
            decoded = current;
            bytesValue = null;
            return;
        }
        decoded = null;
        current = null;
        fieldsGiven = null;
        fieldsShown = null;
        if (!byBytes) bytesValue = null;
    }

    private boolean fieldsEdited() {
        return current != null && decoded != null && !current.equals(decoded);
    }

    /**
     * What a hook did with a record.
     *
     * @param before records to insert before it
     * @param frame its replacement, empty if it was dropped
     * @param after records to insert after it
     * @param changes the edits, for the log; empty if nothing was done
     */
    public record Outcome(
            List<RecordFrame> before,
            Optional<RecordFrame> frame,
            List<RecordFrame> after,
            List<Change> changes) {}

    /**
     * Examines the state after the hook. On the script's thread.
     *
     * @return the outcome
     * @throws IOException if the record cannot be read
     */
    public Outcome outcome() throws IOException {
        List<Change> changes = new ArrayList<>();
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        for (RecordFrame made : before) changes.add(inserted("insertBefore", made));
        Optional<RecordFrame> result = Optional.of(frame);
        if (dropped) {
            result = Optional.empty();
            changes.add(
                    new Change(
                            "drop",
                            Optional.of(nodes.textNode(frame.type().toString())),
                            Optional.empty()));
        } else if (replacement.isPresent()) {
            result = replacement;
            changes.add(
                    new Change(
                            "replace",
                            Optional.of(FieldComparison.bytes(body())),
                            Optional.of(described(replacement.get()))));
        } else {
            result = Optional.of(edited(changes));
        }
        for (RecordFrame made : after) changes.add(inserted("insertAfter", made));
        return new Outcome(List.copyOf(before), result, List.copyOf(after), List.copyOf(changes));
    }

    private RecordFrame edited(List<Change> changes) throws IOException {
        byte[] bytes = bytesNow();
        boolean bytesEdited = bytes != null && !Arrays.equals(bytes, body());
        takeFields();
        boolean fieldsEdited = fieldsEdited();
        if (bytesEdited && fieldsEdited)
            throw new ScriptRefusal(
                    "both record.fields and record.bytes were edited: edit one of them");
        if (bytesEdited && bytes != null) {
            changes.add(
                    new Change(
                            "bytes",
                            Optional.of(FieldComparison.bytes(body())),
                            Optional.of(FieldComparison.bytes(bytes))));
            return frame.withBody(MemorySegment.ofArray(bytes));
        }
        if (!fieldsEdited || current == null || decoded == null) return frame;
        changes.addAll(FieldComparison.between(decoded, current));
        RecordFrame made = RecordFrame.of(current, frame.context());
        return Arrays.equals(made.body().toArray(ValueLayout.JAVA_BYTE), body()) ? frame : made;
    }

    private byte[] body() throws IOException {
        return frame.body().toArray(ValueLayout.JAVA_BYTE);
    }

    private static Change inserted(String how, RecordFrame made) throws IOException {
        return new Change(how, Optional.empty(), Optional.of(described(made)));
    }

    private static JsonNode described(RecordFrame made) throws IOException {
        ObjectNode described = JsonNodeFactory.instance.objectNode();
        described.put("type", made.type().toString());
        described.setAll(FieldComparison.bytes(made.body().toArray(ValueLayout.JAVA_BYTE)));
        return described;
    }

    private XenRecord current() throws IOException {
        takeFields();
        if (current == null) {
            decoded = frame.decode();
            current = decoded;
        }
        return current;
    }

    private Object fields() throws IOException {
        if (fieldsGiven == null) {
            ObjectNode summary = TypedFields.tree(current().fields());
            assert Conformance.holds(
                            new ScriptType.Keyed(RecordFields.fields(frame.type())),
                            summary,
                            values)
                    : "the fields of " + frame.type() + " are not as described: " + summary;
            fieldsShown = summary;
            fieldsGiven = values.asValue(summary);
        }
        return fieldsGiven;
    }

    /** Takes over what the script did to the fields it was given. */
    private void takeFields() {
        if (fieldsGiven == null || fieldsShown == null) return;
        TreeDiff.Outcome outcome =
                TreeDiff.compare(fieldsShown, values.tree(fieldsGiven, "record.fields"));
        if (outcome.edits().isEmpty()) return;
        Conformance.unknownKey(RecordFields.fields(frame.type()), outcome.tree(), "")
                .ifPresent(unknown -> {
                    throw unknown;
                });
        if (!(outcome.tree() instanceof ObjectNode tree))
            throw new ScriptRefusal(
                    "record.fields: expected the fields, found " + outcome.tree().getNodeType());
        current = XenRecord.ofFields(frame.type(), frame.context(), FieldJson.fields(tree));
        fieldsShown = tree;
    }

    private Object bytes() throws IOException {
        if (bytesAssigned != null) return bytesAssigned.clone();
        if (bytesValue == null) {
            bytesValue = values.bytes(body());
        }
        return bytesValue;
    }

    private void setBytes(Value value) {
        bytesAssigned = values.bytes(value, "record.bytes");
    }

    private byte @Nullable [] bytesNow() {
        if (bytesAssigned != null) return bytesAssigned;
        return bytesValue == null ? null : values.bytes(bytesValue, "record.bytes");
    }

    private CpuidPolicy cpuid(String member) throws IOException {
        if (frame.type().equals(RecordType.X86_CPUID_POLICY)
                && current() instanceof CpuidPolicy policy) return policy;
        throw new ScriptRefusal(
                "record."
                        + values.spell(member)
                        + " is of X86_CPUID_POLICY only, found "
                        + frame.type());
    }

    private JsonNode features() throws IOException {
        ArrayNode features = JsonNodeFactory.instance.arrayNode();
        cpuid("features").features().forEach(features::add);
        return features;
    }

    private @Nullable Object setFeature(Arguments arguments) throws IOException {
        String name =
                arguments
                        .text("name")
                        .orElseThrow(() -> arguments.refusal("needs the name of a feature"));
        boolean present =
                arguments
                        .flag("present")
                        .orElseThrow(() -> arguments.refusal("needs true or false"));
        CpuidPolicy policy = cpuid("setFeature");
        if (policy.hasFeature(name) == present) return false;
        current = policy.withFeature(name, present);
        fieldsGiven = null;
        fieldsShown = null;
        return true;
    }

    private @Nullable Object drop(Arguments arguments) {
        if (replacement.isPresent())
            throw arguments.refusal("after replace is not allowed: use only one of them");
        dropped = true;
        return null;
    }

    private @Nullable Object replace(Arguments arguments) {
        if (dropped) throw arguments.refusal("after drop is not allowed: use only one of them");
        replacement = Optional.of(make(arguments));
        return null;
    }

    private @Nullable Object insert(Arguments arguments, List<RecordFrame> where) {
        where.add(make(arguments));
        return null;
    }

    private RecordFrame make(Arguments arguments) {
        RecordType type = type(arguments);
        if (type.equals(RecordType.PAGE_DATA))
            throw arguments.refusal("of PAGE_DATA is not allowed: edit pages in place");
        Value content = arguments.get("content");
        if (values.isBytes(content))
            return RecordFrame.of(
                    type, frame.context(), MemorySegment.ofArray(values.bytes(content, "content")));
        JsonNode tree = values.tree(content, "content");
        if (!(tree instanceof ObjectNode fields)) throw arguments.refusal("needs fields or bytes");
        return RecordFrame.of(
                XenRecord.ofFields(type, frame.context(), FieldJson.fields(fields)),
                frame.context());
    }

    private RecordType type(Arguments arguments) {
        Value given = arguments.get("type");
        if (given.isNumber())
            return new RecordType(
                    frame.type().layer(), (int) arguments.integer("type", 0, 0xffffffffL));
        String name = arguments.text("type").orElse("");
        if (name.startsWith("0x") && name.length() <= 10) {
            try {
                return new RecordType(
                        frame.type().layer(), Integer.parseUnsignedInt(name.substring(2), 16));
            } catch (NumberFormatException e) {
                throw arguments.refusal("type: expected a name or a number, found " + name);
            }
        }
        return RecordType.named(frame.type().layer(), name)
                .orElseThrow(() ->
                        arguments.refusal(
                                "type: there is no "
                                        + frame.type().layer().specName()
                                        + " record "
                                        + name
                                        + Nearest.suggestion(
                                                name, RecordType.names(frame.type().layer()))));
    }
}
