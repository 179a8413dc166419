package org.xenimage.script.engine;

import com.fasterxml.jackson.databind.JsonNode;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.api.Spelling;
import org.xenimage.script.header.LiteralRejected;
import org.xenimage.script.header.LiteralSyntax;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;

/** Values of Python: dict, list, int of any size, bytearray. */
final class PythonValues extends Values {
    /** The flag of code that takes any number of arguments. */
    private static final long CO_VARARGS = 4;

    private @Nullable Value group;
    private @Nullable Value list;
    private @Nullable Value integer;
    private @Nullable Value repr;
    private @Nullable Value fromHex;
    private @Nullable Value function;
    private @Nullable Value unfit;
    private @Nullable Value watched;
    private @Nullable Value raised;

    @Override
    void bind(Context made, Value prelude) {
        super.bind(made, prelude);
        group = prelude.getArrayElement(0);
        list = prelude.getArrayElement(1);
        integer = prelude.getArrayElement(2);
        repr = prelude.getArrayElement(3);
        fromHex = prelude.getArrayElement(4);
        function = prelude.getArrayElement(5);
        unfit = prelude.getArrayElement(6);
        watched = prelude.getArrayElement(7);
        raised = prelude.getArrayElement(17);
    }

    @Override
    public String spell(String camelCase) {
        return Spelling.snake(camelCase);
    }

    @Override
    public boolean probed(String name) {
        return !isName(name) || name.startsWith("__");
    }

    @Override
    public Object function(Signature signature, Function host) {
        return Objects.requireNonNull(function).execute(executable(signature, host, true));
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
        return value.bitLength() < Long.SIZE
                ? (Object) value.longValue()
                : Objects.requireNonNull(integer).execute(value.toString());
    }

    /** An exception of the host has no traceback, and so no line: Python raises one of its own. */
    @Override
    RuntimeException raised(ScriptRefusal refused) {
        try {
            Objects.requireNonNull(raised).executeVoid(String.valueOf(refused.getMessage()));
        } catch (PolyglotException thrown) {
            return thrown;
        }
        return refused;
    }

    @Override
    Object telling(Object tree, ProxyExecutable absent) {
        return Objects.requireNonNull(watched).execute(tree, absent);
    }

    @Override
    public Value bytes(byte[] bytes) {
        return Objects.requireNonNull(fromHex).execute(HexFormat.of().formatHex(bytes));
    }

    @Override
    public boolean isBytes(Value value) {
        return value.isString() || value.hasBufferElements();
    }

    @Override
    public byte[] bytes(Value value, String what) {
        if (value.isString()) return Checked.text(value, what).getBytes(StandardCharsets.UTF_8);
        if (!value.hasBufferElements())
            throw new ScriptRefusal(
                    what
                            + ": expected bytes, a bytearray or a str, found "
                            + Checked.describe(value));
        return Checked.bytes(value, what, 0, -1);
    }

    @Override
    public JsonNode tree(Value value, String what) {
        String text = Checked.text(Objects.requireNonNull(repr).execute(value), what);
        try {
            return LiteralSyntax.python(text).json();
        } catch (LiteralRejected e) {
            throw new ScriptRefusal(
                    what
                            + ": a value that is neither dict, list, str, int, float, bool nor None ("
                            + e.problem().replaceFirst(": a header is read .*", "")
                            + ")",
                    e);
        }
    }

    @Override
    boolean ordinary(long value) {
        return true;
    }

    @Override
    String unfit(Value value) {
        return Checked.text(Objects.requireNonNull(unfit).execute(value), "hook");
    }

    /** Python refuses a call with one argument too many; better now than when something failed. */
    @Override
    public String unfitCallback(Value value) {
        String unfit = unfit(value);
        if (!unfit.isEmpty()) return unfit;
        Arity arity = arity(value);
        return arity.takes(1)
                ? ""
                : "one that takes %d arguments, not the error alone".formatted(arity.least());
    }

    @Override
    String mismatch(Value function, int count) {
        Arity arity = arity(function);
        if (arity.takes(count)) return "";
        return "takes %s; this hook is given %d".formatted(arity, count);
    }

    private static String numbered(long count) {
        return count == 1 ? "1 argument" : count + " arguments";
    }

    /** How many arguments a function takes by position. */
    private record Arity(long least, long most, boolean any) {
        boolean takes(int count) {
            return least <= count && (count <= most || any);
        }

        @Override
        public String toString() {
            return least == most && !any ? numbered(least) : "at least " + numbered(least);
        }
    }

    private static Arity arity(Value function) {
        Value code = function.getMember("__code__");
        Value defaults = function.getMember("__defaults__");
        long most = Checked.integer(code.getMember("co_argcount"), "co_argcount", 0, 255);
        long flags = Checked.integer(code.getMember("co_flags"), "co_flags", 0, Integer.MAX_VALUE);
        long least = most - (defaults.hasArrayElements() ? defaults.getArraySize() : 0);
        return new Arity(least, most, (flags & CO_VARARGS) != 0);
    }
}
