package org.xenimage.script.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A version of the policy API, whole: what a policy can say, what it is called with, and what it can reach from there.
 *
 * @param version the number in {@code api: 1}
 * @param objects in the order of the reference
 * @param hooks in the order of a run
 * @param records the kinds of records, by layer and name
 */
public record PolicyApi(
        int version, List<ObjectType> objects, List<HookType> hooks, List<RecordShape> records) {
    /** Copies the lists. */
    public PolicyApi {
        objects = List.copyOf(objects);
        hooks = List.copyOf(hooks);
        records = List.copyOf(records);
    }

    /**
     * Finds an object.
     *
     * @param name in the typings
     * @return the object
     * @throws IllegalArgumentException if there is none of this name
     */
    public ObjectType object(String name) {
        return objects.stream()
                .filter(object -> object.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no object " + name));
    }

    /** {@return all objects: those listed, those within them, the fields of records} */
    public List<ObjectType> all() {
        Map<String, ObjectType> all = new LinkedHashMap<>();
        for (ObjectType object : objects) add(object, all);
        for (RecordShape record : records) add(record.fields(), all);
        return List.copyOf(all.values());
    }

    /** {@return the choices that have a name, in the order of their first use} */
    public List<ScriptType.Choice> choices() {
        Map<String, ScriptType.Choice> choices = new LinkedHashMap<>();
        for (ObjectType object : all())
            for (MemberType member : object.members()) {
                choices(member.type(), choices);
                for (CallParameter one : member.parameters()) choices(one.type(), choices);
            }
        return List.copyOf(choices.values());
    }

    private static void choices(ScriptType type, Map<String, ScriptType.Choice> choices) {
        switch (type) {
            case ScriptType.Choice choice -> {
                if (!choice.name().isEmpty()) choices.putIfAbsent(choice.name(), choice);
            }
            case ScriptType.ListOf(ScriptType item) -> choices(item, choices);
            case ScriptType.MapOf(ScriptType value) -> choices(value, choices);
            case ScriptType.OrNull(ScriptType inner) -> choices(inner, choices);
            case ScriptType.OneOf(var types) -> types.forEach(one -> choices(one, choices));
            case ScriptType.FunctionOf(_, ScriptType given) -> choices(given, choices);
            case ScriptType.Plain _,
                    ScriptType.Exactly _,
                    ScriptType.Keyed _,
                    ScriptType.Ref _ -> {}
        }
    }

    private static void add(ObjectType object, Map<String, ObjectType> all) {
        ObjectType known = all.putIfAbsent(object.name(), object);
        if (known != null) {
            if (!known.equals(object))
                throw new IllegalArgumentException("two objects " + object.name());
            return;
        }
        for (MemberType member : object.members()) add(member.type(), all);
    }

    private static void add(ScriptType type, Map<String, ObjectType> all) {
        switch (type) {
            case ScriptType.Keyed(ObjectType object) -> add(object, all);
            case ScriptType.ListOf(ScriptType item) -> add(item, all);
            case ScriptType.MapOf(ScriptType value) -> add(value, all);
            case ScriptType.OrNull(ScriptType inner) -> add(inner, all);
            case ScriptType.OneOf(var types) -> types.forEach(one -> add(one, all));
            case ScriptType.FunctionOf(_, ScriptType given) -> add(given, all);
            case ScriptType.Plain _,
                    ScriptType.Exactly _,
                    ScriptType.Choice _,
                    ScriptType.Ref _ -> {}
        }
    }
}
