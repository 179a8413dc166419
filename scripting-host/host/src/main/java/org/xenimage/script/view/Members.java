package org.xenimage.script.view;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Spelling;
import org.xenimage.script.engine.Values;
import org.xenimage.script.header.Nearest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What a kind of object looks like to scripts: the one definition for both languages. Immutable.
 *
 * @param <T> its host object
 */
public final class Members<T> {
    private final String name;
    private final Map<String, Member<T>> camelCase;
    private final Map<String, Member<T>> snakeCase;
    private final List<String> order;
    private final Function<T, String> shown;

    private Members(Builder<T> builder) {
        name = builder.name;
        shown = builder.shown;
        camelCase = Map.copyOf(builder.members);
        Map<String, Member<T>> snake = new HashMap<>();
        builder.members.forEach((camel, member) -> snake.put(Spelling.snake(camel), member));
        snakeCase = Map.copyOf(snake);
        order = builder.members.keySet().stream().sorted().toList();
    }

    /** {@return what messages call it} */
    public String name() {
        return name;
    }

    /** One line on an object, where a person asks what it is. */
    String shown(T self) {
        return shown.apply(self);
    }

    /** {@return the names of all members in camel case, sorted} */
    public List<String> names() {
        return order;
    }

    /**
     * The functions among the members.
     *
     * @return their signatures, by name
     */
    public Map<String, Signature> functions() {
        Map<String, Signature> functions = new HashMap<>();
        camelCase.forEach((key, member) -> {
            if (member instanceof ScriptFunction<T> operation)
                functions.put(key, operation.signature());
        });
        return Map.copyOf(functions);
    }

    ScriptRefusal unknown(String key, Values values) {
        return new ScriptRefusal(
                name
                        + " has no "
                        + key
                        + Nearest.suggestion(key, order.stream().map(values::spell).toList()));
    }

    @Nullable Member<T> find(String spelled, Values values) {
        return (values.spell("aB").equals("aB") ? camelCase : snakeCase).get(spelled);
    }

    /** A member. */
    sealed interface Member<T> {}

    /** A value that is read, and perhaps written. */
    record Property<T>(Getter<T> get, @Nullable Setter<T> set) implements Member<T> {}

    /** A function. */
    record ScriptFunction<T>(Signature signature, Method<T> run) implements Member<T> {}

    /** Reads a value. */
    @FunctionalInterface
    interface Getter<T> {
        @Nullable Object get(T self) throws Exception;
    }

    /** Writes a value. */
    @FunctionalInterface
    interface Setter<T> {
        void set(T self, Value value) throws Exception;
    }

    /** Runs a function. */
    @FunctionalInterface
    interface Method<T> {
        @Nullable Object run(T self, Arguments arguments) throws Exception;
    }

    static <T> Builder<T> of(String name) {
        return new Builder<>(name);
    }

    /** Collects members. */
    static final class Builder<T> {
        private final String name;
        private final Map<String, Member<T>> members = new HashMap<>();

        private Function<T, String> shown;

        private Builder(String name) {
            this.name = name;
            this.shown = _ -> name;
        }

        Builder<T> shown(Function<T, String> line) {
            shown = line;
            return this;
        }

        Builder<T> value(String key, Getter<T> get) {
            members.put(key, new Property<>(get, null));
            return this;
        }

        Builder<T> value(String key, Getter<T> get, Setter<T> set) {
            members.put(key, new Property<>(get, set));
            return this;
        }

        Builder<T> function(Signature signature, Method<T> run) {
            members.put(signature.name(), new ScriptFunction<>(signature, run));
            return this;
        }

        Members<T> build() {
            return new Members<>(this);
        }
    }
}
