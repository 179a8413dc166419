package org.xenimage.cli.rewrite;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.ProgramRun;
import org.xenimage.cli.output.SecretsOption;
import org.xenimage.cli.output.SetOptions;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.pipeline.PolicyRenewal;
import org.xenimage.script.HostOptions;
import org.xenimage.script.Isolation;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicySpeech;
import org.xenimage.script.explain.RunTrace;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.Inspection;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.set.LoadedSet;
import org.xenimage.script.set.PolicySet;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The options of every command that runs policies: which, with what parameters, within what limits. */
public final class PolicyOptions {
    /** Memory of a policy's process in addition to what a call may allocate, in MiB. */
    private static final int HEAP_BESIDE = 128;

    /** The highest value of a limit, in milliseconds, kilobytes or statements. */
    private static final long LIMIT_MAX = 1L << 40;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            description = {
                "a .js or .py file, or the name of a library policy such as scrub-pattern or scrub-pattern.py;",
                "repeat it for several, which run in this order"
            })
    private List<String> policies = new ArrayList<>();

    @Option(
            names = "--policies",
            paramLabel = "DIR",
            description = {
                "a policy set (a folder with policies.yaml, or a bundle), or a folder of .js and .py files, which run",
                "in the order of their names. Only policies for this operation and domain run; they run before",
                "those of --policy"
            })
    private @Nullable Path folder;

    @Mixin private SetOptions sets = new SetOptions();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "a parameter for the policies; each policy gets those that it declares")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Option(
            names = "--site",
            paramLabel = "FILE",
            description =
                    "the site's settings, JSON or YAML (.yaml), which policies see as ctx.site; - for standard input")
    private String site = "";

    @Option(
            names = "--time-limit",
            paramLabel = "SECONDS",
            description = {
                "the time that one call of a policy may take",
                "(default: what XENIMAGE_TIME_LIMIT says, else 10)"
            },
            defaultValue = "${env:XENIMAGE_TIME_LIMIT:-10}")
    private double timeLimit = 10;

    @Option(
            names = "--memory-limit",
            paramLabel = "MIB",
            description =
                    "the memory that one call of a policy may allocate (default: ${DEFAULT-VALUE})",
            defaultValue = "64")
    private int memoryLimit = 64;

    @Option(
            names = "--limit",
            paramLabel = "KEY=VALUE",
            description = {
                "another limit, by its name in policy headers, such as processorMilliseconds (for each call)",
                "or runKilobytes (for all calls of a policy in a run)"
            })
    private Map<String, Long> otherLimits = new LinkedHashMap<>();

    @Option(
            names = "--isolate",
            description = {
                "run each policy in its own process, which cannot use the network or write files; if the process",
                "crashes or runs out of memory, only its policy fails"
            })
    private boolean isolate;

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "the time that policies see, such as 2026-01-31T12:00:00Z (default: now)")
    private String at = "";

    @Option(
            names = "--operator",
            paramLabel = "NAME",
            description =
                    "who runs this, as policies see it (default: the user; under sudo, the caller)")
    private String operator = "";

    @Mixin private SecretsOption secrets = new SecretsOption();

    private boolean manyImages;

    private boolean siteFolder = true;

    private Optional<RunTrace> trace = Optional.empty();

    private Optional<PolicySet> set = Optional.empty();

    private Optional<ObjectNode> siteRead = Optional.empty();

    private Optional<Inspection> inspection = Optional.empty();

    private final Set<Path> logs = new HashSet<>();

    /** Called by the command line. */
    public PolicyOptions() {}

    /**
     * Whether there is nothing to load.
     *
     * @param operation that runs; one of a toolstack also looks into the folder that the site configured
     * @return whether no folder and no policy was given
     * @throws IOException if the folder cannot be read
     * @throws CommandFailed if there is no such folder
     */
    boolean isEmpty(Operation operation) throws IOException, CommandFailed {
        Optional<PolicyFolder> found = folder(operation);
        return policies.isEmpty()
                && (found.isEmpty() || (!found.get().isSet() && found.get().files().isEmpty()));
    }

    /** Leaves the folder that the site configured aside: the policies are tried on a file. */
    void onlyNamed() {
        siteFolder = false;
    }

    /** Lets a debugger stop the policies. */
    void inspected(Optional<Inspection> wanted) {
        if (wanted.isPresent() && isolate)
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "use either --isolate or --inspect: a debugger does not reach a process of its own");
        inspection = wanted;
    }

    /** Listens for the policies of a folder that are left out. */
    void traced(RunTrace wanted) {
        trace = Optional.of(wanted);
    }

    /**
     * Loads the policies: of those of the folder, the ones for the operation; and all that the user named.
     *
     * @param host loads them
     * @param operation that runs
     * @return the policies in order
     * @throws IOException if one cannot be loaded
     * @throws CommandFailed if there is no such folder
     */
    public List<Policy> load(PolicyHost host, Operation operation)
            throws IOException, CommandFailed {
        List<Policy> loaded = new ArrayList<>();
        Optional<PolicyFolder> found = folder(operation);
        requireBundle(found);
        if (found.isPresent() && found.get().isSet()) {
            PolicySet.Options options =
                    sets.options(ProgramRun.of(spec).files()).telling(this::notice);
            PolicySet source = PolicySet.open(host, found.get().path(), options);
            LoadedSet read = source.current();
            for (Path file : read.files()) ProgramRun.of(spec).files().reading(file);
            for (LoadedSet.Quarantined one : read.quarantined()) notice(one.sentence());
            for (Policy policy : read.policies()) consider(policy, operation, loaded);
            set = Optional.of(source);
        } else if (found.isPresent()) {
            for (Path file : found.get().files()) {
                consider(host.load(file.toAbsolutePath().toString()), operation, loaded);
            }
        }
        for (String reference : policies) loaded.add(host.load(reference));
        // One of the library has the name of a file that is missing.
        for (Policy policy : loaded)
            for (Path file : policy.files()) ProgramRun.of(spec).files().reading(file);
        claimGranted(loaded);
        return loaded;
    }

    /**
     * What a reader of the image needs; after {@link #load}.
     *
     * @param given the keys, and the site sections that the command line describes
     * @return the same, with the site sections that the policy set describes
     */
    public ReadOptions reading(ReadOptions given) {
        return set.map(source ->
                        new ReadOptions(
                                given.keys(), source.current().sections().with(given.sections())))
                .orElse(given);
    }

    /** No output may overwrite a file that a grant reads, and a granted log may not be used for anything else. */
    private void claimGranted(List<Policy> loaded) throws IOException {
        RunFiles files = ProgramRun.of(spec).files();
        for (Policy policy : loaded)
            for (Grant grant : policy.given().grants().values()) {
                for (Path file : grant.reads()) files.reading(file);
                if (grant instanceof Grant.AppendLog log && !logs.contains(log.file())) {
                    files.writing(log.file());
                    logs.add(log.file()); // a file that was refused is refused for the next
                    // image too
                }
            }
    }

    /** Only those policies of a folder run that are for the operation. */
    private void consider(Policy policy, Operation operation, List<Policy> loaded) {
        if (policy.on().contains(operation)) loaded.add(policy);
        else if (trace.isPresent())
            trace.get().selected(policy, false, policy.otherOperation(operation));
    }

    /** If signatures are required, refuses policies that cannot be signed. */
    private void requireBundle(Optional<PolicyFolder> found) throws IOException, CommandFailed {
        if (sets.required(ProgramRun.of(spec).files()).isEmpty()) return;
        if (!policies.isEmpty())
            throw new CommandFailed(
                    "--policy %s: is not signed: with --require-signed, only policies in a signed bundle run"
                            .formatted(policies.getFirst()));
        if (found.isPresent() && !found.get().isSet())
            throw new CommandFailed(
                    found.get().path()
                            + ": is not signed: with --require-signed, only policies in a signed bundle run");
    }

    /** Whether signatures are required. */
    boolean requiresSigned() throws IOException {
        return !sets.required(ProgramRun.of(spec).files()).isEmpty();
    }

    private Optional<PolicyFolder> folder(Operation operation) {
        if (folder != null) return Optional.of(new PolicyFolder(folder));
        return operation == Operation.REWRITE || !siteFolder
                ? Optional.empty()
                : PolicyFolder.configured(
                        Optional.ofNullable(System.getenv(PolicyFolder.VARIABLE)),
                        PolicyFolder.USUAL);
    }

    /**
     * The policies for each image in turn: those of the current version of the set, and those that the user named.
     *
     * @param loaded what {@link #load} gave
     * @param operation that runs
     * @return where they come from
     * @throws IOException if the site file cannot be read
     * @throws CommandFailed if there is no set, or the site file is not an object of JSON or YAML
     */
    public PolicyRenewal renewal(List<Policy> loaded, Operation operation)
            throws IOException, CommandFailed {
        PolicySet source =
                set.orElseThrow(
                        () -> new CommandFailed("--reload: needs a policy set: --policies DIR"));
        int own = source.current().policies(operation).size();
        List<Policy> named = loaded.subList(own, loaded.size());
        RunContext base = base(operation, "", true);
        return () -> {
            LoadedSet now = source.refresh();
            List<Policy> running = new ArrayList<>(now.policies(operation));
            synchronized (logs) {
                for (Path file : now.files()) ProgramRun.of(spec).files().reading(file);
                claimGranted(running);
            }
            running.addAll(named);
            RunContext context = now.in(base);
            return new PolicyRenewal.Version(running, context.parameters(), context.site());
        };
    }

    /** Disables a policy of the set that failed, if the set says so. */
    private void skipped(Policy policy, String source, String time, String reason) {
        if (set.isPresent())
            PolicySet.skips(Path.of(set.get().current().name()), this::notice)
                    .onSkip(policy, source, time, reason);
    }

    /** Prints a notice of a set as a warning. */
    private void notice(String text) {
        PrintWriter err = spec.commandLine().getErr();
        synchronized (this) {
            err.println("xenimage: warning: " + text);
            err.flush();
        }
    }

    /** {@return the host's options} */
    public HostOptions hostOptions() {
        if (!(timeLimit > 0) || timeLimit > 86_400)
            throw misused("--time-limit", "more than 0, at most a day");
        if (memoryLimit <= 0 || memoryLimit > (1 << 20) - HEAP_BESIDE)
            throw misused("--memory-limit", "1 to " + ((1 << 20) - HEAP_BESIDE));
        Limits limits =
                Limits.DEFAULT
                        .withTime(Duration.ofNanos(Math.max(1, Math.round(timeLimit * 1e9))))
                        .withAllocation((long) memoryLimit << 20)
                        .within(otherLimits());
        HostOptions options = HostOptions.defaults();
        if (inspection.isPresent()) options = options.withInspection(inspection.get());
        return options.withLimits(limits)
                .withIsolation(
                        isolate
                                ? Isolation.ALL.withHeap(
                                        Math.max(Isolation.HEAP, memoryLimit + HEAP_BESIDE))
                                : Isolation.NONE)
                .withSecrets(secrets.visible())
                .withSpeech(this::heard)
                .withSkips(this::skipped);
    }

    private Limits otherLimits() {
        List<String> known = HeaderKeys.LIMITS.names();
        otherLimits.forEach((name, value) -> {
            if (!known.contains(name))
                throw misused("--limit", "one of " + String.join(", ", known));
            if (value <= 0 || value > LIMIT_MAX)
                throw misused("--limit " + name, "1 to " + LIMIT_MAX);
        });
        return Limits.declared(otherLimits);
    }

    /** What policies say goes to standard error at once; standard output may carry the image. */
    private void heard(String source, String policy, PolicySpeech.Channel channel, String text) {
        String who =
                manyImages
                        ? "xenimage: %s: %s: ".formatted(source, policy)
                        : "xenimage: %s: ".formatted(policy);
        String how = channel == PolicySpeech.Channel.WARN ? "warning: " : "";
        PrintWriter err = spec.commandLine().getErr();
        synchronized (this) {
            text.lines().forEach(line -> err.println(who + how + line));
            err.flush();
        }
    }

    /** Says that several images are worked on, so that what policies say needs their names. */
    public void ofManyImages() {
        manyImages = true;
    }

    /**
     * What the policies know about the run. Call it after {@link #load}, because a set adds to it.
     *
     * @param operation that runs
     * @param source the name of the image
     * @param restartable whether the input can be read again
     * @return the context
     * @throws IOException if the site file cannot be read
     * @throws CommandFailed if it is not an object of JSON or YAML
     */
    public RunContext context(Operation operation, String source, boolean restartable)
            throws IOException, CommandFailed {
        RunContext named = base(operation, source, restartable);
        return set.isPresent() ? set.get().current().in(named) : named;
    }

    /** The context without the additions of a set. */
    private RunContext base(Operation operation, String source, boolean restartable)
            throws IOException, CommandFailed {
        return RunContext.of(operation, source, operator(), time())
                .withSite(siteTree())
                .withParameters(parameters)
                .withRestartable(restartable);
    }

    /**
     * Words for a statement of provenance: the operator that policies see, and the time if the user gave one.
     *
     * @param operation such as {@code rewrite}
     * @param host that it names; empty for none
     * @return the words, without policies
     */
    public Statement.Draft draft(String operation, String host) {
        if (!at.isEmpty()) time();
        return new Statement.Draft(operation, List.of(), at, host, operator());
    }

    private Instant time() {
        if (at.isEmpty()) return Instant.now().truncatedTo(ChronoUnit.SECONDS);
        try {
            return Instant.parse(at);
        } catch (DateTimeParseException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--at: '" + at + "' is not a time; write it as 2026-01-31T12:00:00Z",
                    e);
        }
    }

    private String operator() {
        if (!operator.isEmpty()) return operator;
        String caller = System.getenv("SUDO_USER");
        return caller != null && !caller.isEmpty()
                ? caller
                : System.getProperty("user.name", "unknown");
    }

    private ObjectNode siteTree() throws IOException, CommandFailed {
        if (site.isEmpty()) return JsonNodeFactory.instance.objectNode();
        // Standard input can be read only once.
        if (siteRead.isEmpty())
            siteRead = Optional.of(SiteFile.read(site, ProgramRun.of(spec).files()));
        return siteRead.get();
    }

    private CommandLine.ParameterException misused(String option, String expected) {
        return new CommandLine.ParameterException(
                spec.commandLine(), option + ": expected " + expected);
    }
}
