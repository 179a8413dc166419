package org.xenimage.script.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * The bridge between the host's values and those of a script's language. What the host gives becomes native values;
 * what the script gives back is read by {@link Checked} or as text, never cast. On the script's thread only.
 *
 * <p>It also is the border for failures: what the host refuses becomes an error that the script can see, anything else
 * that goes wrong in the host is kept, so that a script which catches it gains nothing.
 */
public abstract sealed class Values permits JsValues, PythonValues {
    private @Nullable Context context;
    private @Nullable ScriptRefusal refusal;
    private @Nullable HostFailure failure;

    /** What runs when a script calls a function. */
    @FunctionalInterface
    public interface Function {
        /**
         * Runs.
         *
         * @param arguments of the call
         * @return the result, to be made a script's value
         * @throws Exception of the host
         */
        @Nullable Object apply(Arguments arguments) throws Exception;
    }

    /** What runs when a script calls a function that takes any arguments. */
    @FunctionalInterface
    public interface Callback {
        /**
         * Runs.
         *
         * @param arguments of the call
         * @return the result, to be made a script's value
         * @throws Exception of the host
         */
        @Nullable Object apply(List<Value> arguments) throws Exception;
    }

    /** Reads something of the host. */
    @FunctionalInterface
    public interface Lookup {
        /**
         * Reads.
         *
         * @return the result, to be made a script's value
         * @throws Exception of the host
         */
        @Nullable Object get() throws Exception;
    }

    /** Writes something of the host. */
    @FunctionalInterface
    public interface Writing {
        /**
         * Writes.
         *
         * @throws Exception of the host
         */
        void run() throws Exception;
    }

    /** Takes what the prelude made in a new context. */
    void bind(Context made, Value prelude) {
        context = made;
    }

    final Context context() {
        if (context == null) throw new IllegalStateException("not started");
        return context;
    }

    /** Forgets the failures of earlier calls. */
    final void begin() {
        refusal = null;
        failure = null;
    }

    /** The last refusal of this call, whether the script caught it or not. */
    final Optional<ScriptRefusal> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** What failed of the host in this call, whether the script caught it or not. */
    final Optional<HostFailure> failure() {
        return Optional.ofNullable(failure);
    }

    /**
     * A name as the policy's language spells it.
     *
     * @param camelCase the name in JavaScript
     * @return the name in this language
     */
    public abstract String spell(String camelCase);

    /**
     * Whether the language itself looks up a name in objects, so that its absence is not a mistake
     * of the policy.
     *
     * @param name of a member
     * @return whether it must be absent quietly
     */
    public abstract boolean probed(String name);

    /** Whether a person can have written it after a dot: engines look up other names too. */
    static boolean isName(String text) {
        return !text.isEmpty() && text.chars().allMatch(Character::isJavaIdentifierPart);
    }

    /**
     * Makes a function that the script can call, with named arguments the way its language has them.
     *
     * @param signature name and parameters
     * @param function to run
     * @return the function as a value
     */
    public abstract Object function(Signature signature, Function function);

    /**
     * Makes an object or a dict.
     *
     * @param namesAndValues in turn, the values already the script's
     * @return the value
     */
    public abstract Object group(Object... namesAndValues);

    /**
     * Makes an array or a list.
     *
     * @param items already the script's
     * @return the value
     */
    public abstract Object list(Object... items);

    /**
     * Makes a wide integer: a BigInt in JavaScript.
     *
     * @param value of any size
     * @return the value
     */
    public abstract Object integer(BigInteger value);

    /**
     * Makes bytes that the script can read and write.
     *
     * @param bytes that a script in JavaScript writes to directly
     * @return the bytes as a value
     */
    public abstract Value bytes(byte[] bytes);

    /**
     * Reads bytes.
     *
     * @param value of the script
     * @param what it is for, in a message
     * @return a copy
     */
    public abstract byte[] bytes(Value value, String what);

    /**
     * Whether a value is bytes rather than a tree.
     *
     * @param value of the script
     * @return whether {@link #bytes(Value, String)} is meant
     */
    public abstract boolean isBytes(Value value);

    /**
     * Reads a tree.
     *
     * @param value of the script
     * @param what it is, in a message
     * @return the tree
     */
    public abstract JsonNode tree(Value value, String what);

    /**
     * Reads a tree that is an object.
     *
     * @param value of the script
     * @param what it is, in a message
     * @return the tree
     */
    public final ObjectNode object(Value value, String what) {
        if (tree(value, what) instanceof ObjectNode object) return object;
        throw new ScriptRefusal(what + ": expected an object, found " + Checked.describe(value));
    }

    /** Whether the language's own numbers represent an integer exactly. */
    abstract boolean ordinary(long value);

    /** Why a value cannot be a hook; empty if it can. */
    abstract String unfit(Value value);

