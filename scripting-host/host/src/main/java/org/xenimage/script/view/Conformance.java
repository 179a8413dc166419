package org.xenimage.script.view;

import com.fasterxml.jackson.databind.JsonNode;

import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.jspecify.annotations.Nullable;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.engine.U64;
import org.xenimage.script.engine.Values;
import org.xenimage.script.header.Nearest;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Whether what the host gives a script is of the described type. ViewTypes assert it at each access, so that every
 * test of a script tests the description too.
 */
final class Conformance {
    private Conformance() {}

    /** Whether a value of the host is of a type, once it has been given to a script. */
    static boolean holds(ScriptType type, @Nullable Object given, Values values) {
        return switch (type) {
            case ScriptType.OrNull(ScriptType inner) ->
                    isNull(given) || holds(inner, given, values);
            case ScriptType.OneOf(var types) ->
                    types.stream().anyMatch(one -> holds(one, given, values));
            case ScriptType.Choice _ -> text(given);
            case ScriptType.Exactly(int value) ->
                    given instanceof JsonNode node && node.isInt() && node.intValue() == value;
            case ScriptType.Ref(String name) ->
                    !(given instanceof View<?> view)
                            ? given instanceof Value
                            : view.type().name().equals(name);
            case ScriptType.ListOf(ScriptType item) -> list(item, given, values);
            case ScriptType.MapOf(ScriptType value) -> map(value, given, values);
            case ScriptType.Keyed(ObjectType object) ->
                    given instanceof JsonNode tree && shape(object, tree, values);
            case ScriptType.FunctionOf _ -> false;
            case ScriptType.Plain plain ->
                    switch (plain) {
                        case NUMBER -> number(given) && !wide(given);
                        case BIGINT -> wide(given);
                        case INTEGER -> number(given) || wide(given);
                        case STRING, RECORD_TYPE -> text(given);
                        case FLAG ->
                                given instanceof Boolean
                                        || (given instanceof JsonNode node && node.isBoolean());
                        case BYTES -> given instanceof byte[] || given instanceof Value;
                        case NOTHING -> given == null;
                        case JSON -> given instanceof JsonNode || given instanceof Value;
                        case ANY -> true;
                        case NEVER, BYTES_LIKE, PATTERN -> false;
                    };
        };
    }

    private static boolean isNull(@Nullable Object given) {
        return given == null || (given instanceof JsonNode node && node.isNull());
    }

    private static boolean text(@Nullable Object given) {
        return given instanceof String || (given instanceof JsonNode node && node.isTextual());
    }

    private static boolean number(@Nullable Object given) {
        return given instanceof Integer
                || given instanceof Long
                || (given instanceof JsonNode node
                        && node.isIntegralNumber()
                        && !node.isBigInteger());
    }

    private static boolean wide(@Nullable Object given) {
        return given instanceof U64 || (given instanceof JsonNode node && node.isBigInteger());
    }

    private static boolean list(ScriptType item, @Nullable Object given, Values values) {
        if (given instanceof ProxyArray array) {
            for (long i = 0; i < array.getSize(); i++)
                if (!holds(item, array.get(i), values)) return false;
            return true;
        }
        if (!(given instanceof JsonNode tree) || !tree.isArray()) return false;
        for (JsonNode one : tree) if (!holds(item, one, values)) return false;
        return true;
    }

    private static boolean map(ScriptType value, @Nullable Object given, Values values) {
        if (!(given instanceof JsonNode tree)) return given != null;
        if (!tree.isObject()) return false;
        for (JsonNode one : tree) if (!holds(value, one, values)) return false;
        return true;
    }

    private static boolean shape(ObjectType object, JsonNode tree, Values values) {
        if (!tree.isObject()) return false;
        Set<String> known = new HashSet<>();
        for (MemberType member : object.members()) {
            String key =
                    object.form() == ObjectType.Form.KEYS
                            ? member.name()
                            : values.spell(member.name());
            known.add(key);
            JsonNode value = tree.get(key);
            boolean fits =
                    value == null
                            ? member.access() == MemberType.Access.OPTIONAL_KEY
                            : holds(member.type(), value, values);
            if (!fits) return false;
        }
        for (var other : tree.properties()) {
            if (known.contains(other.getKey())) continue;
            if (object.others().isEmpty()
                    || !holds(object.others().get(), other.getValue(), values)) return false;
        }
        return true;
    }

    /** The first key of a tree that its description does not have, and those that it has. */
    static Optional<FieldRejected> unknownKey(ObjectType object, JsonNode tree, String path) {
        if (!tree.isObject() || object.others().isPresent()) return Optional.empty();
        for (var property : tree.properties()) {
            Optional<MemberType> member =
                    object.members().stream()
                            .filter(one -> one.name().equals(property.getKey()))
                            .findFirst();
            String at = path.isEmpty() ? property.getKey() : path + "." + property.getKey();
            if (member.isEmpty()) return Optional.of(unknown(object, property.getKey(), at));
            Optional<FieldRejected> within =
                    unknownKey(member.get().type(), property.getValue(), at);
            if (within.isPresent()) return within;
        }
        return Optional.empty();
    }

    private static FieldRejected unknown(ObjectType object, String key, String path) {
        return new FieldRejected(
                path,
                "one of "
                        + String.join(", ", object.names())
                        + Nearest.of(key, object.names())
                                .map(like -> " (did you mean " + like + "?)")
                                .orElse(""),
                "no field of the record");
    }

    private static Optional<FieldRejected> unknownKey(ScriptType type, JsonNode tree, String path) {
        return switch (type) {
            case ScriptType.Keyed(ObjectType object) -> unknownKey(object, tree, path);
            case ScriptType.ListOf(ScriptType item) -> {
                if (!tree.isArray()) yield Optional.empty();
                for (int i = 0; i < tree.size(); i++) {
                    Optional<FieldRejected> within =
                            unknownKey(item, tree.get(i), path + "[" + i + "]");
                    if (within.isPresent()) yield within;
                }
                yield Optional.empty();
            }
            case ScriptType.Plain _,
                    ScriptType.Exactly _,
                    ScriptType.Choice _,
                    ScriptType.MapOf _,
                    ScriptType.OrNull _,
                    ScriptType.OneOf _,
                    ScriptType.FunctionOf _,
                    ScriptType.Ref _ ->
                    Optional.empty();
        };
    }
}
