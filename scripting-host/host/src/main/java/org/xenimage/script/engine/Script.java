package org.xenimage.script.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;

import java.io.OutputStream;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * A policy's code in a context of its own: its hooks, and the values that go in and out.
 *
 * <p>One thread enters the context, that of this script; the methods that run something are called by one other thread
 * at a time, which waits. Methods that make or read values are called on the script's thread, from within
 * {@link #call}.
 */
public abstract sealed class Script implements AutoCloseable permits JsScript, PythonScript {
    private final ScriptEngine engine;
    private final Policy policy;
    private final Limits limits;
    private final HookThread thread;
    private @Nullable Context context;
    private @Nullable Future<Context> starting;
    private @Nullable ScriptRefusal lastRefusal;
    private @Nullable HostFailure failure;
    private String unit;
    private OutputStream out = OutputStream.nullOutputStream();
    private volatile boolean interrupted;
    private final Map<Hook, Value> hooks = new EnumMap<>(Hook.class);

    Script(ScriptEngine engine, Policy policy, Limits limits) {
        this.engine = engine;
        this.policy = policy;
        this.limits = limits;
        this.unit = policy.file();
        this.thread = new HookThread("policy " + policy.name());
    }

    /**
     * A policy's code, nothing of it run yet.
     *
     * @param engine to run it
     * @param policy whose code
     * @param limits for each call
     * @return the script
     */
    public static Script of(ScriptEngine engine, Policy policy, Limits limits) {
        return switch (policy.language()) {
            case JAVASCRIPT -> new JsScript(engine, policy, limits);
            case PYTHON -> new PythonScript(engine, policy, limits);
        };
    }

    /** Something that runs on the script's thread, in its context. */
    @FunctionalInterface
    public interface Body {
        /**
         * Runs.
         *
         * @throws Exception of the script or of the host
         */
        void run() throws Exception;
    }

    /** Begins to make the context, and does not wait for it. */
    public final void start() {
        if (starting != null) return;
        starting =
                thread.begin(() -> {
                    Context made = engine.context(policy.language(), limits, imports(), out);
                    context = made;
                    made.enter();
                    try {
                        prelude(made);
                    } finally {
                        made.leave();
                    }
                    return made;
                });
    }

    /**
     * Begins to make the context for code that comes piece by piece, and does not wait for it.
     *
     * @param prints takes what the code prints
     */
    public final void start(OutputStream prints) {
        out = prints;
        start();
    }

    /**
     * Runs the module and finds its hooks.
     *
     * @throws ScriptFailure if it cannot be run
     */
    public final void load() throws ScriptFailure {
        start();
        thread.prepareMeter();
        try {
            thread.get(starting());
        } catch (ExecutionException e) {
            throw explain(e.getCause());
        }
        call(() -> {
            module(context());
            findHooks();
            return true;
        });
    }

    /**
     * Makes the context for code that comes piece by piece, and waits for it.
     *
     * @param prints takes what the code prints
     * @param globals what the code is given, by name; made on the script's thread
     * @throws ScriptFailure if it cannot be made
     */
    public final void open(OutputStream prints, Supplier<Map<String, Object>> globals)
            throws ScriptFailure {
        start(prints);
        try {
            thread.get(starting());
        } catch (ExecutionException e) {
            throw explain(e.getCause());
        }
        call(() -> {
            Value bindings = context().getBindings(policy.language().id());
            globals.get().forEach(bindings::putMember);
            return true;
        });
    }

    /**
     * Runs a piece of code, on the script's thread.
     *
     * @param name of the piece, for messages
     * @param code to run; what it declares stays for the pieces that follow
     * @return the value of its last expression, nothing if that has none
     */
    public final Optional<Value> evaluate(String name, String code) {
        unit = name;
        Value value =
                context()
                        .eval(
                                Source.newBuilder(policy.language().id(), code, name)
                                        .cached(false)
                                        .buildLiteral());
        return isNothing(value) ? Optional.empty() : Optional.of(value);
    }

    /**
     * A value as a person reads it, on the script's thread.
     *
     * @param value of the script
     * @return one line or several
     */
    public final String format(Value value) {
        return new ValueFormatter(this, policy.language()).format(value);
    }

    /** Whether what a piece of code leaves behind is not the value of an expression. */
    abstract boolean isNothing(Value value);

    /**
     * Whether a piece of code can be run as it is, or is only the beginning of one. On the script's thread.
     *
     * @param code as far as it was typed
     * @return false if more must follow; true also for what is no program
     */
    public abstract boolean complete(String code);

    /**
     * The names after a dot, on the script's thread.
     *
     * @param expression before the dot; empty for the names of the whole
     * @return the names
     */
    public final List<String> members(String expression) {
        Value value =
                expression.isEmpty()
                        ? context().getBindings(policy.language().id())
                        : context().eval(policy.language().id(), expression);
        List<String> names = new ArrayList<>();
        if (value.hasMembers()) names.addAll(value.getMemberKeys());
        return names;
    }

    /**
     * Stops what runs now, and leaves the context fit for more. From any other thread; waits for the end, and if it does
     * not come gives the context up, which {@link #stuck} tells.
     */
    public final void interrupt() {
        interrupted = true;
        try {
            context().interrupt(Duration.ofSeconds(3));
        } catch (TimeoutException e) {
            thread.abandon();
        }
    }

    /** {@return whether the script was told to stop and did not: nothing more can be asked of it} */
    public final boolean stuck() {
        return thread.stuck();
    }

    /** The name of the piece of code that runs. */
    final String unit() {
        return unit;
    }

    private Future<Context> starting() {
        if (starting == null) throw new IllegalStateException("not started");
        return starting;
    }

    /**
     * Whether the policy has a hook.
     *
     * @param hook to look for
     * @return whether it is there
     */
    public final boolean has(Hook hook) {
        return hooks.containsKey(hook);
    }

    /**
     * Runs something on the script's thread under the limits.
     *
     * @param body to run
     * @param <T> of its result
     * @return its result
     * @throws ScriptFailure if the script failed
     * @throws HostFailure if the host did
     */
    public final <T> T call(Callable<T> body) throws ScriptFailure {
        lastRefusal = null;
        failure = null;
        interrupted = false;
        T result;
        try {
            result =
                    thread.limited(
                            () -> {
                                Context entered = context();
                                entered.enter();
                                try {
                                    if (limits.statements() > 0) entered.resetLimits();
                                    return body.call();
                                } finally {
                                    leave(entered);
                                }
                            },
                            limits,
                            () -> context().close(true));
        } catch (ExecutionException e) {
            if (interrupted || (e.getCause() instanceof PolyglotException p && p.isInterrupted()))
                throw new ScriptFailure(ScriptFailure.Kind.INTERRUPTED, "interrupted");
            if (failure != null) throw failure;
            throw explain(e.getCause());
        }
        // A script may have caught it; the host has not.
        if (failure != null) throw failure;
        return result;
    }

    private static void leave(Context entered) {
        try {
            entered.leave();
        } catch (PolyglotException | IllegalStateException e) {
            // The context was closed under the script; what ended it is on its way.
        }
    }

    /**
     * Calls a hook, on the script's thread.
     *
     * @param hook that the policy has
     * @param arguments already in the shape that the script expects
     */
    public final void invoke(Hook hook, Object... arguments) {
        Value function = hooks.get(hook);
        if (function == null) throw new IllegalStateException(policy + " has no " + hook);
        Value result = function.execute(arguments);
        checkResult(hook, result);
    }

    final Context context() {
        if (context == null) throw new IllegalStateException("not started");
        return context;
    }

    final Policy policy() {
        return policy;
    }

    private void findHooks() {
        Value scope = scope();
        boolean any = false;
        for (Hook hook : Hook.values()) {
            String name = hook.in(policy.language());
            Value value = scope.getMember(name);
            if (value == null || value.isNull()) continue;
            if (!value.canExecute()) throw new ScriptRefusal(name + " is no function");
            hooks.put(hook, value);
            any = true;
        }
        checkNames(scope, any);
    }

    /** Evaluates what the host itself needs in the context. */
    abstract void prelude(Context made);

    /** Whether the source may import modules of the library: what it says in a comment costs little. */
    final boolean imports() {
        return policy.source().contains("import") && policy.source().contains("xenimage");
    }

    final ClassLoader library() {
        return engine.library();
    }

    /** Evaluates the policy's source. */
    abstract void module(Context in);

    /** Where the hooks are. */
    abstract Value scope();

    /** Complains of names that look like hooks and are none. */
    abstract void checkNames(Value scope, boolean any);

    abstract void checkResult(Hook hook, Value result);

    /** Line and column in the policy's own source; 0 for what is not known. */
    abstract int[] place(PolyglotException thrown);

    /**
     * A name as the policy's language spells it.
     *
     * @param camelCase the name in JavaScript
     * @return the name in this language
     */
    public abstract String spell(String camelCase);

    /**
     * Makes a function that the script can call, with named arguments the way its language has them.
     *
     * @param signature name and parameters
     * @param function to run
     * @return the function as a value
     */
    public abstract Object function(Signature signature, Function function);

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

    abstract Object group(Object... namesAndValues);

    abstract Object list(Object... items);

    abstract Object integer(BigInteger value);

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
     * Reads a tree.
     *
     * @param value of the script
     * @param what it is, in a message
     * @return the tree
     */
    public abstract JsonNode tree(Value value, String what);

    /** What a number must exceed to be no ordinary number. */
    abstract boolean ordinary(long value);

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

    /**
     * Whether a value is bytes rather than a tree.
     *
     * @param value of the script
     * @return whether {@link #bytes(Value, String)} is meant
     */
    public abstract boolean isBytes(Value value);

    private static Object number(long value) {
        return value == (int) value ? (Object) (int) value : (Object) value;
    }

    private Object none() {
        return context().asValue(null);
    }

    /**
     * Makes a script's value of whatever the host gives.
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

    /** Reads something of the host. */
    @FunctionalInterface
    public interface Reading {
        /**
         * Reads.
         *
         * @return the result, to be made a script's value
         * @throws Exception of the host
         */
        @Nullable Object get() throws Exception;
    }

    /**
     * Gives a script what it reads; the host's failures become errors that the script can see.
     *
     * @param reading of something of the host
     * @return the value
     */
    public final Object give(Reading reading) {
        return guarded(() -> give(reading.get()));
    }

    /**
     * Takes what a script writes; the host's failures become errors that the script can see.
     *
     * @param writing of something of the host
     */
    public final void take(Body writing) {
        guarded(() -> {
            writing.run();
            return true;
        });
    }

    private Object guarded(Callable<Object> host) {
        try {
            return host.call();
        } catch (ScriptRefusal refusal) {
            lastRefusal = refusal;
            throw refusal;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            lastRefusal = new ScriptRefusal(String.valueOf(e.getMessage()), e);
            throw lastRefusal;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            failure = new HostFailure(e);
            throw failure;
        }
    }

    /** Makes a failure of whatever a call threw. */
    private ScriptFailure explain(@Nullable Throwable thrown) {
        if (thrown instanceof ScriptFailure failure) return failure;
        if (thrown instanceof ScriptRefusal refusal)
            return new ScriptFailure(ScriptFailure.Kind.REFUSED, message(refusal), 0, 0, refusal);
        if (thrown instanceof PolyglotException polyglot) return explain(polyglot);
        if (thrown instanceof IllegalArgumentException rejected)
            return new ScriptFailure(
                    ScriptFailure.Kind.REFUSED,
                    String.valueOf(rejected.getMessage()),
                    0,
                    0,
                    rejected);
        if (thrown instanceof HostFailure failure) throw failure;
        if (thrown instanceof OutOfMemoryError)
            return new ScriptFailure(ScriptFailure.Kind.LIMIT, "needed more memory than there is");
        if (thrown instanceof StackOverflowError)
            return new ScriptFailure(ScriptFailure.Kind.LIMIT, "recursed too deeply");
        throw new HostFailure(thrown == null ? new IllegalStateException("no cause") : thrown);
    }

    private ScriptFailure explain(PolyglotException thrown) {
        if (thrown.isHostException() && thrown.asHostException() instanceof HostFailure failure)
            throw failure;
        int[] place = place(thrown, new int[2]);
        if (thrown.isHostException() && thrown.asHostException() instanceof ScriptRefusal refusal)
            return new ScriptFailure(
                    ScriptFailure.Kind.REFUSED, message(refusal), place[0], place[1], thrown);
        if (lastRefusal != null && refused(thrown))
            return new ScriptFailure(
                    ScriptFailure.Kind.REFUSED, message(lastRefusal), place[0], place[1], thrown);
        if (thrown.isSyntaxError())
            return new ScriptFailure(
                    ScriptFailure.Kind.SYNTAX, firstLine(thrown), place[0], place[1], thrown);
        if (thrown.isExit())
            return new ScriptFailure(
                    ScriptFailure.Kind.THROWN,
                    "a policy cannot end the program",
                    place[0],
                    place[1],
                    thrown);
        if (thrown.isResourceExhausted())
            return new ScriptFailure(
                    ScriptFailure.Kind.LIMIT,
                    String.valueOf(thrown.getMessage()).contains("tatement")
                            ? "ran more than its limit of " + limits.statements() + " statements"
                            : "needed more memory than there is",
                    place[0],
                    place[1],
                    thrown);
        return new ScriptFailure(
                ScriptFailure.Kind.THROWN, firstLine(thrown), place[0], place[1], thrown);
    }

    /** Looks for the place under the limits too: an error of the script may have code of its own to look at it. */
    private int[] place(PolyglotException thrown, int[] unknown) {
        if (thread.stopped() || thrown.isCancelled()) return unknown;
        try {
            return thread.limited(() -> place(thrown), limits, () -> context().close(true));
        } catch (ExecutionException | ScriptFailure e) {
            return unknown; // A place is good to have; the failure itself is what counts.
        }
    }

    /** Whether what the script did not catch is the host's refusal in the language's own clothes. */
    boolean refused(PolyglotException thrown) {
        return false;
    }

    private static String message(ScriptRefusal refusal) {
        return String.valueOf(refusal.getMessage());
    }

    /** The message without the code frame that an engine may add. */
    String firstLine(PolyglotException thrown) {
        String message = thrown.getMessage();
        if (message == null || message.isBlank()) return "failed without a message";
        int end = message.indexOf('\n');
        String line = end < 0 ? message : message.substring(0, end);
        if (!thrown.isInternalError()) return line;
        // The engine names its own exception, and an option of Java that a policy's author has no
        // use for.
        int colon = line.indexOf("Exception: ");
        int hint = line.indexOf(", to enable it");
        return line.substring(
                colon < 0 ? 0 : colon + "Exception: ".length(), hint < 0 ? line.length() : hint);
    }

    final Source source(String mimeType) {
        Source.Builder builder =
                Source.newBuilder(policy.language().id(), policy.source(), policy.file());
        if (!mimeType.isEmpty()) builder.mimeType(mimeType);
        return builder.cached(false).buildLiteral();
    }

    final ProxyExecutable executable(
            Signature signature, Function function, boolean keywordsFirst) {
        return raw ->
                guarded(() ->
                        give(function.apply(Arguments.of(this, signature, raw, keywordsFirst))));
    }

    /** {@return whether the script ran beyond a limit, so that nothing more can be asked of it} */
    public final boolean stopped() {
        return thread.stopped();
    }

    /** Gives the context back. A script that could not be stopped is left to its thread. */
    @Override
    public final void close() {
        if (thread.stuck()) engine.abandon(policy.language());
        else if (starting != null) {
            try {
                thread.unlimited(() -> {
                    if (context != null) context.close(true);
                    return true;
                });
            } catch (ExecutionException e) {
                throw new IllegalStateException(
                        "policy " + policy.name() + ": its context cannot be closed", e.getCause());
            }
        }
        thread.close();
    }
}
