package org.xenimage.script.jsr223;

import org.jspecify.annotations.Nullable;
import org.xenimage.script.engine.ScriptEngine;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

import javax.script.AbstractScriptEngine;
import javax.script.Bindings;
import javax.script.Compilable;
import javax.script.CompiledScript;
import javax.script.Invocable;
import javax.script.ScriptContext;
import javax.script.ScriptEngineFactory;
import javax.script.ScriptException;
import javax.script.SimpleBindings;

/**
 * An engine of JSR-223 for one language: see the package for what scripts may do and what crosses to them.
 *
 * <p>Nothing is started until the first script is run. Closing the engine ends all its scripts, and
 * their values can no longer be used. An engine that is not closed keeps the memory of its contexts.
 */
@SuppressWarnings("exports") // the nullness annotations, which are not needed at run time
public final class XenimageEngine extends AbstractScriptEngine
        implements Compilable, Invocable, AutoCloseable {
    private final LanguageEngineFactory factory;
    private final ScriptEngine engine;
    private final List<Owned> realms = new ArrayList<>();
    private boolean closed;

    /** The realm of someone's bindings, which goes when they go. */
    private record Owned(WeakReference<Bindings> bindings, Realm realm) {}

    XenimageEngine(LanguageEngineFactory factory) {
        this.factory = factory;
        this.engine = new ScriptEngine(factory.options().library());
    }

    @SuppressWarnings("ReferenceEquality") // bindings with the same contents are other bindings
    private synchronized Realm realm(ScriptContext of) {
        if (closed) throw new IllegalStateException("the engine is closed");
        Bindings bindings = of.getBindings(ScriptContext.ENGINE_SCOPE);
        Realm found = null;
        for (Iterator<Owned> all = realms.iterator(); all.hasNext(); ) {
            Owned owned = all.next();
            Bindings owner = owned.bindings().get();
            if (owner == null) {
                all.remove();
                owned.realm().close();
            } else if (owner == bindings) found = owned.realm();
        }
        if (found != null) return found;
        var made = new Realm(engine, factory);
        realms.add(new Owned(new WeakReference<>(bindings), made));
        return made;
    }

    private String file(ScriptContext of) {
        return of.getAttribute(FILENAME) instanceof String name
                ? name
                : "script" + factory.language().suffix();
    }

    @Override
    public @Nullable Object eval(String script, ScriptContext of) throws ScriptException {
        Objects.requireNonNull(script, "script");
        Objects.requireNonNull(of, "context");
        return realm(of).evaluate(file(of), script, of);
    }

    @Override
    public @Nullable Object eval(Reader reader, ScriptContext of) throws ScriptException {
        return eval(text(reader), of);
    }

    private static String text(Reader reader) throws ScriptException {
        var text = new StringWriter();
        try {
            reader.transferTo(text);
        } catch (IOException e) {
            throw new ScriptException(e);
        }
        return text.toString();
    }

    @Override
    public Bindings createBindings() {
        return new SimpleBindings();
    }

    @Override
    public ScriptEngineFactory getFactory() {
        return factory;
    }

    /**
     * Parses a script, so that its errors of syntax are found.
     *
     * @param script to parse
     * @return the script, to be run any number of times
     * @throws ScriptException with the place, if it is not valid
     */
    @Override
    public CompiledScript compile(String script) throws ScriptException {
        Objects.requireNonNull(script, "script");
        realm(context).parse(file(context), script);
        return new CompiledScript() {
            @Override
            public @Nullable Object eval(ScriptContext of) throws ScriptException {
                return XenimageEngine.this.eval(script, of);
            }

            @Override
            public XenimageEngine getEngine() {
                return XenimageEngine.this;
            }
        };
    }

    @Override
    public CompiledScript compile(Reader script) throws ScriptException {
        return compile(text(script));
    }

    @Override
    public @Nullable Object invokeFunction(String name, @Nullable Object... arguments)
            throws ScriptException, NoSuchMethodException {
        Objects.requireNonNull(name, "name");
        return realm(context).invoke(file(context), context, null, name, arguments);
    }

    /**
     * Calls a method of a script's object.
     *
     * @param self a {@link ScriptObject} of a script with the bindings of this engine
     * @param name of the method
     * @param arguments of a kind that can cross to the script
     * @return what it returns
     * @throws ScriptException if it fails
     * @throws NoSuchMethodException if there is none of this name
     */
    @Override
    public @Nullable Object invokeMethod(
            @Nullable Object self, String name, @Nullable Object... arguments)
            throws ScriptException, NoSuchMethodException {
        Objects.requireNonNull(name, "name");
        return realm(context).invoke(file(context), context, own(self), name, arguments);
    }

    private ScriptObject own(@Nullable Object self) {
        if (self instanceof ScriptObject object && object.realm() == realm(context)) return object;
        throw new IllegalArgumentException(
                "expected an object of a script with the bindings of this engine, found " + self);
    }

    @Override
    public <T> @Nullable T getInterface(Class<T> type) {
        return FunctionInterface.of(type, realm(context), file(context), context, null);
    }

    @Override
    public <T> @Nullable T getInterface(@Nullable Object self, Class<T> type) {
        return FunctionInterface.of(type, realm(context), file(context), context, own(self));
    }

    @Override
    public void close() {
        List<Owned> ending;
        synchronized (this) {
            closed = true;
            ending = List.copyOf(realms);
            realms.clear();
        }
        for (Owned owned : ending) owned.realm().close();
        engine.close();
    }
}
