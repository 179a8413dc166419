package org.xenimage.script.engine;

import com.fasterxml.jackson.databind.JsonNode;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Values of JavaScript: BigInt for what no Number holds, Uint8Array for bytes. */
final class JsValues extends Values {
    /** The greatest integer that a Number holds exactly. */
    private static final long SAFE = (1L << 53) - 1;

    private static final long BYTES_MAX = 1 << 27;

    /** Asked of any object by promises, conversions, JSON and Object's own functions. */
    private static final Set<String> PROBED =
            Set.of(
                    "then",
                    "toJSON",
                    "toString",
                    "valueOf",
                    "constructor",
                    "__proto__",
                    "inspect",
                    "hasOwnProperty",
                    "isPrototypeOf",
                    "propertyIsEnumerable",
                    "toLocaleString");

    private @Nullable Value parse;
    private @Nullable Value group;
    private @Nullable Value list;
    private @Nullable Value big;
    private @Nullable Value text;
    private @Nullable Value bytes;
    private @Nullable Value view;
    private @Nullable Value unfit;
    private @Nullable Value watched;

    @Override
    void bind(Context made, Value prelude) {
        super.bind(made, prelude);
        parse = prelude.getMember("parse");
        group = prelude.getMember("group");
        list = prelude.getMember("list");
        big = prelude.getMember("big");
        text = prelude.getMember("text");
        bytes = prelude.getMember("bytes");
        view = prelude.getMember("view");
        unfit = prelude.getMember("unfit");
        watched = prelude.getMember("watched");
    }

    @Override
    public String spell(String camelCase) {
        return camelCase;
    }

    @Override
    public boolean probed(String name) {
        return !isName(name) || PROBED.contains(name);
    }

    @Override
    public Object function(Signature signature, Function function) {
        return executable(signature, function, false);
    }

    @Override
    public Object value(JsonNode tree) {
        if (tree.isContainerNode() && tree.size() > 2 && plain(tree))
            return Objects.requireNonNull(parse).execute(tree.toString());
        return super.value(tree);
    }

    /** Whether JSON can carry it. */
    private boolean plain(JsonNode tree) {
        if (tree.isContainerNode()) {
            for (JsonNode child : tree) if (!plain(child)) return false;
            return true;
        }
        return !tree.isIntegralNumber() || (!tree.isBigInteger() && ordinary(tree.longValue()));
    }

    @Override
    public Object group(Object... namesAndValues) {
        return Objects.requireNonNull(group).execute(namesAndValues);
    }

    @Override
    public Object list(Object... items) {
        return Objects.requireNonNull(list).execute(items);
    }

    @Override
    public Object integer(BigInteger value) {
        return Objects.requireNonNull(big).execute(value.toString());
    }

    @Override
    RuntimeException raised(ScriptRefusal refused) {
        return refused;
    }

    @Override
    Object telling(Object tree, ProxyExecutable absent) {
        return Objects.requireNonNull(watched).execute(tree, absent);
    }

    @Override
    public Value bytes(byte[] run) {
        return Objects.requireNonNull(bytes).execute(ByteBuffer.wrap(run));
    }

    private Value view(Value value) {
        return Objects.requireNonNull(view).execute(value);
    }

    @Override
    public boolean isBytes(Value value) {
        return value.isString() || value.hasBufferElements() || !view(value).isNull();
    }

    @Override
    public byte[] bytes(Value value, String what) {
        if (value.isString()) return Checked.text(value, what).getBytes(StandardCharsets.UTF_8);
        Value found = view(value);
        if (!found.isNull()) {
            List<Value> parts = Checked.items(found, what, 3);
            return Checked.bytes(
                    parts.getFirst(),
                    what,
                    Checked.integer(parts.get(1), what, 0, Integer.MAX_VALUE),
                    Checked.integer(parts.get(2), what, 0, Integer.MAX_VALUE));
        }
        if (value.hasBufferElements()) return Checked.bytes(value, what, 0, -1);
        if (!value.hasArrayElements())
            throw new ScriptRefusal(
                    what
                            + ": expected a Uint8Array, an ArrayBuffer, a string or an array of bytes, found "
                            + Checked.describe(value));
        List<Value> items = Checked.items(value, what, BYTES_MAX);
        byte[] run = new byte[items.size()];
        for (int i = 0; i < run.length; i++)
            run[i] = (byte) Checked.integer(items.get(i), what + "[" + i + "]", 0, 0xff);
        return run;
    }

    @Override
    public JsonNode tree(Value value, String what) {
        Value written;
        try {
            written = Objects.requireNonNull(text).execute(value);
        } catch (PolyglotException e) {
            if (!e.isGuestException() || e.isCancelled() || e.isResourceExhausted()) throw e;
            String message = String.valueOf(e.getMessage());
            message = message.startsWith("TypeError: ") ? message.substring(11) : message;
            throw new ScriptRefusal(
                    message.startsWith(": ") || message.startsWith("[")
                            ? what + message
                            : what + "." + message,
                    e);
        }
        return ScriptTrees.read(Checked.text(written, what), what);
    }

    @Override
    boolean ordinary(long value) {
        return value >= -SAFE && value <= SAFE;
    }

    /** A function of JavaScript takes any number of arguments. */
    @Override
    String mismatch(Value function, int count) {
        return "";
    }

    @Override
    String unfit(Value value) {
        return Checked.text(Objects.requireNonNull(unfit).execute(value), "hook");
    }
}
