package org.xenimage.script.jsr223;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.engine.HostFailure;
import org.xenimage.script.engine.Script;
import org.xenimage.script.engine.ScriptEngine;
import org.xenimage.script.engine.ScriptFailure;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.ScriptSetting;
import org.xenimage.script.engine.Values;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.view.ImageHandle;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;

import javax.script.Bindings;
import javax.script.ScriptContext;
import javax.script.ScriptException;

/**
 * The globals that go with one {@code Bindings}: a context of the language, begun when it is first used.
 *
 * <p>The language's globals are the truth while a script runs. Before it runs, what the bindings
 * have and the globals do not is published; when it has ended well, what it changed is collected
 * into the bindings of {@code ENGINE_SCOPE}.
 *
 * <p>Any thread may call; calls wait for each other. A {@link ScriptCallback} runs on the script's own thread while the
 * caller waits. It may use values of the script, but not run another script of this realm.
 */
final class Realm implements AutoCloseable {
    private final ScriptEngine engine;
    private final LanguageEngineFactory factory;
    private final JavaValues values = new JavaValues(this);
    private final WriterStream out = new WriterStream();
    private final WriterStream err = new WriterStream();

    /** What was given to the script by each name, to know what is new. */
    private final Map<String, @Nullable Object> published = new HashMap<>();

    /** What each global was when the bindings were last the same. */
    private final Map<String, Value> seen = new HashMap<>();

    private final Map<ScriptImage, ImageHandle> images = new HashMap<>();
    private Script script;
    private boolean open;
    private @Nullable volatile Thread inside;

    /** The result of a function that exists. */
    private record Result(@Nullable Object value) {}

    Realm(ScriptEngine engine, LanguageEngineFactory factory) {
        this.engine = engine;
        this.factory = factory;
        this.script = newScript();
    }

    private Script newScript() {
        Limits limits = factory.options().limits();
        return Script.of(
                engine,
                Policy.ofCode("script", factory.language(), limits),
                new ScriptSetting(limits, Instant.now(), out, err));
    }

    Values values() {
        return script.values();
    }

    @Nullable Object java(@Nullable Value value) {
        return value == null ? null : values.toJava(value);
    }

    Object script(@Nullable Object object) {
        return values.toScript(object);
    }

    String describe(Value value) {
        return script.format(value, Secrets.TOLD);
    }

    /** An image as this realm's scripts see it. */
    Object view(ScriptImage image) {
        return images.computeIfAbsent(
                        image,
                        _ ->
                                new ImageHandle(
                                        image.index(),
                                        image.facts(),
                                        script.values(),
                                        image.edits()))
                .value();
    }

    /** Runs a piece of code. */
    @Nullable Object evaluate(String file, String code, ScriptContext context)
            throws ScriptException {
        return inContext(
                file, context, () -> script.evaluate(file, code).map(this::java).orElse(null));
    }

    /** Parses a piece of code. */
    void parse(String file, String code) throws ScriptException {
        requireOutside();
        entered(
                file,
                () -> {
                    script.parse(file, code);
                    return true;
                });
    }

    /**
     * Calls a function among the globals, or a method of an object.
     *
     * @throws NoSuchMethodException if there is no such function
     */
    @Nullable Object invoke(
            String file,
            ScriptContext context,
            @Nullable ScriptObject self,
            String name,
            @Nullable Object... arguments)
            throws ScriptException, NoSuchMethodException {
        @Nullable Result result =
                inContext(
                        file,
                        context,
                        () -> {
                            Value owner = self == null ? script.globals() : self.value();
                            if (!isFunction(owner, name)) return null;
                            Object[] given = values.toScript(arguments);
                            // A JavaScript function needs its object; among globals there is none.
                            Value value =
                                    self == null
                                            ? owner.getMember(name).execute(given)
                                            : owner.invokeMember(name, given);
                            return new Result(java(value));
                        });
        if (result == null) throw new NoSuchMethodException("there is no function " + name);
        return result.value();
    }

    private static boolean isFunction(Value owner, String name) {
        return owner.hasMember(name) && owner.getMember(name).canExecute();
    }

    /** Whether there is a function of this name. */
    boolean has(ScriptContext context, @Nullable ScriptObject self, String name) {
        try {
            return inContext(
                    "script",
                    context,
                    () -> isFunction(self == null ? script.globals() : self.value(), name));
        } catch (ScriptException e) {
            return false;
        }
    }

    /** Calls a function that Java holds. */
    @Nullable Object call(Value function, @Nullable Object... arguments) throws ScriptException {
        return direct(() -> {
            if (!function.canExecute())
                throw new ScriptRefusal(describe(function) + " is not a function");
            return java(function.execute(values.toScript(arguments)));
        });
    }

