package org.xenimage.script.view;

import static org.xenimage.script.api.ScriptType.Plain.INTEGER;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.RECORD_TYPE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code image.records}: the records of an image but page data, in order, with what a session has done to each so far.
 * A record keeps its place: what replaced it, or was inserted beside it, is noted there.
 */
final class ImageRecords {
    static final ScriptType VCPU =
            new ScriptType.Keyed(
                    ObjectType.keys(
                                    "Vcpu",
                                    "The registers of a vCPU by the names of Xen's headers.",
                                    MemberType.key("id", NUMBER, true, "The number of the vCPU."),
                                    MemberType.key(
                                            "rip", INTEGER, false, "The instruction pointer."),
                                    MemberType.key(
                                            "eip",
                                            INTEGER,
                                            false,
                                            "The instruction pointer of a PV guest of 32 bits."),
                                    MemberType.key(
                                            "cr3", INTEGER, false, "The root of the page tables."))
                            .open(INTEGER));

    static final Signature RECORD =
            Signature.of(
                    "record",
                    new ScriptType.Ref("XenRecord"),
                    CallParameter.required("type", RECORD_TYPE, "the name of the type"),
                    CallParameter.optional("index", NUMBER, "which of several; 0 if absent"));

    private final List<RecordFrame> original;
    private final Values values;
    private final StagedEdits edits;
    private Scope scope;
    private @Nullable List<Item> items;

    ImageRecords(ImageIndex index, Values values, StagedEdits edits, Scope scope) {
        this.original =
                index.elements().stream()
                        .filter(RecordFrame.class::isInstance)
                        .map(RecordFrame.class::cast)
                        .toList();
        this.values = values;
        this.edits = edits;
        this.scope = scope;
    }

    /** One record of the list: where it belongs in the image, and whether it still is the image's own. */
    private static final class Item {
        private final int anchor;
        private final RecordHandle edit;
        private final Object value;
        private boolean own;

        Item(int anchor, RecordFrame frame, boolean own, Values values, Scope scope) {
            this.anchor = anchor;
            this.edit = new RecordHandle(frame, values, scope);
            this.value = edit.value();
            this.own = own;
        }
    }

    /** Drops what was not applied: from now on records are good in this scope. */
    void revert(Scope next) {
        scope = next;
        items = null;
    }

    int count() {
        return items().size();
    }

    private List<Item> items() {
        if (items != null) return items;
        List<Item> made = new ArrayList<>(original.size());
        for (int anchor = 0; anchor < original.size(); anchor++) {
            RecordFrame own = original.get(anchor);
            Optional<List<Optional<RecordFrame>>> staged = edits.records(anchor);
            if (staged.isEmpty()) {
                made.add(new Item(anchor, own, true, values, scope));
                continue;
            }
            for (Optional<RecordFrame> slot : staged.get())
                made.add(new Item(anchor, slot.orElse(own), slot.isEmpty(), values, scope));
        }
        items = made;
        return made;
    }

    /** The records as the script gets them. */
    Object list() {
        return new Views("record", items().stream().map(item -> item.value).toList());
    }

    /** Records or sections as a list that cannot be assigned to. */
    record Views(String kind, List<Object> views) implements ProxyArray {
        @Override
        public Object get(long index) {
            if (index < 0 || index >= views.size())
                throw new ArrayIndexOutOfBoundsException(kind + " " + index);
            return views.get((int) index);
        }

        @Override
        public void set(long index, Value value) {
            throw new ScriptRefusal(
                    "image.%ss cannot be assigned: use the %s's own members".formatted(kind, kind));
        }

        @Override
        public long getSize() {
            return views.size();
        }

        @Override
        public String toString() {
            var lines = new StringBuilder();
            for (int i = 0; i < views.size(); i++)
                lines.append(i == 0 ? "" : "\n").append("%4d  %s".formatted(i, views.get(i)));
            return lines.toString();
        }
    }

    @Nullable Object record(Arguments arguments) {
        String type = arguments.text("type").orElseThrow(() -> arguments.refusal("needs a type"));
        long wanted = arguments.integer("index", 0, 0, Integer.MAX_VALUE);
        for (Item item : items())
            if (item.edit.frame().type().specName().equals(type) && wanted-- == 0)
                return item.value;
        throw arguments.refusal("type: the image has no such record " + type);
    }

    JsonNode vcpus() throws IOException {
        ArrayNode vcpus = JsonNodeFactory.instance.arrayNode();
        for (Item item : items()) Registers.of(item.edit.frame()).forEach(vcpus::add);
        return vcpus;
    }

    private static List<StagedEdits.Edit> changes(Item item, RecordHandle.Outcome outcome) {
        String element = item.edit.frame().label();
        return outcome.changes().stream()
                .map(change ->
                        new StagedEdits.Edit(
                                element, change.path(), change.before(), change.after()))
                .toList();
    }

    /** Hands on what the script has changed since the last time. */
    void settle(StagedEdits.Draft draft) throws IOException {
        if (items == null) return;
        Map<Item, RecordHandle.Outcome> outcomes = new HashMap<>();
        Map<Integer, List<StagedEdits.Edit>> changed = new TreeMap<>();
        for (Item item : items) {
            if (!item.edit.touched()) continue;
            RecordHandle.Outcome outcome = item.edit.outcome();
            if (outcome.changes().isEmpty()) continue;
            outcomes.put(item, outcome);
            changed.computeIfAbsent(item.anchor, _ -> new ArrayList<>())
                    .addAll(changes(item, outcome));
        }
        if (outcomes.isEmpty()) return;
        List<Item> now = new ArrayList<>();
        for (Item item : items) {
            RecordHandle.Outcome outcome = outcomes.get(item);
            if (outcome == null) {
                now.add(item);
                continue;
            }
            for (RecordFrame made : outcome.before())
                now.add(new Item(item.anchor, made, false, values, scope));
            if (outcome.frame().isPresent()) {
                boolean same = outcome.frame().get() == item.edit.frame();
                item.edit.take(outcome.frame().get());
                item.own &= same;
                now.add(item);
            }
            for (RecordFrame made : outcome.after())
                now.add(new Item(item.anchor, made, false, values, scope));
        }
        items = now;
        changed.forEach((anchor, changes) ->
                draft.records(
                        anchor,
                        now.stream()
                                .filter(item -> item.anchor == anchor)
                                .map(item ->
                                        item.own
                                                ? Optional.<RecordFrame>empty()
                                                : Optional.of(item.edit.frame()))
                                .toList(),
                        changes));
    }
}
