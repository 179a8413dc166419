package org.xenimage.script.view;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.Example;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.MemberType.Access;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;
import org.xenimage.script.api.Spelling;
import org.xenimage.script.engine.Arguments;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Signature;
import org.xenimage.script.engine.Values;
import org.xenimage.script.header.Nearest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a kind of object looks like to scripts: the one definition for both languages, and the description from which
 * typings, reference and help are made. Immutable.
 *
 * @param <T> its host object
 */
public final class Members<T> {
    private final String name;
    private final Map<String, Member<T>> camelCase;
    private final Map<String, Member<T>> snakeCase;
    private final List<String> order;
    private final Function<T, String> summary;

    private final ObjectType type;

    private Members(Builder<T> builder) {
        name = builder.name;
        summary = builder.summary;
        camelCase = Map.copyOf(builder.members);
        Map<String, Member<T>> snake = new HashMap<>();
        builder.members.forEach((camel, member) -> snake.put(Spelling.snake(camel), member));
        snakeCase = Map.copyOf(snake);
        order = builder.members.keySet().stream().sorted().toList();
        type =
                new ObjectType(
                        builder.type,
                        builder.name,
                        ObjectType.Form.VIEW,
                        builder.doc,
                        builder.described,
                        Optional.empty(),
                        builder.setting);
    }

    /** {@return what messages call it} */
    public String name() {
        return name;
    }

    /** One line on an object, where a person asks what it is. */
    String summary(T self) {
        return summary.apply(self);
    }

    /** {@return the names of all members in camel case, sorted} */
    public List<String> names() {
        return order;
    }

    /** {@return the description of the object and of all members, in the order of the table} */
    public ObjectType type() {
        return type;
    }

    ScriptRefusal unknown(String key, Values values) {
        return new ScriptRefusal(
                name
                        + " has no "
                        + key
                        + Nearest.suggestion(key, order.stream().map(values::spell).toList()));
    }

    /** Which members can be set in the place of one that cannot. */
    ScriptRefusal readOnly(String key, Values values) {
        List<String> settable =
                order.stream()
                        .filter(each ->
                                camelCase.get(each) instanceof Property<T> property
                                        && property.set() != null)
                        .map(values::spell)
                        .toList();
        return new ScriptRefusal(
                "%s.%s cannot be set%s"
                        .formatted(
                                name,
                                key,
                                settable.isEmpty()
                                        ? ": it only says what is; edit what a hook is given, such as config in "
                                                + values.spell("onConfig")
                                        : "; set " + String.join(", ", settable)));
    }

    @Nullable Member<T> find(String spelled, Values values) {
        return (values.spell("aB").equals("aB") ? camelCase : snakeCase).get(spelled);
    }

    /** A member. */
    sealed interface Member<T> {}

    /** A value that is read, and perhaps written. */
    record Property<T>(ScriptType type, Getter<T> get, @Nullable Setter<T> set)
            implements Member<T> {}

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

    /**
     * Begins the table of a kind of object.
     *
     * @param type its name in the typings
     * @param name what messages call it
     * @param doc one sentence
     */
    static <T> Builder<T> of(String type, String name, String doc) {
        return new Builder<>(type, name, doc);
    }

    /** Collects members, each with its description: none can be exposed without one. */
    static final class Builder<T> {
        private final String type;
        private final String name;
        private final String doc;
        private final Map<String, Member<T>> members = new HashMap<>();
        private final List<MemberType> described = new ArrayList<>();
        private Setting setting = Setting.NONE;
        private Function<T, String> summary;

        private Builder(String type, String name, String doc) {
            this.type = type;
            this.name = name;
            this.doc = doc;
            this.summary = _ -> name;
        }

        Builder<T> summary(Function<T, String> line) {
            summary = line;
            return this;
        }

        /** Where the examples run. */
        Builder<T> setting(Setting where) {
            setting = where;
            return this;
        }

        /** A value that is read. */
        Builder<T> value(String key, ScriptType is, String sentence, Getter<T> get) {
            return add(
                    new Property<>(is, get, null),
                    described(key, Access.READ, is, List.of(), false, sentence));
        }

        /** A value that is read and assigned. */
        Builder<T> value(String key, ScriptType is, String sentence, Getter<T> get, Setter<T> set) {
            return add(
                    new Property<>(is, get, set),
                    described(key, Access.WRITE, is, List.of(), false, sentence));
        }

        Builder<T> function(Signature signature, String sentence, Method<T> run) {
            return add(
                    new ScriptFunction<>(signature, run),
                    described(
                            signature.name(),
                            Access.CALL,
                            signature.result(),
                            signature.parameters(),
                            signature.byName(),
                            sentence));
        }

        /** A statement, the same in both languages, that shows the last member. */
        Builder<T> example(String both) {
            return example(both, both);
        }

        /** A statement in each language that shows the last member. */
        Builder<T> example(String javaScript, String python) {
            described.add(described.removeLast().like(javaScript, python));
            return this;
        }

        /** Says that only one kind of record has the last member. */
        Builder<T> only(String recordType) {
            described.add(described.removeLast().only(recordType));
            return this;
        }

        private static MemberType described(
                String key,
                Access access,
                ScriptType is,
                List<CallParameter> parameters,
                boolean byName,
                String sentence) {
            return new MemberType(
                    key, access, is, parameters, byName, sentence, "", 1, new Example("", ""));
        }

        private Builder<T> add(Member<T> member, MemberType about) {
            if (members.put(about.name(), member) != null)
                throw new IllegalArgumentException(name + ": two members " + about.name());
            described.add(about);
            return this;
        }

        Members<T> build() {
            return new Members<>(this);
        }
    }
}
