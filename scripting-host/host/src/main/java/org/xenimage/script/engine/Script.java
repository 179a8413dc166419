package org.xenimage.script.engine;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.SourceSection;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyModule;
import org.xenimage.script.policy.Secrets;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A policy's code in its own context: creates the context, calls the hooks, and closes the context.
 *
 * <p>Only the thread of this script enters the context; the methods that run something are called
 * by one other thread at a time, which waits. {@link #values}, which makes and reads values, is
 * used on the script's thread, from within {@link #call}.
 */
public abstract sealed class Script implements AutoCloseable permits JsScript, PythonScript {
    /** Hooks of migrations, which this release does not call. */
    private static final Map<Language, List<String>> NOT_CALLED =
            Map.of(
                    Language.JAVASCRIPT,
                    List.of("onNegotiate", "onRound", "onSwitchover"),
                    Language.PYTHON,
                    List.of("on_negotiate", "on_round", "on_switchover"));

    private final ScriptEngine engine;
    private final Policy policy;
    private final ScriptSetting setting;
    private final Values values;
    private final HookThread thread;
    private CallDepth.@Nullable Limit depth;
    private @Nullable Context context;
    private @Nullable Future<Context> starting;
    private String unit;
    private volatile boolean interrupted;
    private final Map<Hook, Value> hooks = new EnumMap<>(Hook.class);
    private final Map<Hook, SourcePlace> places = new EnumMap<>(Hook.class);
    private final Map<String, Value> functions = new LinkedHashMap<>();

    Script(ScriptEngine engine, Policy policy, ScriptSetting setting, Values values) {
        this.engine = engine;
        this.policy = policy;
        this.setting = setting;
        this.values = values;
        this.unit = sourceName(policy);
        this.thread = new HookThread("policy " + policy.name(), engine.inspected());
    }

    /**
     * A policy's code, nothing of it run yet.
     *
     * @param engine to run it
     * @param policy whose code
     * @param setting what it runs under
     * @return the script
     */
    public static Script of(ScriptEngine engine, Policy policy, ScriptSetting setting) {
        return switch (policy.language()) {
            case JAVASCRIPT -> new JsScript(engine, policy, setting);
            case PYTHON -> new PythonScript(engine, policy, setting);
        };
    }

    /** {@return the bridge between the host's values and the script's} */
    public final Values values() {
        return values;
    }

    /** Begins to make the context, and does not wait for it. */
    public final void start() {
        if (starting != null) return;
        starting =
                thread.begin(() -> {
                    depth = engine.depth(policy.language());
                    Context made = engine.context(policy.language(), setting, policy.modules());
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
     * Waits for the context.
     *
     * @throws ScriptFailure if it cannot be made
     */
    public final void started() throws ScriptFailure {
        start();
        thread.prepareMeter();
        try {
            HookThread.get(starting());
        } catch (ExecutionException e) {
            throw explain(e.getCause());
        }
    }

    /**
     * Runs the module and finds its hooks.
     *
     * @return what the policy has in a hook's place and is not called, and why
     * @throws ScriptFailure if it cannot be run, or has something in a hook's place that is none
     */
    public final List<String> load() throws ScriptFailure {
        started();
        return call(() -> {
            module(context());
            return findHooks();
        });
    }

    /**
     * Runs a module that is not a policy, and finds its functions.
     *
     * @param wanted says of a name whether the function is meant
     * @return the names, in the order of the source
     * @throws ScriptFailure if it cannot be run, or has something in a function's place that is none
     */
    public final List<String> loadFunctions(Predicate<String> wanted) throws ScriptFailure {
        started();
        return call(() -> {
            module(context());
            Value scope = scope();
            List<String> names = new ArrayList<>();
            for (String name : scope.getMemberKeys()) {
                if (!wanted.test(name)) continue;
                Value value = scope.getMember(name);
                requireFit(name, value, "a test");
                functions.put(name, value);
                names.add(name);
            }
            // A module of JavaScript lists its exports by name.
            names.sort(Comparator.comparingInt(name -> line(functions.get(name))));
            return names;
        });
    }

    private static int line(@Nullable Value function) {
        SourceSection at = function == null ? null : function.getSourceLocation();
        return at == null || !at.hasLines() ? 0 : at.getStartLine();
    }

    /**
     * Calls a function of {@link #loadFunctions}, on the script's thread. Like a hook, it returns nothing.
     *
     * @param function its name
     * @param arguments already in the shape that the script expects
     */
    public final void invoke(String function, Object... arguments) {
        Value value = functions.get(function);
        if (value == null) throw new IllegalStateException(policy + " has no " + function);
        requireNothing(
                function,
                value.execute(arguments),
                "a test returns nothing; use t.equal and its like, and an ordinary function");
    }

    /**
     * Makes the context for code that comes piece by piece, and waits for it.
     *
     * @param globals what the code is given, by name; made on the script's thread
     * @throws ScriptFailure if it cannot be made
     */
    public final void open(Supplier<Map<String, Object>> globals) throws ScriptFailure {
        started();
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
     * Parses a piece of code and runs nothing of it, on the script's thread.
     *
     * @param name of the piece, for messages
     * @param code to parse
     */
    public final void parse(String name, String code) {
        unit = name;
        context()
                .parse(
                        Source.newBuilder(policy.language().id(), code, name)
                                .cached(false)
                                .buildLiteral());
    }

    /** {@return the names that all pieces of code share, on the script's thread} */
    public final Value globals() {
        return context().getBindings(policy.language().id());
    }

    /**
     * A value as a person reads it, on the script's thread.
     *
     * @param value of the script
     * @param secrets what hides the values of keys that look secret
     * @return one line or several
     */
    public final String format(Value value, Secrets secrets) {
        return new ValueFormatter(values, policy.language(), secrets).format(value);
    }

    /** Whether the result of a piece of code is not the value of an expression. */
    abstract boolean isNothing(Value value);

    /**
     * Whether a piece of code is complete, or more lines must follow. On the script's thread.
     *
     * @param code as far as it was typed
     * @return false if more must follow; true also for invalid code
     */
    public abstract boolean complete(String code);

    /**
     * What an expression names, on the script's thread.
     *
     * @param expression to evaluate
     * @return its value
     */
    public final Value named(String expression) {
        return context().eval(policy.language().id(), expression);
    }

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
                        : named(expression);
        List<String> names = new ArrayList<>();
        if (value.hasMembers()) names.addAll(value.getMemberKeys());
        return names;
    }

    /**
     * Stops what runs now, and leaves the context fit for more. From any other thread; waits for
     * the script to stop, and otherwise abandons the context, which {@link #stuck} reports.
     */
    public final void interrupt() {
        interrupted = true;
        try {
            context().interrupt(Duration.ofSeconds(3));
        } catch (TimeoutException e) {
            thread.abandon();
        }
    }

    /**
     * {@return whether the script was interrupted and did not stop, so that it cannot be used any
     * more}
     */
    public final boolean stuck() {
        return thread.stuck();
    }

    /** {@return whether the script exceeded a limit, so that it cannot be used any more} */
    public final boolean stopped() {
        return thread.stopped();
    }

    /** {@return the time that all calls took together, on the wall} */
    public final Duration spent() {
        return thread.spent();
    }

    /** The name of the piece of code that runs. */
    final String unit() {
        return unit;
    }

    private Future<Context> starting() {
        if (starting == null) throw new IllegalStateException("not started");
        return starting;
    }

    private void notePlace(Hook hook, SourceSection at) {
        String path = at.getSource().getPath();
        module(path == null ? at.getSource().getName() : path)
                .ifPresent(
                        module -> places.put(hook, new SourcePlace(module, at.getStartLine(), 0)));
    }

    /**
     * Where a hook begins.
     *
     * @param hook of the policy
     * @return the line of its function; empty if the policy does not have it, or it is not known
     */
    public final Optional<SourcePlace> place(Hook hook) {
        return Optional.ofNullable(places.get(hook));
    }

    /** {@return the hooks that the policy has} */
    public final Set<Hook> hooks() {
        return Set.copyOf(hooks.keySet());
    }

    /**
     * Whether the policy has a hook.
     *
     * @param hook to look for
     * @return whether it is present
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
        values.begin();
        interrupted = false;
        T result;
        try {
            result =
                    thread.limited(
                            () -> {
                                Context entered = context();
                                entered.enter();
                                try {
                                    if (setting.limits().statements() > 0) entered.resetLimits();
                                    if (depth != null) depth.begin(callsMax());
                                    return body.call();
                                } finally {
                                    leave(entered);
                                }
                            },
                            setting.limits(),
                            () -> context().close(true));
        } catch (ExecutionException e) {
            if (interrupted || (e.getCause() instanceof PolyglotException p && p.isInterrupted()))
                throw new ScriptFailure(ScriptFailure.Kind.INTERRUPTED, "interrupted");
            if (values.failure().isPresent()) throw values.failure().get();
            throw explain(e.getCause());
        }
        // A script may have caught it; the host has not.
        if (values.failure().isPresent()) throw values.failure().get();
        return result;
    }

    private static void leave(Context entered) {
        try {
            entered.leave();
        } catch (PolyglotException | IllegalStateException e) {
            // The context was closed under the script; what ended it is on its way.
        }
    }

    private ScriptFailure explain(@Nullable Throwable thrown) {
        return FailureMapping.explain(this, thrown, setting.limits(), this::placed);
    }

    /**
     * Looks for the place under the limits too, because reading an error of the script may run code
     * of the script.
     */
    private SourcePlace placed(PolyglotException thrown) {
        if (thread.stopped() || thrown.isCancelled()) return SourcePlace.UNKNOWN;
        try {
            return thread.limited(
                    () -> place(thrown), setting.limits(), () -> context().close(true));
        } catch (ExecutionException | ScriptFailure e) {
            return SourcePlace.UNKNOWN; // The place is optional; only the failure itself matters.
        }
    }

    /**
     * Calls a hook, on the script's thread. A hook does what it does and returns nothing: a result
     * is an error, since the code of a generator or of an async function would not have run, and a
     * returned config would count for nothing.
     *
     * @param hook that the policy has
     * @param arguments already in the shape that the script expects
     */
    public final void invoke(Hook hook, Object... arguments) {
        Value function = hooks.get(hook);
        if (function == null) throw new IllegalStateException(policy + " has no " + hook);
        requireNothing(
                hook.in(policy.language()),
                function.execute(arguments),
                "a hook returns nothing; edit what it is given in place, and use an ordinary function");
    }

    private static void requireNothing(String name, Value result, String rule) {
        if (result.isNull()) return;
        throw new ScriptRefusal(name + " returned " + Checked.describe(result) + ": " + rule);
    }

    private void requireFit(String name, Value value, String role) throws ScriptFailure {
        String unfit = values.unfit(value);
        if (!unfit.isEmpty())
            throw misfit(
                    value,
                    "%s is %s: %s must be an ordinary function, or it would not run"
                            .formatted(name, unfit, role));
    }

    /** Something that is no hook, with the line where it is defined. */
    private ScriptFailure misfit(Value value, String problem) {
        SourceSection at = value.getSourceLocation();
        SourcePlace place =
                at == null || !at.hasLines()
                        ? SourcePlace.UNKNOWN
                        : module(at.getSource().getName())
                                .map(module -> new SourcePlace(module, at.getStartLine(), 0))
                                .orElse(SourcePlace.UNKNOWN);
        return new ScriptFailure(
                ScriptFailure.Kind.REFUSED, problem, place, new ScriptRefusal(problem));
    }

    final Context context() {
        if (context == null) throw new IllegalStateException("not started");
        return context;
    }

    final Policy policy() {
        return policy;
    }

    /** Whether a debugger may look on. */
    final boolean inspected() {
        return engine.inspected();
    }

    final ScriptSetting setting() {
        return setting;
    }

    private List<String> findHooks() throws ScriptFailure {
        Value scope = scope();
        Language language = policy.language();
        List<String> known = new ArrayList<>();
        for (Hook hook : Hook.values()) known.add(hook.in(language));
        List<String> notCalled = new ArrayList<>();
        for (String name : scope.getMemberKeys()) {
            if (NOT_CALLED.getOrDefault(language, List.of()).contains(name)) notCalled.add(name);
            else if (isHookName(name) && !known.contains(name))
                throw misfit(
                        scope.getMember(name),
                        "there is no hook " + name + Nearest.suggestion(name, known));
            else if (meant(name, known).isPresent() && scope.getMember(name).canExecute())
                throw misfit(
                        scope.getMember(name),
                        "there is no hook %s; did you mean %s?"
                                .formatted(name, meant(name, known).orElseThrow()));
        }
        for (Hook hook : Hook.values()) {
            String name = hook.in(language);
            if (!scope.hasMember(name)) continue;
            Value value = scope.getMember(name);
            requireFit(name, value, "a hook");
            String mismatch = values.mismatch(value, hook == Hook.BEGIN ? 1 : 2);
            if (!mismatch.isEmpty()) throw misfit(value, name + " " + mismatch);
            hooks.put(hook, value);
            SourceSection at = value.getSourceLocation();
            if (at != null && at.hasLines()) notePlace(hook, at);
        }
        if (hooks.isEmpty())
            throw new ScriptRefusal(
                    "defines no hook; expected one of %s%s"
                            .formatted(String.join(", ", known), noHook(scope, known)));
        List<String> warnings = new ArrayList<>();
        for (String name : notCalled)
            warnings.add(name + " is not called: this release has no such hook yet");
        for (String name : hiddenHooks())
            if (known.contains(name)) warnings.add(name + " is not called: " + exported(name));
        return warnings;
    }

    /** How many calls may run within each other: few enough that the stack of the host does not end. */
    abstract int callsMax();

    /** Hooks that the source has and the module does not show. */
    abstract List<String> hiddenHooks();

    /** How a module shows a hook. */
    abstract String exported(String name);

    /** The hook that a name spells in the way of another language, or without its beginning. */
    private static Optional<String> meant(String name, List<String> known) {
        String folded = folded(name);
        return known.stream()
                .filter(hook -> !hook.equals(name))
                .filter(hook -> folded(hook).equals(folded))
                .findFirst();
    }

    private static String folded(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }

    /** What to write where a module has no hook at all. */
    private String noHook(Value scope, List<String> known) {
        List<String> hidden = hiddenHooks();
        if (!hidden.isEmpty()) return "; " + exported(hidden.getFirst());
        for (String name : scope.getMemberKeys()) {
            if (name.equals("default")) return "; " + exported(known.get(1));
            Optional<String> hook = meant("on" + name, known);
            if (hook.isPresent() && scope.getMember(name).canExecute())
                return "; did you mean %s for %s?".formatted(hook.get(), name);
        }
        return "; " + exported(known.get(1));
    }

    /** Whether a name of the module can only be meant as a hook. */
    abstract boolean isHookName(String name);

    /** Evaluates what the host itself needs in the context, before any code of the policy. */
    abstract void prelude(Context made);

    /** What is evaluated in every context of a language before any code of a policy. */
    static Source prelude(Language language) {
        return switch (language) {
            case JAVASCRIPT -> JsScript.PRELUDE;
            case PYTHON -> PythonScript.PRELUDE;
        };
    }

    /** A resource of this package that is evaluated in every context. */
    static Source resource(Language language, String name) {
        try (InputStream in = Script.class.getResourceAsStream(name)) {
            if (in == null) throw new IllegalStateException(name + " is missing in this program");
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Source.newBuilder(language.id(), text, "xenimage").internal(true).buildLiteral();
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    /** Whether a source is one of the script's modules: its path, empty for the script itself. */
    final Optional<String> module(String source) {
        String path = source.startsWith("/") ? source.substring(1) : source;
        if (path.equals(unit)) return Optional.of("");
        return policy.modules().stream().map(PolicyModule::path).filter(path::equals).findFirst();
    }

    /** Evaluates the policy's source. */
    abstract void module(Context in);

    /** Where the hooks are. */
    abstract Value scope();

    /** The place in the policy's own source or in one of its modules. */
    abstract SourcePlace place(PolyglotException thrown);

    /** Whether an uncaught error is the host's refusal, as an exception of the language. */
    boolean refused(PolyglotException thrown) {
        return false;
    }

    /** The message in one line, without the place, which the failure contains anyway. */
    String firstLine(PolyglotException thrown) {
        return FailureMapping.firstLine(thrown);
    }

    /** The name of the policy's file as its script sees it: without the folder, which tells of the machine. */
    static String sourceName(Policy policy) {
        return policy.file().substring(policy.file().lastIndexOf('/') + 1);
    }

    final Source source(String mimeType) {
        String name = sourceName(policy);
        Source.Builder builder =
                engine.inspected()
                        // A debugger shows and finds what has a path: one that tells nothing of the
                        // machine.
                        ? Source.newBuilder(policy.language().id(), new File("/" + name))
                                .content(policy.source())
                                .name(name)
                        : Source.newBuilder(policy.language().id(), policy.source(), name);
        if (!mimeType.isEmpty()) builder.mimeType(mimeType);
        try {
            return builder.cached(false).build();
        } catch (IOException e) {
            throw new UncheckedIOException(name, e); // of the content, nothing is read
        }
    }

    /** Gives the context back. A script that could not be stopped is left to its thread. */
    @Override
    public final void close() {
        boolean ended = !thread.stuck();
        if (ended && starting != null)
            ended =
                    thread.ends(() -> {
                        if (context != null) context.close(true);
                        return true;
                    });
        if (!ended) engine.abandon(policy.language());
        thread.close();
    }
}
