package org.xenimage.script.engine;

import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Instrument;
import org.graalvm.polyglot.ResourceLimits;
import org.graalvm.polyglot.SandboxPolicy;
import org.graalvm.polyglot.io.FileSystem;
import org.graalvm.polyglot.io.IOAccess;
import org.xenimage.script.policy.Inspection;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.PolicyModule;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The engines of a host, one for each language, made when the first script of the language needs it: a class path may
 * lack the other one. Safe for use by several threads.
 *
 * <p>The contexts of one engine share code, so that the second context of a language costs a fraction of the first.
 *
 * <p>With an {@link Inspection} there is one engine for both languages, so that a debugger connects once. The inspector
 * works only below the sandbox policy TRUSTED, which checks nothing; everything that CONSTRAINED asks for is set all
 * the same, here, for every context.
 */
public final class ScriptEngine implements AutoCloseable {
    private final Map<Language, Engine> engines = new EnumMap<>(Language.class);
    private final Map<Language, WarmEngine> warm = new EnumMap<>(Language.class);
    private final ClassLoader library;
    private final PythonFiles pythonFiles;
    private final Optional<Inspection> inspection;
    private final boolean takesWarm;
    private boolean closed;

    /**
     * Engines that are missing yet, without a debugger.
     *
     * @param library where the modules are that scripts can import
     */
    public ScriptEngine(ClassLoader library) {
        this(library, Optional.empty());
    }

    /**
     * Engines that are missing yet.
     *
     * @param library where the modules are that scripts can import
     * @param inspection by a debugger
     */
    public ScriptEngine(ClassLoader library, Optional<Inspection> inspection) {
        this(library, inspection, inspection.isEmpty());
    }

    private ScriptEngine(ClassLoader library, Optional<Inspection> inspection, boolean takesWarm) {
        this.library = library;
        this.inspection = inspection;
        this.takesWarm = takesWarm;
        ClassLoader languages = Engine.class.getClassLoader();
        this.pythonFiles = new PythonFiles(languages == null ? library : languages);
    }

    ClassLoader library() {
        return library;
    }

    boolean inspected() {
        return inspection.isPresent();
    }

    private SandboxPolicy sandbox() {
        return inspected() ? SandboxPolicy.TRUSTED : SandboxPolicy.CONSTRAINED;
    }

    synchronized Engine engine(Language language) {
        if (closed) throw new IllegalStateException("the policy host is closed");
        Engine made = engines.get(language);
        if (made != null) return made;
        Optional<WarmEngine> kept = takesWarm ? WarmEngine.take(language) : Optional.empty();
        if (kept.isPresent()) {
            warm.put(language, kept.get());
            engines.put(language, kept.get().engine());
            return kept.get().engine();
        }
        Engine engine = inspection.isPresent() ? inspected(inspection.get()) : plain(language);
        if (!engine.getLanguages().containsKey(language.id())) {
            engine.close();
            throw new IllegalArgumentException(
                    language.displayName()
                            + " is not on the class path of this run; the console has it with --lang "
                            + language.id());
        }
        engines.put(language, engine);
        if (inspected()) for (Language other : Language.values()) engines.put(other, engine);
        return engine;
    }

    private Engine plain(Language language) {
        return silent(Engine.newBuilder(language.id()))
                .err(OutputStream.nullOutputStream())
                .build();
    }

    private Engine inspected(Inspection wanted) {
        String[] languages =
                List.of(Language.values()).stream().map(Language::id).toArray(String[]::new);
        return InspectorAddress.announced(
                wanted,
                err ->
                        silent(Engine.newBuilder(languages))
                                .err(err)
                                .option("inspect", Integer.toString(wanted.port()))
                                .option("inspect.Suspend", "false")
                                .option("inspect.WaitAttached", "true")
                                .build());
    }

    private Engine.Builder silent(Engine.Builder builder) {
        return builder.option("engine.WarnInterpreterOnly", "false")
                .in(InputStream.nullInputStream())
                .out(OutputStream.nullOutputStream())
                .logHandler(OutputStream.nullOutputStream())
                .sandbox(sandbox());
    }

