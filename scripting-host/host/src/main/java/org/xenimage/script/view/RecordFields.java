package org.xenimage.script.view;

import org.xenimage.image.layout.FieldKind;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.XenRecord;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.RecordShape;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.ScriptType.Plain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What {@code record.fields} is for each type of record, made from the layouts by which the records are decoded: by the
 * same rule for numbers as {@link TypedFields}.
 */
final class RecordFields {
    private RecordFields() {}

    /** The record types that a hook can see, by layer and name. */
    static List<RecordShape> all() {
        List<RecordShape> shapes = new ArrayList<>();
        for (Layer layer : List.of(Layer.LIBXL, Layer.LIBXC)) {
            for (String name : RecordType.names(layer)) {
                RecordType type = RecordType.named(layer, name).orElseThrow();
                if (!type.equals(RecordType.PAGE_DATA))
                    shapes.add(new RecordShape(layer.specName(), name, fields(type)));
            }
        }
        return shapes;
    }

    /** What the fields of a record type are. */
    static ObjectType fields(RecordType type) {
        String layer = type.layer() == Layer.LIBXL && type.specName().equals("END") ? "Libxl" : "";
        String name = layer + camel(type.specName()) + "Fields";
        ObjectType made = group(name, "fields", List.of(XenRecord.kind(type)));
        return new ObjectType(
                name,
                "record.fields",
                ObjectType.Form.KEYS,
                "The fields of " + type.specName() + ".",
                made.members(),
                made.others(),
                made.setting());
    }

    /** A group of any of some kinds: what only some of them have is optional. */
    private static ObjectType group(String name, String of, List<FieldKind> kinds) {
        List<FieldKind.Group> groups = new ArrayList<>();
        for (FieldKind kind : flat(kinds)) groups.add((FieldKind.Group) kind);
        Map<String, List<FieldKind>> fields = new LinkedHashMap<>();
        Set<String> sometimes = new HashSet<>();
        for (FieldKind.Group group : groups)
            for (FieldKind.Field field : group.fields()) {
                fields.computeIfAbsent(field.name(), _ -> new ArrayList<>()).add(field.kind());
                if (!field.always()) sometimes.add(field.name());
            }
        List<MemberType> members = new ArrayList<>();
        fields.forEach((field, alternatives) -> {
            boolean always = alternatives.size() == groups.size() && !sometimes.contains(field);
            members.add(
                    MemberType.key(
                            field,
                            type(name + camel(field), field, alternatives),
                            always,
                            wire(alternatives)));
        });
        return ObjectType.keys(name, of, members.toArray(MemberType[]::new));
    }

    private static List<FieldKind> flat(List<FieldKind> kinds) {
        List<FieldKind> flat = new ArrayList<>();
        for (FieldKind kind : kinds) {
            if (kind instanceof FieldKind.OneOf(var inner)) flat.addAll(flat(inner));
            else flat.add(kind);
        }
        return flat;
    }

    private static ScriptType type(String name, String field, List<FieldKind> kinds) {
        List<FieldKind> flat = flat(kinds);
        Set<ScriptType> types = new LinkedHashSet<>();
        List<FieldKind> groups = new ArrayList<>();
        List<FieldKind> items = new ArrayList<>();
        for (FieldKind kind : flat) {
            switch (kind) {
                case FieldKind.Whole(int bits) ->
                        types.add(TypedFields.wide(field, bits) ? Plain.BIGINT : Plain.NUMBER);
                case FieldKind.Run _, FieldKind.Text _ -> types.add(Plain.STRING);
                case FieldKind.Group group -> groups.add(group);
                case FieldKind.Sequence(FieldKind item) -> items.add(item);
                case FieldKind.OneOf _ -> throw new IllegalStateException(name);
            }
        }
        if (!groups.isEmpty()) types.add(new ScriptType.Keyed(group(name, field, groups)));
        if (!items.isEmpty()) types.add(new ScriptType.ListOf(type(name, field, items)));
        return types.size() == 1
                ? types.iterator().next()
                : new ScriptType.OneOf(List.copyOf(types));
    }

    /** How the field stands on the wire. */
    private static String wire(List<FieldKind> kinds) {
        Set<String> wires = new LinkedHashSet<>();
        for (FieldKind kind : flat(kinds))
            wires.add(
                    switch (kind) {
                        case FieldKind.Whole(int bits) -> "u" + bits;
                        case FieldKind.Run _ -> "bytes in hex";
                        case FieldKind.Text _ -> "text";
                        case FieldKind.Group _ -> "a structure";
                        case FieldKind.Sequence(FieldKind.Group _) -> "a list of structures";
                        case FieldKind.Sequence(FieldKind item) ->
                                "a list of " + wire(List.of(item));
                        case FieldKind.OneOf _ -> throw new IllegalStateException();
                    });
        return String.join(" or ", wires);
    }

    /** Such as X86TscInfo of X86_TSC_INFO. */
    private static String camel(String name) {
        var camel = new StringBuilder();
        for (String word : name.split("_", -1))
            if (!word.isEmpty())
                camel.append(Character.toUpperCase(word.charAt(0)))
                        .append(word.substring(1).toLowerCase(Locale.ROOT));
        return camel.toString();
    }
}
