package org.xenimage.script.engine;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.PolicyModule;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * An engine that was made before it was known what it will run, and a context in which nothing of a policy has run, for
 * the first host of this process that needs its language.
 *
 * <p>Static, because a process has the one or not, whoever opens a host in it. Each is given away once. A host that
 * asks while one is being made waits for it: its own would take longer.
 */
final class WarmEngine {
    private static final Map<Language, Future<WarmEngine>> KEPT = new ConcurrentHashMap<>();

    private final Engine engine;
    private final Language language;
    private final Limits limits;
    private final Outlet out;
    private final Outlet err;
    private Optional<Context> context;

    private WarmEngine(
            Engine engine,
            Language language,
            Limits limits,
            Outlet out,
            Outlet err,
            Context context) {
        this.engine = engine;
        this.language = language;
        this.limits = limits;
        this.out = out;
        this.err = err;
        this.context = Optional.of(context);
    }

    /** An output whose place becomes known later. */
    private static final class Outlet extends OutputStream {
        private volatile OutputStream place = OutputStream.nullOutputStream();

        @Override
        public void write(int b) throws IOException {
            place.write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            place.write(bytes, from, count);
        }

        @Override
        public void flush() throws IOException {
            place.flush();
        }
    }

    /**
     * Makes an engine with a context, on this thread, and keeps it.
     *
     * @param scripts makes its contexts; not closed afterwards
     * @param language of the engine
     * @param limits of the scripts that can have the context
     */
    static void keep(ScriptEngine scripts, Language language, Limits limits) {
        var making = new FutureTask<>(() -> make(scripts, language, limits));
        KEPT.put(language, making);
        making.run();
    }

    private static WarmEngine make(ScriptEngine scripts, Language language, Limits limits) {
        var out = new Outlet();
        var err = new Outlet();
        Context context =
                scripts.context(
                        language, new ScriptSetting(limits, Instant.EPOCH, out, err), List.of());
        context.initialize(language.id());
        context.parse(Script.prelude(language));
        return new WarmEngine(scripts.engine(language), language, limits, out, err, context);
    }

    /** The engine of a language, if one is kept; it is kept no longer. */
    static Optional<WarmEngine> take(Language language) {
        Future<WarmEngine> kept = KEPT.remove(language);
        if (kept == null) return Optional.empty();
        try {
            return Optional.of(HookThread.get(kept));
        } catch (ExecutionException e) {
            return Optional.empty(); // what failed fails again where it can be reported
        }
    }

    Engine engine() {
        return engine;
    }

    /** Its context, for a script that is restricted as this context is; the first time only. */
    synchronized Optional<Context> context(ScriptSetting setting, List<PolicyModule> modules) {
        boolean fits =
                switch (language) {
                    case JAVASCRIPT ->
                            modules.isEmpty()
                                    && setting.limits().statements() == limits.statements();
                    case PYTHON -> true;
                };
        if (!fits || context.isEmpty()) return Optional.empty();
        out.place = setting.out();
        err.place = setting.err();
        Optional<Context> given = context;
        context = Optional.empty();
        return given;
    }
}