    /** Why a function cannot be called with so many arguments; empty if it can. */
    abstract String mismatch(Value function, int count);

    /**
     * Why a value cannot be a function that is called later with one argument.
     *
     * @param value of the script
     * @return such as {@code an async function}; empty if it can
     */
    public String unfitCallback(Value value) {
        return unfit(value);
    }

    /**
     * Makes a native value that reports missing keys to the host.
     *
     * @param tree to convert
     * @param absent takes each key that the script asks for in vain
     * @return the value
     */
    public final Object watched(ObjectNode tree, Consumer<String> absent) {
        ProxyExecutable executable =
                arguments -> {
                    if (arguments.length == 1 && arguments[0].isString())
                        take(() -> absent.accept(Checked.text(arguments[0], "key")));
                    return none();
                };
        return telling(value(tree), executable);
    }

    abstract Object telling(Object tree, ProxyExecutable absent);

    /**
     * Makes a native value: objects and arrays of JavaScript, dicts and lists of Python.
     *
     * @param tree to convert; a {@link com.fasterxml.jackson.databind.node.BigIntegerNode} is BigInt in JavaScript
     * @return the value
     */
    public Object value(JsonNode tree) {
        if (tree instanceof ObjectNode object) {
            Object[] flat = new Object[2 * object.size()];
            int at = 0;
            for (var property : object.properties()) {
                flat[at++] = property.getKey();
                flat[at++] = value(property.getValue());
            }
            return group(flat);
        }
        if (tree.isArray()) {
            Object[] items = new Object[tree.size()];
            for (int i = 0; i < items.length; i++) items[i] = value(tree.get(i));
            return list(items);
        }
        if (tree.isTextual()) return tree.textValue();
        if (tree.isBoolean()) return tree.booleanValue();
        if (tree.isBigInteger()) return integer(tree.bigIntegerValue());
        if (tree.isIntegralNumber())
            return ordinary(tree.longValue())
                    ? number(tree.longValue())
                    : integer(tree.bigIntegerValue());
        if (tree.isNumber()) return tree.doubleValue();
        return none();
    }

    /**
     * Makes a native value to be read back later.
     *
     * @param tree to convert
     * @return the value
     */
    public final Value asValue(JsonNode tree) {
        return context().asValue(value(tree));
    }

    private static Object number(long value) {
        return value == (int) value ? (Object) (int) value : (Object) value;
    }

    final Object none() {
        return context().asValue(null);
    }

    /**
     * Converts any value of the host to a value of the script.
     *
     * @param object a tree, bytes, a {@link U64}, a proxy, a number, a string, true, false or null
     * @return the value
     */
    public final Object give(@Nullable Object object) {
        return switch (object) {
            case null -> none();
            case JsonNode tree -> value(tree);
            case U64 wide -> integer(wide.value());
            case byte[] run -> bytes(run);
            case Long wide -> ordinary(wide) ? number(wide) : integer(BigInteger.valueOf(wide));
            default -> object;
        };
    }

    /**
     * Gives a script what it reads; the host's failures become errors that the script can see.
     *
     * @param lookup of something of the host
     * @return the value
     */
    public final Object give(Lookup lookup) {
        return raising(() -> give(lookup.get()));
    }

    /**
     * Takes what a script writes; the host's failures become errors that the script can see.
     *
     * @param writing of something of the host
     */
    public final void take(Writing writing) {
        raising(() -> {
            writing.run();
            return true;
        });
    }

    private Object raising(Callable<Object> host) {
        try {
            return guarded(host);
        } catch (ScriptRefusal refused) {
            throw raised(refused);
        }
    }

    /**
     * A refusal as the language throws it where a member is read or written, so that the script sees an error of its
     * own and the language notes the line.
     */
    abstract RuntimeException raised(ScriptRefusal refused);

    private Object guarded(Callable<Object> host) {
        StackReserve.require();
        try {
            return host.call();
        } catch (ScriptRefusal refused) {
            refusal = refused;
            throw refused;
        } catch (IllegalArgumentException
                | IndexOutOfBoundsException
                | ArithmeticException
                | ClassCastException
                | UnsupportedOperationException e) {
            refusal = new ScriptRefusal(String.valueOf(e.getMessage()), e);
            throw refusal;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            failure = new HostFailure(e);
            throw failure;
        }
    }

    /**
     * Makes a function that the script can call with any arguments, by position.
     *
     * @param function to run; what it is given is valid during the call
     * @return the function as a value
     */
    public final Object callable(Callback function) {
        return (ProxyExecutable) raw -> guarded(() -> give(function.apply(List.of(raw))));
    }

    final ProxyExecutable executable(
            Signature signature, Function function, boolean keywordsFirst) {
        return raw ->
                guarded(() ->
                        give(function.apply(Arguments.of(this, signature, raw, keywordsFirst))));
    }
}
