package org.xenimage.script.engine;

import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Takes from a context of Python what reaches beyond it: signals, files, processes, the clock, settings of the process,
 * the place of the installation.
 *
 * <p>A policy can look into every object of its interpreter, so what must stay out of its hands is held here, in Java.
 * There is one way to a module that is built into the language, {@code _imp.create_builtin}; it leads through
 * {@link #create}, which refuses the modules of {@link #CLOSED} and lets the prelude strip others of what they do to
 * the process.
 */
final class PythonConfinement {
    /** Modules that a policy cannot import: all that they do concerns the process or the machine. */
    static final Set<String> CLOSED =
            Set.of(
                    "_asyncio",
                    "_crypt",
                    "_ctypes",
                    "_lsprof",
                    "_multiprocessing",
                    "_multiprocessing_graalpy",
                    "_posixshmem",
                    "_posixsubprocess",
                    "_socket",
                    "_ssl",
                    "_tracemalloc",
                    "faulthandler",
                    "fcntl",
                    "jarray",
                    "java",
                    "pwd",
                    "readline",
                    "resource",
                    "select");

    private final Value createBuiltin;
    private final Value execBuiltin;
    private final Value imports;
    private final Value confine;
    private final Value fixed;
    private final Value locale;
    private final Value logging;
    private final Value relocate;
    private final Value isolate;
    private final Value spec;
    private final Instant now;

    /** Modules that were created and did not run yet. */
    private final Map<String, Value> made = new HashMap<>();

    /**
     * A confinement, nothing of it done yet.
     *
     * @param prelude what the prelude made
     * @param now the time that the policy's clock shows
     */
    PythonConfinement(Value prelude, Instant now) {
        createBuiltin = prelude.getArrayElement(8).getArrayElement(0);
        execBuiltin = prelude.getArrayElement(8).getArrayElement(1);
        imports = prelude.getArrayElement(9);
        confine = prelude.getArrayElement(10);
        fixed = prelude.getArrayElement(11);
        locale = prelude.getArrayElement(12);
        logging = prelude.getArrayElement(13);
        relocate = prelude.getArrayElement(14);
        isolate = prelude.getArrayElement(15);
        spec = prelude.getArrayElement(16);
        this.now = now;
    }

    void confine() {
        imports.executeVoid(
                (ProxyExecutable) arguments -> create(arguments[0]),
                (ProxyExecutable) arguments -> execute(arguments[0]));
        shut();
    }

    /** First what matters: the rest looks at modules that a policy may have replaced by anything. */
    private void shut() {
        isolate.executeVoid();
        relocate.executeVoid(PythonFiles.STDLIB.toString(), PythonFiles.CORE.toString());
    }

    /**
     * A module that is run again gets back the functions that were removed, so they are removed
     * again.
     */
    private @Nullable Object execute(Value module) {
        String name = Checked.text(module.getMember("__name__"), "the name of a module");
        if (CLOSED.contains(name)) return null;
        Value result = execBuiltin.execute(module);
        if (!module.equals(made.remove(name))) shut();
        strip(name, module);
        return result;
    }

    /**
     * The module of a specification, created only from its name: the rest was chosen by the policy.
     */
    private @Nullable Object create(Value wanted) {
        String name = Checked.text(wanted.getMember("name"), "the name of a module");
        if (CLOSED.contains(name)) return null;
        Value module = createBuiltin.execute(spec.execute(name));
        strip(name, module);
        made.put(name, module);
        return module;
    }

    private void strip(String name, Value module) {
        switch (name) {
            case "sys", "posix", "_signal", "_thread", "__graalpython__", "_imp" -> shut();
            case "time" -> clock(module);
            case "_locale" -> {
                confine.executeVoid(name, module);
                locale.executeVoid(module);
            }
            case "atexit" -> {
                confine.executeVoid(name, module);
                logging.executeVoid(module);
            }
            default -> confine.executeVoid(name, module);
        }
    }

    private void clock(Value module) {
        double seconds = now.toEpochMilli() / 1000.0;
        Value gmtime = module.getMember("gmtime");
        if (!gmtime.canExecute()) return;
        Value localtime = module.getMember("localtime");
        Value ctime = module.getMember("ctime");
        Value asctime = module.getMember("asctime");
        Value strftime = module.getMember("strftime");
        confine.executeVoid("time", module);
        fixed.executeVoid(
                module,
                seconds,
                (ProxyExecutable)
                        name ->
                                switch (Checked.text(name[0], "name")) {
                                    case "gmtime" -> at(gmtime, seconds);
                                    case "localtime" -> at(localtime, seconds);
                                    case "ctime" -> at(ctime, seconds);
                                    case "asctime" -> dated(asctime, gmtime.execute(seconds), 0);
                                    default -> dated(strftime, gmtime.execute(seconds), 1);
                                });
    }

    /** A function of seconds, which are those of the run unless they are given. */
    private static ProxyExecutable at(Value function, double seconds) {
        return given ->
                given.length == 0 || given[0].isNull()
                        ? function.execute(seconds)
                        : function.execute(given[0]);
    }

    /** A function whose last argument is a date, which is that of the run unless it is given. */
    private static ProxyExecutable dated(Value function, Value date, int before) {
        return given -> {
            if (given.length > before) return function.execute((Object[]) given);
            if (given.length < before) return function.execute();
            Object[] dated = new Object[before + 1];
            System.arraycopy(given, 0, dated, 0, before);
            dated[before] = date;
            return function.execute(dated);
        };
    }
}
