package org.xenimage.script;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.seal.Sha256;
import org.xenimage.script.engine.Script;
import org.xenimage.script.engine.ScriptEngine;
import org.xenimage.script.engine.ScriptFailure;
import org.xenimage.script.engine.ScriptSetting;
import org.xenimage.script.grant.HostGrants;
import org.xenimage.script.header.LiteralRejected;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyModule;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.policy.Secrets;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Loads policies and runs them over images.
 *
 * <p>Nothing of a script engine is started until a policy matches an image, and then only its
 * language. Run untrusted scripts with {@link Isolation}: see {@link Limits} for what a host cannot
 * stop. Loading is safe for use by several threads; so are several runs, each on its own thread.
 */
public final class PolicyHost implements AutoCloseable {
    private static final String LIBRARY = "org/xenimage/stdlib/";
    private static final int SOURCE_LENGTH_MAX = 4 << 20;

    private final HostOptions options;
    private final ScriptEngine engine;

    private PolicyHost(HostOptions options) {
        this(options, new ScriptEngine(options.library(), options.inspection()));
    }

    private PolicyHost(HostOptions options, ScriptEngine engine) {
        this.options = options;
        this.engine = engine;
    }

    /** This host for policies whose output and calls nobody hears; not closed itself. */
    PolicyHost unheard() {
        return new PolicyHost(
                options.withSpeech(PolicySpeech.UNHEARD)
                        .withHooks(HookListener.UNHEARD)
                        .withSkips(SkipListener.UNHEARD)
                        .withEffects(false),
                engine);
    }

    /**
     * Opens a host.
     *
     * @param options for all its runs
     * @return the host
     */
    public static PolicyHost open(HostOptions options) {
        return new PolicyHost(options);
    }

    /**
     * Makes an engine of a language and a context, in which nothing runs, for the first host of this process that needs
     * the language: for a thread that has nothing else to do before it is known which policies run, and for a process
     * that waits for its work. A host that needs the language meanwhile waits for it. What fails here fails again in
     * that host, which can report it.
     *
     * @param language to prepare
     */
    public static void prepare(Language language) {
        HostOptions options = HostOptions.defaults();
        ScriptEngine.keepWarm(options.library(), language, options.limits());
    }

    /**
     * Loads a policy: reads its header, runs nothing.
     *
     * @param reference a file, if it has a path separator or names an existing one; else the name of a policy of the
     *     standard library, such as {@code scrub-pattern} or {@code scrub-pattern.py}, JavaScript before Python
     * @return the policy
     * @throws IOException a {@link PolicyFailed} if it does not exist, or its header is invalid
     */
    public Policy load(String reference) throws IOException {
        if (reference.indexOf('/') >= 0 || reference.indexOf(java.io.File.separatorChar) >= 0)
            return file(reference);
        try {
            if (Files.isRegularFile(Path.of(reference))) return file(reference);
        } catch (InvalidPathException e) {
            // No file's name, so perhaps the library's.
        }
        Optional<Policy> named = ofLibrary(reference);
        if (named.isPresent()) return named.get();
        throw new PolicyFailed(
                Fault.in(reference)
                        .problem("is neither a file nor a library policy")
                        .remedy(
                                "name a file in this folder, give a path, or see 'xenimage policy list'"));
    }

