package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.BYTES;
import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.JSON;
import static org.xenimage.script.api.ScriptType.Plain.NOTHING;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SectionLayout;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.Checked;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.script.tree.TreeDiff;
import org.xenimage.script.tree.TreeEdit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code section}: one section of a site, as a hook sees and edits it; compared when the hook has returned. */
public final class SectionHandle {
    static final Members<SectionHandle> SECTION =
            Members.<SectionHandle>of(
                            "SiteSection",
                            "section",
                            "One section of a site in a native image, such as the console log of the guest.")
                    .setting(Setting.in("onSection"))
                    .value(
                            "name",
                            STRING,
                            "The name, with the namespace of the site.",
                            self -> self.given.name())
                    .example(
                            "if (section.name !== 'example.console-log') return;",
                            "if section.name != 'example.console-log': return")
                    .value(
                            "type",
                            STRING,
                            "The type of the content, such as text/plain; can be assigned.",
                            self -> self.type,
                            SectionHandle::setType)
                    .example(
                            "if (section.type === 'text/plain') ctx.log(section.name);",
                            "if section.type == 'text/plain': ctx.log(section.name)")
                    .value(
                            "mandatory",
                            FLAG,
                            "Whether a reader that does not know the section must refuse the image; can be assigned.",
                            self -> self.mandatory,
                            SectionHandle::setMandatory)
                    .example(
                            "if (section.mandatory) ctx.log(`${section.name} is needed`);",
                            "if section.mandatory: ctx.log(f'{section.name} is needed')")
                    .value(
                            "length",
                            NUMBER,
                            "The length of the content in bytes, as the image has it.",
                            self -> self.given.head().length())
                    .example(
                            "if (section.length > 1048576) section.drop();",
                            "if section.length > 1048576: section.drop()")
                    .value(
                            "bytes",
                            BYTES,
                            "The content, to be edited in place or assigned.",
                            SectionHandle::bytes,
                            SectionHandle::setBytes)
                    .example("const first = section.bytes[0];", "first = section.bytes[:1]")
                    .value(
                            "text",
                            STRING,
                            "The content as UTF-8 text; can be assigned.",
                            SectionHandle::text,
                            SectionHandle::setText)
                    .example(
                            "section.text = section.text.replaceAll('hunter2', '*******');",
                            "section.text = section.text.replace('hunter2', '*******')")
                    .value(
                            "fields",
                            ScriptType.orNull(new ScriptType.MapOf(JSON)),
                            "The fields, to be edited in place; none without a schema of the section that has them.",
                            SectionHandle::fields)
                    .example(
                            "if (section.fields) section.fields.reviewed = 1;",
                            "if section.fields: section.fields['reviewed'] = 1")
                    .function(
                            Signature.of("drop", NOTHING),
                            "Leaves the section out, where the format allows it.",
                            SectionHandle::drop)
                    .example(
                            "if (section.name === 'example.screenshot') section.drop();",
                            "if section.name == 'example.screenshot': section.drop()")
                    .summary(self ->
                            "section %s, %s, %d bytes"
                                    .formatted(
                                            self.given.name(),
                                            self.type,
                                            self.given.head().length()))
                    .build();

    private final SiteSection given;
    private final Optional<SectionLayout> layout;
    private final Values values;
    private final Scope scope;
    private String type;
    private boolean mandatory;
    private boolean dropped;
    private @Nullable Value bytesValue;
    private byte @Nullable [] bytesAssigned;
    private @Nullable Value fieldsGiven;
    private @Nullable JsonNode fieldsShown;

    /**
     * A section in the hands of a hook.
     *
     * @param given the section
     * @param layout of its fields, if they are known
     * @param values bridge to the script that sees it
     * @param scope the hook
     */
    public SectionHandle(
            SiteSection given, Optional<SectionLayout> layout, Values values, Scope scope) {
        this.given = given;
        this.layout = layout;
        this.values = values;
        this.scope = scope;
        this.type = given.head().type();
        this.mandatory = given.head().mandatory();
    }

    /** {@return what the script is given} */
    public Object value() {
        return new View<>(SECTION, this, values, scope);
    }

