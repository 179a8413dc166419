package org.xenimage.script.engine;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An engine that has run a policy of the host's own and nothing else, for the first host of this process that needs its
 * language. Of Python there is a context as well, in which nothing has run: it takes longest.
 *
 * <p>Static, because a process has the one or not, whoever opens a host in it. Each is given away once.
 */
final class WarmEngine {
    private static final Map<Language, WarmEngine> KEPT = new ConcurrentHashMap<>();

    private final Engine engine;
    private final Outlet out;
    private final Outlet err;
    private Optional<Context> context;

    private WarmEngine(Engine engine, Outlet out, Outlet err, Optional<Context> context) {
        this.engine = engine;
        this.out = out;
        this.err = err;
        this.context = context;
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
     * Makes an engine and keeps it.
     *
     * @param scripts makes its contexts; not closed afterwards
     * @param policy to run once, of the host itself
     * @throws ScriptFailure if the policy fails
     */
    static void keep(ScriptEngine scripts, Policy policy, ScriptSetting setting)
            throws ScriptFailure {
        Language language = policy.language();
        try (Script script = Script.of(scripts, policy, setting)) {
            script.load();
        }
        var out = new Outlet();
        var err = new Outlet();
        Optional<Context> context = Optional.empty();
        if (language == Language.PYTHON) {
            var later = new ScriptSetting(setting.limits(), setting.now(), out, err);
            Context made = scripts.context(language, later, List.of());
            made.initialize(language.id());
            context = Optional.of(made);
        }
        KEPT.put(language, new WarmEngine(scripts.engine(language), out, err, context));
    }

    /** The engine of a language, if one is kept; it is kept no longer. */
    static Optional<WarmEngine> take(Language language) {
        return Optional.ofNullable(KEPT.remove(language));
    }

    Engine engine() {
        return engine;
    }

    /** Its context, for a script that is not restricted in other ways than all are; the first time only. */
    synchronized Optional<Context> context(ScriptSetting setting) {
        Optional<Context> given = context;
        context = Optional.empty();
        if (given.isPresent()) {
            out.place = setting.out();
            err.place = setting.err();
        }
        return given;
    }
}
