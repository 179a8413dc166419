package org.xenimage.script.engine;

import com.fasterxml.jackson.databind.JsonNode;

import org.graalvm.polyglot.Value;
import org.xenimage.script.header.Nearest;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The arguments of a call, by the names of the parameters. What does not fit is a {@link ScriptRefusal}. */
public final class Arguments {
    private static final BigInteger U64_MAX = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private final Script script;
    private final Signature signature;
    private final Map<String, Value> values;

    private Arguments(Script script, Signature signature, Map<String, Value> values) {
        this.script = script;
        this.signature = signature;
        this.values = values;
    }

    static Arguments of(Script script, Signature signature, Value[] raw, boolean keywordsFirst) {
        Map<String, Value> values = new LinkedHashMap<>();
        int from = keywordsFirst ? 1 : 0;
        int end = raw.length;
        Arguments arguments = new Arguments(script, signature, values);
        if (keywordsFirst) arguments.keywords(raw[0]);
        else if (signature.byName() && end > 0 && isOptions(raw[end - 1]))
            arguments.options(raw[--end]);
        if (end - from > signature.parameters().size())
            throw arguments.refusal(
                    "takes " + arguments.takes() + ", found " + (end - from) + " arguments");
        for (int i = from; i < end; i++) {
            String name = signature.parameters().get(i - from);
            if (!raw[i].isNull() && values.put(name, raw[i]) != null)
                throw arguments.refusal(script.spell(name) + " is given twice");
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
            put(entry.getArrayElement(0).asString(), entry.getArrayElement(1));
        }
    }

    private void options(Value object) {
        for (String name : object.getMemberKeys()) put(name, object.getMember(name));
    }

    private void put(String spelled, Value value) {
        for (String name : signature.parameters()) {
            if (script.spell(name).equals(spelled)) {
                if (!value.isNull()) values.put(name, value);
                return;
            }
        }
        List<String> known = new ArrayList<>();
        for (String name : signature.parameters()) known.add(script.spell(name));
        throw refusal("has no option " + spelled + Nearest.suggestion(spelled, known));
    }

    private String takes() {
        List<String> names = new ArrayList<>();
        for (String name : signature.parameters()) names.add(script.spell(name));
        return names.isEmpty() ? "no arguments" : String.join(", ", names);
    }

    /**
     * Makes a refusal that names the function.
     *
     * @param problem in words
     * @return the refusal
     */
    public ScriptRefusal refusal(String problem) {
        return new ScriptRefusal(script.spell(signature.name()) + " " + problem);
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
        return find(name).orElseThrow(() -> refusal("needs " + script.spell(name)));
    }

    /**
     * A string.
     *
     * @param name of the parameter, in camel case
     * @return the string, if it was given
     */
    public Optional<String> text(String name) {
        Optional<Value> value = find(name);
        if (value.isPresent() && !value.get().isString())
            throw wrong(name, "a string", value.get());
        return value.map(Value::asString);
    }

    /**
     * A flag.
     *
     * @param name of the parameter, in camel case
     * @return the flag, if it was given
     */
    public Optional<Boolean> flag(String name) {
        Optional<Value> value = find(name);
        if (value.isPresent() && !value.get().isBoolean())
            throw wrong(name, "true or false", value.get());
        return value.map(Value::asBoolean);
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
        Value value = get(name);
        if (!value.isNumber()
                || !value.fitsInLong()
                || value.asLong() < least
                || value.asLong() > most)
            throw wrong(name, "an integer from " + least + " to " + most, value);
        return value.asLong();
    }

    /**
     * An unsigned integer of 64 bits that must be there.
     *
     * @param name of the parameter, in camel case
     * @return its bits
     */
    public long unsigned64(String name) {
        Value value = get(name);
        if (value.isNumber() && value.fitsInBigInteger()) {
            BigInteger number = value.asBigInteger();
            if (number.signum() >= 0 && number.compareTo(U64_MAX) <= 0) return number.longValue();
        }
        throw wrong(name, "an integer from 0 to 0xffffffffffffffff", value);
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
        if (value.get().isString()) return List.of(value.get().asString());
        if (!value.get().hasArrayElements())
            throw wrong(name, "a string or a list of strings", value.get());
        List<String> texts = new ArrayList<>();
        for (long i = 0; i < value.get().getArraySize(); i++) {
            Value item = value.get().getArrayElement(i);
            if (!item.isString()) throw wrong(name, "a string or a list of strings", item);
            texts.add(item.asString());
        }
        return texts;
    }

    /**
     * Bytes.
     *
     * @param name of the parameter, in camel case
     * @return the bytes, if they were given
     */
    public Optional<byte[]> bytes(String name) {
        return find(name).map(value -> script.bytes(value, script.spell(name)));
    }

    /**
     * A tree.
     *
     * @param name of the parameter, in camel case
     * @return the tree, if it was given
     */
    public Optional<JsonNode> tree(String name) {
        return find(name).map(value -> script.tree(value, script.spell(name)));
    }

    private ScriptRefusal wrong(String name, String allowed, Value found) {
        String shown = found.toString();
        return refusal(
                script.spell(name)
                        + ": expected "
                        + allowed
                        + ", found "
                        + (shown.length() <= 40 ? shown : shown.substring(0, 40) + "..."));
    }
}