    /** Uses a value that Java holds, where nothing can be declared to fail. */
    <T extends @Nullable Object> T use(Callable<T> body) {
        try {
            return direct(body);
        } catch (ScriptException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private <T extends @Nullable Object> T direct(Callable<T> body) throws ScriptException {
        if (Thread.currentThread() != inside) return entered("script", body);
        try {
            return body.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ScriptException(e);
        }
    }

    private <T extends @Nullable Object> T inContext(
            String file, ScriptContext context, Callable<T> body) throws ScriptException {
        requireOutside();
        synchronized (this) {
            out.to(context.getWriter());
            err.to(context.getErrorWriter());
            return entered(
                    file,
                    () -> {
                        publish(context);
                        T result = body.call();
                        for (ImageHandle image : images.values()) image.settle(file);
                        collect(context.getBindings(ScriptContext.ENGINE_SCOPE));
                        return result;
                    });
        }
    }

    /** A callback runs while its caller holds this realm: if it waited for the realm, both would wait. */
    private void requireOutside() throws ScriptException {
        if (Thread.currentThread() == inside)
            throw new ScriptException(
                    "a callback cannot run another script with the same bindings; return to the"
                            + " script first");
    }

    private synchronized <T extends @Nullable Object> T entered(String file, Callable<T> body)
            throws ScriptException {
        try {
            begin();
            return script.call(() -> {
                inside = Thread.currentThread();
                try {
                    return body.call();
                } finally {
                    inside = null;
                }
            });
        } catch (ScriptFailure e) {
            throw failed(file, e);
        } catch (HostFailure e) {
            revert();
            Throwable failure = e.failure();
            if (failure instanceof Exception exception) throw new ScriptException(exception);
            throw e;
        } finally {
            flush();
        }
    }

    private void begin() throws ScriptFailure {
        if (open) return;
        script.open(Map::of);
        open = true;
        script.call(() -> {
            Value globals = script.globals();
            for (String name : globals.getMemberKeys()) seen.put(name, globals.getMember(name));
            return true;
        });
    }

    private ScriptException failed(String file, ScriptFailure failure) {
        revert();
        var exception =
                failure.line() > 0
                        ? failure.column() > 0
                                ? new ScriptException(
                                        failure.problem(), file, failure.line(), failure.column())
                                : new ScriptException(failure.problem(), file, failure.line())
                        : new ScriptException(failure.problem());
        exception.initCause(failure);
        return exception;
    }

    /** Drops what the failed script edited, and its globals too if nothing more can be asked of them. */
    private void revert() {
        images.values().forEach(ImageHandle::revert);
        if (!script.stuck() && !script.stopped()) return;
        script.close();
        script = newScript();
        open = false;
        images.clear();
        seen.clear();
        published.clear();
    }

    private void flush() throws ScriptException {
        try {
            out.flush();
            err.flush();
        } catch (IOException e) {
            throw new ScriptException(e);
        }
    }

    @SuppressWarnings("ReferenceEquality") // an equal list may have been changed by the script
    private void publish(ScriptContext context) {
        Map<String, @Nullable Object> visible = new HashMap<>();
        Bindings global = context.getBindings(ScriptContext.GLOBAL_SCOPE);
        if (global != null) visible.putAll(global);
        visible.putAll(context.getBindings(ScriptContext.ENGINE_SCOPE));
        visible.keySet().removeIf(name -> !isName(name));
        Value globals = script.globals();
        visible.forEach((name, value) -> {
            if (published.containsKey(name) && published.get(name) == value) return;
            globals.putMember(name, values.toScript(value));
            published.put(name, value);
            seen.put(name, globals.getMember(name));
        });
        for (String name : List.copyOf(published.keySet())) {
            if (visible.containsKey(name)) continue;
            published.remove(name);
            seen.remove(name);
            if (globals.hasMember(name)) globals.removeMember(name);
        }
    }

    private void collect(Bindings bindings) {
        Value globals = script.globals();
        Set<String> present = new HashSet<>(globals.getMemberKeys());
        for (String name : present) {
            if (!isName(name) || name.startsWith("__")) continue;
            Value value = globals.getMember(name);
            if (value.equals(seen.get(name))) continue;
            Object object = java(value);
            seen.put(name, value);
            published.put(name, object);
            bindings.put(name, object);
        }
        for (String name : new ArrayList<>(published.keySet())) {
            if (present.contains(name)) continue;
            published.remove(name);
            seen.remove(name);
            bindings.remove(name);
        }
    }

    /** Attributes such as {@code javax.script.filename} are not variables. */
    private static boolean isName(String text) {
        return !text.isEmpty()
                && Character.isJavaIdentifierStart(text.charAt(0))
                && text.chars().allMatch(Character::isJavaIdentifierPart);
    }

    @Override
    public synchronized void close() {
        script.close();
    }
}