    private Optional<Policy> ofLibrary(String reference) throws IOException {
        Optional<Language> suffixed = Language.ofFile(reference);
        String stem =
                suffixed.isPresent()
                        ? reference.substring(0, reference.lastIndexOf('.'))
                        : reference;
        for (Language language : Language.values()) {
            if (suffixed.isPresent() && suffixed.get() != language) continue;
            for (String name :
                    List.of(stem, language == Language.PYTHON ? stem.replace('-', '_') : stem)) {
                String resource = LIBRARY + language.id() + "/" + name + language.suffix();
                try (InputStream in = options.library().getResourceAsStream(resource)) {
                    if (in != null)
                        return Optional.of(
                                imported(
                                        parse(
                                                "xenimage/" + name + language.suffix(),
                                                language,
                                                in.readNBytes(SOURCE_LENGTH_MAX))));
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Loads a policy of a folder or of the standard library: a file of the folder goes before a name of the library.
     *
     * @param folder in which the policy is, and what it imports
     * @param reference a path in the folder, or the name of a policy of the library
     * @return the policy, if there is one
     * @throws IOException a {@link PolicyFailed} if its header is invalid
     */
    public Optional<Policy> find(SourceFolder folder, String reference) throws IOException {
        Optional<SourceFolder.Source> source;
        try {
            source = folder.find(reference, SOURCE_LENGTH_MAX);
        } catch (SourceFolder.Refused e) {
            throw new PolicyFailed(Fault.in(folder.describe(reference)).problem(e.problem()), e);
        }
        if (source.isPresent()) {
            String label = source.get().label();
            Policy policy =
                    parse(label, language(label), source.get().text(), source.get().digest());
            return Optional.of(
                    ImportScan.complete(policy, folder.below(reference), options.library()));
        }
        return ofLibrary(reference);
    }

    /**
     * Loads every policy of the standard library.
     *
     * @return the policies in the order of the library's index
     * @throws IOException a {@link PolicyFailed} if one is not in order
     */
    public List<Policy> library() throws IOException {
        List<Policy> policies = new ArrayList<>();
        try (InputStream in = options.library().getResourceAsStream(LIBRARY + "index")) {
            if (in == null) return policies;
            String index = new String(in.readNBytes(SOURCE_LENGTH_MAX), StandardCharsets.UTF_8);
            for (String name : index.lines().toList()) {
                if (!name.isBlank()) policies.add(load(name.strip()));
            }
        }
        return policies;
    }

    private Policy file(String reference) throws IOException {
        return complete(parse(reference, language(reference), bytes(reference)));
    }

    /** With what it imports, from its own folder and the library. */
    private Policy complete(Policy policy) throws IOException {
        return ImportScan.complete(
                policy, SourceFolder.around(Path.of(policy.file())), options.library());
    }

    /** A module that has no header: one of tests. */
    Policy module(String reference) throws IOException {
        byte[] bytes = bytes(reference);
        return complete(
                TestScript.module(
                        reference,
                        stem(reference),
                        language(reference),
                        text(reference, bytes),
                        digest(bytes)));
    }

    private static Language language(String reference) throws PolicyFailed {
        return Language.ofFile(reference)
                .orElseThrow(() ->
                        new PolicyFailed(
                                Fault.in(reference)
                                        .expected("a file ending in .js, .mjs or .py")
                                        .remedy("the extension selects the language")));
    }

    private static byte[] bytes(String reference) throws IOException {
        // Not by its size: a device or a pipe has none, and a file may grow.
        try (InputStream in = Files.newInputStream(Path.of(reference))) {
            byte[] bytes = in.readNBytes(SOURCE_LENGTH_MAX + 1);
            if (bytes.length > SOURCE_LENGTH_MAX)
                throw new PolicyFailed(
                        Fault.in(reference)
                                .expected("a policy of at most " + SOURCE_LENGTH_MAX + " bytes")
                                .found("more"));
            return bytes;
        } catch (NoSuchFileException e) {
            throw new PolicyFailed(Fault.in(reference).problem("there is no such policy file"), e);
        }
    }

    /** The text of a source: UTF-8, its lines ended by a line feed. */
    static String text(String file, byte[] bytes) throws PolicyFailed {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString()
                    .replace("\r\n", "\n");
        } catch (CharacterCodingException e) {
            throw new PolicyFailed(Fault.in(file).problem("is not UTF-8"), e);
        }
    }

    /**
     * Loads a policy from memory. It can import modules of the library, and no files.
     *
     * @param file the name for messages
     * @param language it is written in
     * @param source of the module
     * @return the policy
     * @throws ImageException a {@link PolicyFailed} if its header is not in order
     */
    public Policy parse(String file, Language language, String source) throws ImageException {
        Policy policy = parse(file, language, source.getBytes(StandardCharsets.UTF_8));
        try {
            return imported(policy);
        } catch (ImageException e) {
            throw e;
        } catch (IOException e) {
            throw new PolicyFailed(Fault.in(file).problem(String.valueOf(e.getMessage())), e);
        }
    }

    /** With what it imports from the library. */
    private Policy imported(Policy policy) throws IOException {
        return ImportScan.complete(policy, SourceFolder.NONE, options.library());
    }

    private static Policy parse(String file, Language language, byte[] bytes)
            throws ImageException {
        return parse(file, language, text(file, bytes), digest(bytes));
    }

    private static Policy parse(String file, Language language, String source, String digest)
            throws ImageException {
        try {
            return PolicyHeader.read(file, stem(file), language, source, digest);
        } catch (LiteralRejected e) {
            throw new PolicyFailed(
                    Fault.in(file + ":" + e.line() + ":" + e.column())
                            .element("policy header")
                            .problem(e.problem()),
                    PolicyFaults.frame(source, e.line(), e.column()),
                    e);
        }
    }

    /** A policy as another process has read it. */
    static Policy received(
            String file,
            Language language,
            String source,
            List<PolicyModule> modules,
            String digest)
            throws ImageException {
        try {
            return PolicyHeader.read(file, stem(file), language, source, digest)
                    .withModules(modules, digest);
        } catch (LiteralRejected e) {
            throw new PolicyFailed(Fault.in(file).problem(e.problem()), e);
        }
    }

    private static String stem(String file) {
        String name = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
        int dot = name.indexOf('.');
        return dot <= 0 ? name : name.substring(0, dot);
    }

    private static String digest(byte[] bytes) {
        return Sha256.text(bytes);
    }

    /**
     * Runs a policy's module, and none of its hooks: finds errors of syntax and misspelled hooks.
     *
     * @param policy to check
     * @throws ImageException a {@link PolicyFailed} if it cannot be run
     */
    public void check(Policy policy) throws ImageException {
        try (Script script = silent(policy)) {
            script.load();
            requireRecords(policy);
        } catch (ScriptFailure e) {
            throw unloaded(policy, e);
        }
    }

    /**
     * Runs a policy's module, and finds the hooks that it has.
     *
     * @param policy to look at
     * @return the hooks
     * @throws ImageException a {@link PolicyFailed} if it cannot be run
     */
    public Set<Hook> hooks(Policy policy) throws ImageException {
        try (Script script = silent(policy)) {
            script.load();
            return script.hooks();
        } catch (ScriptFailure e) {
            throw unloaded(policy, e);
        }
    }

    private Script silent(Policy policy) {
        return script(
                policy,
                Instant.now(),
                OutputStream.nullOutputStream(),
                OutputStream.nullOutputStream());
    }

    private static ImageException unloaded(Policy policy, ScriptFailure failure) {
        return PolicyFaults.of(
                policy, new PolicyFaults.Place("", "", Fault.NO_OFFSET), failure, Secrets.BY_NAME);
    }

    /** Refuses a policy that asks for a record by a misspelt name: its hook would never do what it is for. */
    static void requireRecords(Policy policy) throws PolicyFailed {
        Optional<RecordNames.Slip> slip = RecordNames.slip(policy.source());
        if (slip.isEmpty()) return;
        throw new PolicyFailed(
                Fault.in(policy.file() + ":" + slip.get().line())
                        .problem(
                                "\"%s\" is not the name of a record; did you mean %s?"
                                        .formatted(slip.get().name(), slip.get().meant())));
    }

    /**
     * Doubtful parts of a policy that are not errors: names of records that do not exist.
     *
     * @param policy to look at
     * @return one sentence for each doubt
     */
    public List<String> warnings(Policy policy) {
        return RecordNames.warnings(policy.source());
    }

    /**
     * Prepares a run.
     *
     * @param policies in order; those that do not apply to the operation are skipped, and logged
     * @param context what the run is about
     * @param log takes every decision
     * @return the run, for one image
     * @throws ImageException a {@link PolicyFailed} if a parameter is missing, unknown or of the wrong kind, or a
     *     policy is not given what it wants
     */
    public PolicyRun run(List<Policy> policies, RunContext context, DecisionLog log)
            throws ImageException {
        return run(policies, context, log, RunObservation.NONE);
    }

    /**
     * Prepares a run that is looked on.
     *
     * @param policies in order; those that do not apply to the operation are skipped, and logged
     * @param context what the run is about
     * @param log takes every decision
     * @param observation who looks on
     * @return the run, for one image
     * @throws ImageException as {@link #run(List, RunContext, DecisionLog)}
     */
    public PolicyRun run(
            List<Policy> policies, RunContext context, DecisionLog log, RunObservation observation)
            throws ImageException {
        requireGiven(policies, options);
        return new PolicyRun(this, policies, context, log, observation);
    }

    /** Refuses policies that are not given what they want. */
    static void requireGiven(List<Policy> policies, HostOptions options) throws ImageException {
        for (Policy policy : policies) {
            HostGrants.require(policy);
            if (options.inspection().isPresent() && options.isolation().includes(policy))
                throw new PolicyFailed(
                        Fault.in(policy.file())
                                .element("policy " + policy.name())
                                .problem(
                                        "runs in a process of its own, where the debugger does not reach it")
                                .remedy("run it without isolation, or without --inspect"));
        }
    }

    Script script(Policy policy, Instant now, OutputStream out, OutputStream err) {
        return script(
                policy, new ScriptSetting(policy.limits().within(options.limits()), now, out, err));
    }

    Script script(Policy policy, ScriptSetting setting) {
        return Script.of(engine, policy, setting);
    }

    ScriptEngine engine() {
        return engine;
    }

    HostOptions options() {
        return options;
    }

    /** Gives back what the engine holds. Runs must be closed before. */
    @Override
    public void close() {
        engine.close();
    }
}
