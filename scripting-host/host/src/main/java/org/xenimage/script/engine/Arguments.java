package org.xenimage.script.engine;

import com.fasterxml.jackson.databind.JsonNode;

import org.graalvm.polyglot.Value;
import org.xenimage.script.header.Nearest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The arguments of a call, by the names of the parameters. What does not fit is a {@link ScriptRefusal}. */
public final class Arguments {
    private static final long LIST_MAX = 1024;

    private final Values bridge;
    private final Signature signature;
    private final Map<String, Value> values;
    private final Map<String, String> nothings = new HashMap<>();

    private Arguments(Values bridge, Signature signature, Map<String, Value> values) {
        this.bridge = bridge;
        this.signature = signature;
        this.values = values;
    }

    static Arguments of(Values bridge, Signature signature, Value[] raw, boolean keywordsFirst) {
        Map<String, Value> values = new LinkedHashMap<>();
        int from = keywordsFirst ? 1 : 0;
        int end = raw.length;
        Arguments arguments = new Arguments(bridge, signature, values);
        if (keywordsFirst) arguments.keywords(raw[0]);
        else if (signature.byName() && end > 0 && isOptions(raw[end - 1]))
            arguments.options(raw[--end]);
        if (end - from > signature.parameters().size())
            throw arguments.refusal(
                    "takes " + arguments.takes() + ", found " + (end - from) + " arguments");
        for (int i = from; i < end; i++) {
            String name = signature.parameters().get(i - from).name();
            if (raw[i].isNull()) arguments.nothings.put(name, Checked.describe(raw[i]));
            else if (values.put(name, raw[i]) != null)
                throw arguments.refusal(bridge.spell(name) + " is given twice");
        }
        return arguments;
    }

    private static boolean isOptions(Value value) {
        return value.hasMembers()
                && !value.canExecute()
                && !value.hasArrayElements()
                && !value.isString()
                && !value.isProxyObject()
                && !value.hasBufferElements();
    }

    private void keywords(Value dict) {
        Value entries = dict.getHashEntriesIterator();
        while (entries.hasIteratorNextElement()) {
            Value entry = entries.getIteratorNextElement();
            put(Checked.text(entry.getArrayElement(0), "option"), entry.getArrayElement(1));
        }
    }

    private void options(Value object) {
        for (String name : object.getMemberKeys()) put(name, object.getMember(name));
    }

    private void put(String spelled, Value value) {
        for (String name : signature.names()) {
            if (bridge.spell(name).equals(spelled)) {
                if (!value.isNull()) values.put(name, value);
                return;
            }
        }
        List<String> known = new ArrayList<>();
        for (String name : signature.names()) known.add(bridge.spell(name));
        throw refusal("has no option " + spelled + Nearest.suggestion(spelled, known));
    }

    private String takes() {
        List<String> names = new ArrayList<>();
        for (String name : signature.names()) names.add(bridge.spell(name));
        return names.isEmpty() ? "no arguments" : String.join(", ", names);
    }

    /**
     * Makes a refusal that names the function.
     *
     * @param problem in words
     * @return the refusal
     */
    public ScriptRefusal refusal(String problem) {
        return new ScriptRefusal(bridge.spell(signature.name()) + " " + problem);
    }

    /**
     * Looks an argument up.
     *
     * @param name of the parameter, in camel case
     * @return the value, if it was given
     */
    public Optional<Value> find(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /**
     * An argument that must be there.
     *
     * @param name of the parameter, in camel case
     * @return the value
     */
    public Value get(String name) {
        return find(name)
                .orElseThrow(() ->
                        refusal(
                                nothings.containsKey(name)
                                        ? bridge.spell(name)
                                                + ": expected a value, but it is "
                                                + nothings.get(name)
                                        : "needs " + bridge.spell(name) + ": it takes " + takes()));
    }

    private String named(String name) {
        return bridge.spell(signature.name()) + " " + bridge.spell(name);
    }

    /**
     * A string.
     *
     * @param name of the parameter, in camel case
     * @return the string, if it was given
     */
    public Optional<String> text(String name) {
        return find(name).map(value -> Checked.text(value, named(name)));
    }

    /**
     * A flag.
     *
     * @param name of the parameter, in camel case
     * @return the flag, if it was given
     */
    public Optional<Boolean> flag(String name) {
        return find(name).map(value -> Checked.flag(value, named(name)));
    }

    /**
     * An integer in a range.
     *
     * @param name of the parameter, in camel case
     * @param fallback if it was not given
     * @param least allowed
     * @param most allowed
     * @return the integer
     */
    public long integer(String name, long fallback, long least, long most) {
        return find(name).isPresent() ? integer(name, least, most) : fallback;
    }

    /**
     * An integer in a range that must be there.
     *
     * @param name of the parameter, in camel case
     * @param least allowed
     * @param most allowed
     * @return the integer
     */
    public long integer(String name, long least, long most) {
        return Checked.integer(get(name), named(name), least, most);
    }

    /**
     * An unsigned integer of 64 bits that must be there.
     *
     * @param name of the parameter, in camel case
     * @return its bits
     */
    public long unsigned64(String name) {
        return Checked.unsigned64(get(name), named(name));
    }

    /**
     * A list of strings, or one string.
     *
     * @param name of the parameter, in camel case
     * @return the strings, none if it was not given
     */
    public List<String> texts(String name) {
        Optional<Value> value = find(name);
        if (value.isEmpty()) return List.of();
        if (value.get().isString()) return List.of(Checked.text(value.get(), named(name)));
        List<String> texts = new ArrayList<>();
        for (Value item : Checked.items(value.get(), named(name), LIST_MAX))
            texts.add(Checked.text(item, named(name)));
        return texts;
    }

    /**
     * Bytes.
     *
     * @param name of the parameter, in camel case
     * @return the bytes, if they were given
     */
    public Optional<byte[]> bytes(String name) {
        return find(name).map(value -> bridge.bytes(value, bridge.spell(name)));
    }

    /**
     * A tree.
     *
     * @param name of the parameter, in camel case
     * @return the tree, if it was given
     */
    public Optional<JsonNode> tree(String name) {
        return find(name).map(value -> bridge.tree(value, bridge.spell(name)));
    }
}