    /**
     * What a hook did with a section.
     *
     * @param section its replacement, or the section itself; empty if it was dropped
     * @param changes the edits, for the log; empty if nothing was done
     */
    public record Outcome(Optional<SiteSection> section, List<Change> changes) {
        /** Copies the list. */
        public Outcome {
            changes = List.copyOf(changes);
        }
    }

    /**
     * Examines the state after the hook. On the script's thread.
     *
     * @return the outcome
     */
    public Outcome outcome() {
        if (dropped)
            return new Outcome(
                    Optional.empty(),
                    List.of(new Change("drop", Optional.of(described(given)), Optional.empty())));
        byte[] after = bytesNow();
        Optional<TreeDiff.Outcome> edits = fieldsNow();
        if (edits.isPresent()) {
            if (after != null && !Arrays.equals(after, content()))
                throw new ScriptRefusal(
                        "both section.fields and section.bytes were edited: edit one of them");
            after =
                    encoded(layout.orElseThrow(), edits.get().tree(), "section.fields")
                            .toArray(ValueLayout.JAVA_BYTE);
        }
        SectionHead head = given.head();
        if (after == null && type.equals(head.type()) && mandatory == head.mandatory())
            return new Outcome(Optional.of(given), List.of());
        SiteSection made =
                made(
                        given.name(),
                        type,
                        mandatory,
                        after == null ? given.content() : MemorySegment.ofArray(after));
        List<Change> changes = new ArrayList<>();
        for (Change change : between(given, made, SectionRegistry.NONE))
            if (edits.isEmpty() || !change.path().equals("bytes")) changes.add(change);
            else for (TreeEdit edit : edits.get().edits()) changes.add(change(edit));
        return new Outcome(Optional.of(changes.isEmpty() ? given : made), changes);
    }

