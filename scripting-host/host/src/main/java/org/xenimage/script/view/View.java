package org.xenimage.script.view;

import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.graalvm.polyglot.proxy.ProxyObject;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Values;

import java.util.HashMap;
import java.util.Map;

/**
 * An object of the host as a script sees it, valid as long as its scope.
 *
 * @param <T> its host object
 */
public final class View<T> implements ProxyObject {
    private final Members<T> members;
    private final T self;
    private final Values values;
    private final Scope scope;
    private final Map<String, Object> functions = new HashMap<>();

    /**
     * A view.
     *
     * @param members what it looks like
     * @param self its host object
     * @param values bridge to the script that uses it
     * @param scope during which it is good
     */
    public View(Members<T> members, T self, Values values, Scope scope) {
        this.members = members;
        this.self = self;
        this.values = values;
        this.scope = scope;
    }

    @Override
    public @Nullable Object getMember(String key) {
        Members.Member<T> member = members.find(key, values);
        return switch (member) {
            case null -> values.probed(key) ? null : unknown(key);
            case Members.Property<T> property ->
                    values.give(() -> {
                        scope.require(members.name() + "." + key);
                        return described(key, property.type(), property.get().get(self));
                    });
            case Members.ScriptFunction<T> operation ->
                    functions.computeIfAbsent(key, _ -> function(key, operation));
        };
    }

    private Object function(String key, Members.ScriptFunction<T> operation) {
        return values.function(
                operation.signature(),
                arguments -> {
                    scope.require(members.name() + "." + key);
                    Object result = operation.run().run(self, arguments);
                    return described(key, operation.signature().result(), result);
                });
    }

    /** What is given is what the description says. */
    private @Nullable Object described(String key, ScriptType type, @Nullable Object given) {
        assert Conformance.holds(type, given, values)
                : members.name() + "." + key + ": described as " + type + ", found " + given;
        return given;
    }

    /** {@return the description of the object} */
    public ObjectType type() {
        return members.type();
    }

    @Override
    public Object getMemberKeys() {
        return ProxyArray.fromList(
                members.names().stream().map(values::spell).map(Object.class::cast).toList());
    }

    @Override
    public boolean hasMember(String key) {
        return members.find(key, values) != null || !values.probed(key);
    }

    /**
     * In JavaScript, a missing member would be undefined, and a typing error would go unnoticed.
     */
    private Object unknown(String key) {
        return values.give(
                (Values.Lookup)
                        () -> {
                            throw members.unknown(key, values);
                        });
    }

    @Override
    public void putMember(String key, Value value) {
        values.take(() -> {
            Members.Member<T> member = members.find(key, values);
            scope.require(members.name() + "." + key);
            if (member == null) throw members.unknown(key, values);
            if (!(member instanceof Members.Property<T> property) || property.set() == null)
                throw members.readOnly(key, values);
            property.set().set(self, value);
        });
    }

    @Override
    public boolean removeMember(String key) {
        throw new ScriptRefusal(members.name() + "." + key + " cannot be deleted");
    }

    /** {@return one line on the object, for a person} */
    @Override
    public String toString() {
        return members.summary(self);
    }
}
