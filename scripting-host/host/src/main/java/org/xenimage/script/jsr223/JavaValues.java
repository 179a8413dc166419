package org.xenimage.script.jsr223;

import com.fasterxml.jackson.databind.JsonNode;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.engine.Checked;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Values;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What crosses between Java and the scripts of a realm, both ways, as the package lists it. On the script's thread. */
final class JavaValues {
    /** How deep a tree of Java may be nested: deeper ones are most likely cycles. */
    private static final int DEPTH_MAX = 200;

    private final Realm realm;

    JavaValues(Realm realm) {
        this.realm = realm;
    }

    @Nullable Object toJava(Value value) {
        if (value.isNull()) return null;
        Optional<Object> scalar = Checked.scalar(value);
        if (scalar.isPresent()) return scalar.get();
        Values values = realm.values();
        if (values.isBytes(value)) return values.bytes(value, "result");
        return value.hasArrayElements()
                ? new ScriptArray(realm, value)
                : new ScriptObject(realm, value);
    }

    Object toScript(@Nullable Object object) {
        return toScript(object, 0);
    }

    private Object toScript(@Nullable Object object, int depth) {
        if (depth > DEPTH_MAX)
            throw new ScriptRefusal("nested more than " + DEPTH_MAX + " levels deep, or cyclic");
        Values values = realm.values();
        return switch (object) {
            case null -> values.give((Object) null);
            case Boolean flag -> flag;
            case String text -> text;
            case Character letter -> letter.toString();
            case Byte number -> values.give(number.longValue());
            case Short number -> values.give(number.longValue());
            case Integer number -> number;
            case Long number -> values.give(number);
            case BigInteger number -> values.integer(number);
            case Float number -> number.doubleValue();
            case Double number -> number;
            case byte[] bytes -> values.bytes(bytes);
            case ScriptObject live -> own(live.realm(), live.value());
            case ScriptArray live -> own(live.realm(), live.value());
            case ScriptImage image -> realm.view(image);
            case ScriptCallback callback ->
                    values.callable(arguments -> toScript(called(callback, arguments)));
            case JsonNode tree -> values.value(tree);
            case Map<?, ?> map -> group(map, depth);
            case List<?> list -> values.list(items(list, depth));
            case Object[] array -> values.list(items(Arrays.asList(array), depth));
            default ->
                    throw new ScriptRefusal(
                            "an object of Java's class "
                                    + object.getClass().getSimpleName()
                                    + " cannot be given to a script; expected null, a Boolean, a "
                                    + "String, a number, bytes, a"
                                    + " Map, a List, a ScriptCallback or a ScriptImage");
        };
    }

    private @Nullable Object called(ScriptCallback callback, List<Value> arguments)
            throws Exception {
        List<@Nullable Object> given = new ArrayList<>(arguments.size());
        for (Value argument : arguments) given.add(toJava(argument));
        return callback.call(given);
    }

    private Value own(Realm of, Value value) {
        if (of != realm)
            throw new ScriptRefusal("a value of scripts with other bindings cannot be shared");
        return value;
    }

    private Object group(Map<?, ?> map, int depth) {
        Object[] flat = new Object[2 * map.size()];
        int at = 0;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String key))
                throw new ScriptRefusal("a Map needs keys of type String, found " + entry.getKey());
            flat[at++] = key;
            flat[at++] = toScript(entry.getValue(), depth + 1);
        }
        return realm.values().group(flat);
    }

    private Object[] items(List<?> list, int depth) {
        Object[] items = new Object[list.size()];
        for (int i = 0; i < items.length; i++) items[i] = toScript(list.get(i), depth + 1);
        return items;
    }

    Object[] toScript(@Nullable Object[] arguments) {
        Object[] given = new Object[arguments.length];
        for (int i = 0; i < given.length; i++)
            given[i] = Objects.requireNonNull(toScript(arguments[i]));
        return given;
    }
}