    /**
     * Compares two sections of one name.
     *
     * @param before a section
     * @param after another one
     * @param known the schemas of the site, by which contents are compared field by field
     * @return what differs
     */
    public static List<Change> between(
            SiteSection before, SiteSection after, SectionRegistry known) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        List<Change> changes = new ArrayList<>();
        SectionHead old = before.head();
        SectionHead now = after.head();
        if (!old.type().equals(now.type()))
            changes.add(
                    new Change(
                            "type",
                            Optional.of(nodes.textNode(old.type())),
                            Optional.of(nodes.textNode(now.type()))));
        if (old.mandatory() != now.mandatory())
            changes.add(
                    new Change(
                            "mandatory",
                            Optional.of(nodes.booleanNode(old.mandatory())),
                            Optional.of(nodes.booleanNode(now.mandatory()))));
        if (old.sha256().equals(now.sha256())) return changes;
        Optional<JsonNode> left = known.fields(before);
        Optional<JsonNode> right = known.fields(after);
        List<TreeEdit> edits =
                left.isPresent() && right.isPresent()
                        ? TreeDiff.compare(left.get(), right.get()).edits()
                        : List.of();
        for (TreeEdit edit : edits) changes.add(change(edit));
        // Also where the same fields have other bytes, such as padding.
        if (edits.isEmpty())
            changes.add(new Change("bytes", Optional.of(bytes(before)), Optional.of(bytes(after))));
        return changes;
    }

    private static Change change(TreeEdit edit) {
        return new Change("fields." + edit.path(), edit.before(), edit.after());
    }

    /**
     * Describes a section by its fields.
     *
     * @param section to describe
     * @param known the schemas of the site
     * @return its head and its fields; as {@link #described(SiteSection)} if none are described
     */
    public static JsonNode described(SiteSection section, SectionRegistry known) {
        Optional<JsonNode> fields = known.fields(section);
        if (fields.isEmpty()) return described(section);
        return head(section).set("fields", fields.get());
    }

    /**
     * Describes a section for the log.
     *
     * @param section to describe
     * @return its head, and the bytes of a short one
     */
    public static JsonNode described(SiteSection section) {
        ObjectNode described = head(section);
        described.setAll(bytes(section));
        return described;
    }

    private static ObjectNode head(SiteSection section) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", section.name())
                .put("type", section.head().type())
                .put("mandatory", section.head().mandatory());
    }

    private static ObjectNode bytes(SiteSection section) {
        return FieldComparison.bytes(section.content(), section.head().sha256());
    }

    /**
     * Makes a section of what a script gave.
     *
     * @param name of it
     * @param type of the content
     * @param mandatory whether a reader must know it
     * @param content which is copied
     * @return the section
     * @throws ScriptRefusal if the name, the type or the length is invalid
     */
    static SiteSection made(String name, String type, boolean mandatory, MemorySegment content) {
        try {
            return SiteSection.of(name, type, mandatory, content);
        } catch (IllegalArgumentException e) {
            throw new ScriptRefusal(String.valueOf(e.getMessage()));
        }
    }

    private byte[] content() {
        return given.content().toArray(ValueLayout.JAVA_BYTE);
    }

    private void setType(Value value) {
        String wanted = Checked.text(value, "section.type");
        SectionHead.typeProblem(wanted)
                .ifPresent(problem -> {
                    throw new ScriptRefusal("section.type: " + problem);
                });
        type = wanted;
    }

    private void setMandatory(Value value) {
        mandatory = Checked.flag(value, "section.mandatory");
    }

    /**
     * Encodes fields.
     *
     * @param layout of the fields
     * @param tree that a script gave
     * @param what it is, in a message
     * @return the content
     * @throws ScriptRefusal if the fields do not fit the layout
     */
    static MemorySegment encoded(SectionLayout layout, JsonNode tree, String what) {
        try {
            return layout.encode(tree);
        } catch (IllegalArgumentException e) {
            throw new ScriptRefusal(what + ": " + e.getMessage());
        }
    }

    private @Nullable Object fields() {
        if (layout.isEmpty()) return null;
        if (fieldsGiven == null) {
            byte[] bytes = bytesNow();
            try {
                fieldsShown =
                        layout.get()
                                .decode(
                                        bytes == null
                                                ? given.content()
                                                : MemorySegment.ofArray(bytes));
            } catch (IllegalArgumentException e) {
                throw new ScriptRefusal(
                        "section.fields: the content of %s is not as its schema says: %s; use section.bytes"
                                .formatted(given.name(), e.getMessage()));
            }
            fieldsGiven = values.asValue(fieldsShown);
        }
        return fieldsGiven;
    }

    /** What the script did to the fields, if anything. */
    private Optional<TreeDiff.Outcome> fieldsNow() {
        if (fieldsGiven == null || fieldsShown == null) return Optional.empty();
        TreeDiff.Outcome outcome =
                TreeDiff.compare(fieldsShown, values.tree(fieldsGiven, "section.fields"));
        return outcome.edits().isEmpty() ? Optional.empty() : Optional.of(outcome);
    }

    private Object bytes() {
        if (bytesAssigned != null) return bytesAssigned.clone();
        if (bytesValue == null) bytesValue = values.bytes(content());
        return bytesValue;
    }

    private void setBytes(Value value) {
        bytesAssigned = values.bytes(value, "section.bytes");
    }

    private byte @Nullable [] bytesNow() {
        if (bytesAssigned != null) return bytesAssigned;
        return bytesValue == null ? null : values.bytes(bytesValue, "section.bytes");
    }

    private String text() {
        byte[] bytes = bytesNow();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes == null ? content() : bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ScriptRefusal(
                    "section.text: the content of %s is not UTF-8; use section.bytes"
                            .formatted(given.name()));
        }
    }

    private void setText(Value value) {
        try {
            ByteBuffer encoded =
                    StandardCharsets.UTF_8
                            .newEncoder()
                            .encode(CharBuffer.wrap(Checked.text(value, "section.text")));
            bytesAssigned = new byte[encoded.remaining()];
            encoded.get(bytesAssigned);
        } catch (CharacterCodingException e) {
            throw new ScriptRefusal(
                    "section.text: expected text without an unpaired surrogate; use section.bytes");
        }
    }

    private @Nullable Object drop(Arguments arguments) {
        dropped = true;
        return null;
    }
}
