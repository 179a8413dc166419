package org.xenimage.script.jsr223;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

import javax.script.ScriptException;

/**
 * An object of a script, live: a dict of Python by its keys, anything else by its members. What the
 * map reads and writes is the script's own object. A function is one that can be
 * {@linkplain #call called}.
 *
 * <p>Each use enters the script and is held to its limits; if the script's own code fails on the
 * way (a getter, a proxy), it throws an {@link IllegalStateException} whose cause is the
 * {@link ScriptException}. Valid as long as its engine is open. Two are equal if they are the same
 * object of the script.
 */
@SuppressWarnings("exports") // the nullness annotations, which are not needed at run time
public final class ScriptObject extends AbstractMap<String, @Nullable Object> {
    private final Realm realm;
    private final Value value;

    ScriptObject(Realm realm, Value value) {
        this.realm = realm;
        this.value = value;
    }

    Realm realm() {
        return realm;
    }

    Value value() {
        return value;
    }

    /** {@return whether it is a function} */
    public boolean callable() {
        return realm.use(() -> value.canExecute());
    }

    /**
     * Calls it.
     *
     * @param arguments of a kind that can cross to the script
     * @return what it returns
     * @throws ScriptException if it is not a function, or fails
     */
    public @Nullable Object call(@Nullable Object... arguments) throws ScriptException {
        return realm.call(value, arguments);
    }

    @Override
    public @Nullable Object get(@Nullable Object key) {
        if (!(key instanceof String name)) return null;
        return realm.use(() -> {
            if (value.hasHashEntries())
                return value.hasHashEntry(name) ? realm.java(value.getHashValue(name)) : null;
            return value.hasMember(name) ? realm.java(value.getMember(name)) : null;
        });
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        if (!(key instanceof String name)) return false;
        return realm.use(
                () -> value.hasHashEntries() ? value.hasHashEntry(name) : value.hasMember(name));
    }

    @Override
    public @Nullable Object put(String name, @Nullable Object object) {
        Object before = get(name);
        realm.use(() -> {
            if (value.hasHashEntries()) value.putHashEntry(name, realm.script(object));
            else value.putMember(name, realm.script(object));
            return true;
        });
        return before;
    }

    @Override
    public @Nullable Object remove(@Nullable Object key) {
        if (!(key instanceof String name) || !containsKey(name)) return null;
        Object before = get(name);
        realm.use(() ->
                value.hasHashEntries() ? value.removeHashEntry(name) : value.removeMember(name));
        return before;
    }

    @Override
    public Set<String> keySet() {
        return Set.copyOf(names());
    }

    private List<String> names() {
        return realm.use(() -> {
            if (!value.hasHashEntries()) return List.copyOf(value.getMemberKeys());
            List<String> names = new ArrayList<>();
            Value keys = value.getHashKeysIterator();
            while (keys.hasIteratorNextElement()) {
                Object key = realm.java(keys.getIteratorNextElement());
                if (key instanceof String name) names.add(name);
            }
            return names;
        });
    }

    @Override
    public Set<Map.Entry<String, @Nullable Object>> entrySet() {
        List<String> names = names();
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<String, @Nullable Object>> iterator() {
                return names.stream()
                        .<Map.Entry<String, @Nullable Object>>map(
                                name -> new SimpleImmutableEntry<>(name, get(name)))
                        .iterator();
            }

            @Override
            public int size() {
                return names.size();
            }
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ScriptObject object
                && object.realm == realm
                && object.value.equals(value);
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(realm);
    }

    /** {@return what the script's language says of it, bounded} */
    @Override
    public String toString() {
        return realm.use(() -> realm.describe(value));
    }
}