    /**
     * Makes an engine and a context, in which nothing runs, for the next host of this process that needs the language.
     *
     * @param library where the modules are that scripts can import
     * @param language to prepare
     * @param limits of the scripts that can have the context
     */
    public static void keepWarm(ClassLoader library, Language language, Limits limits) {
        if (language == Language.PYTHON) {
            // Its implementation asks for it later.
            Thread beside =
                    new Thread(ManagementFactory::getPlatformMBeanServer, "head-start-management");
            beside.setDaemon(true);
            beside.start();
        }
        // Not closed: its engine lives on.
        WarmEngine.keep(new ScriptEngine(library, Optional.empty(), false), language, limits);
    }

    /** Counts the calls of the contexts of a language. */
    CallDepth.Limit depth(Language language) {
        Instrument counted = engine(language).getInstruments().get(CallDepth.ID);
        CallDepth.Limit limit = counted == null ? null : counted.lookup(CallDepth.Limit.class);
        if (limit == null) throw new IllegalStateException("the engine does not count calls");
        return limit;
    }

    /**
     * Begins to record which lines run.
     *
     * @param language of the sources
     * @param wanted which, by their names
     * @return the recording
     */
    public LineCoverage.Recording record(Language language, Predicate<String> wanted) {
        Instrument lines = engine(language).getInstruments().get(LineCoverage.ID);
        LineCoverage.Recorder recorder =
                lines == null ? null : lines.lookup(LineCoverage.Recorder.class);
        if (recorder == null) throw new IllegalStateException("the engine does not record lines");
        return recorder.record(wanted);
    }

    private synchronized Optional<WarmEngine> warm(Language language) {
        return Optional.ofNullable(warm.get(language));
    }

    /**
     * Makes a context that may do nothing but compute.
     *
     * @param language that runs in it, the only one
     * @param setting what it runs under; of the limits, the number of statements counts here
     * @param modules what the script imports
     * @return the context
     */
    Context context(Language language, ScriptSetting setting, List<PolicyModule> modules) {
        Engine engine = engine(language);
        Optional<Context> kept = warm(language).flatMap(one -> one.context(setting, modules));
        if (kept.isPresent()) return kept.get();
        Context.Builder builder =
                Context.newBuilder(language.id())
                        .engine(engine)
                        .sandbox(sandbox())
                        .allowHostAccess(
                                HostAccess.newBuilder(HostAccess.CONSTRAINED)
                                        .allowBufferAccess(true)
                                        .build())
                        .in(InputStream.nullInputStream())
                        .out(setting.out())
                        .err(setting.err())
                        .timeZone(ZoneOffset.UTC);
        switch (language) {
            case JAVASCRIPT -> {
                builder.option("js.esm-eval-returns-exports", "true");
                if (!modules.isEmpty()) {
                    FileSystem files = new ModuleFiles(modules);
                    builder.allowIO(IOAccess.newBuilder().fileSystem(files).build());
                }
                long statements = setting.limits().statements();
                if (statements > 0)
                    builder.resourceLimits(
                            ResourceLimits.newBuilder().statementLimit(statements, null).build());
            }
            case PYTHON ->
                    builder.allowIO(
                                    IOAccess.newBuilder()
                                            .fileSystem(
                                                    FileSystem.allowInternalResourceAccess(
                                                            pythonFiles))
                                            .build())
                            .currentWorkingDirectory(Path.of("/"));
        }
        return builder.build();
    }

    /**
     * Leaves a language's engine to a script of it that could not be stopped: closing it would wait for the script.
     *
     * @param language of the script
     */
    synchronized void abandon(Language language) {
        Engine left = engines.remove(language);
        if (left != null) engines.values().removeIf(left::equals);
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (engines.isEmpty()) return; // a class path without any language has no Engine to name
        new HashSet<>(engines.values()).forEach(engine -> engine.close(true));
        engines.clear();
    }
}
