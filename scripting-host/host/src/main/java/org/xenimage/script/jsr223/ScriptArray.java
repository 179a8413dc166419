package org.xenimage.script.jsr223;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

import java.util.AbstractList;
import java.util.Objects;

/**
 * An array or a list of a script, live. Each use enters the script and is held to its limits; a
 * failure of the script is an {@link IllegalStateException}, as with {@link ScriptObject}. Valid as
 * long as its engine is open.
 */
@SuppressWarnings("exports") // the nullness annotations, which are not needed at run time
public final class ScriptArray extends AbstractList<@Nullable Object> {
    private final Realm realm;
    private final Value value;

    ScriptArray(Realm realm, Value value) {
        this.realm = realm;
        this.value = value;
    }

    Realm realm() {
        return realm;
    }

    Value value() {
        return value;
    }

    @Override
    public @Nullable Object get(int index) {
        Objects.checkIndex(index, size());
        return realm.use(() -> realm.java(value.getArrayElement(index)));
    }

    @Override
    public @Nullable Object set(int index, @Nullable Object object) {
        Object before = get(index);
        realm.use(() -> {
            value.setArrayElement(index, realm.script(object));
            return true;
        });
        return before;
    }

    @Override
    public int size() {
        return realm.use(() -> Math.toIntExact(value.getArraySize()));
    }
}
