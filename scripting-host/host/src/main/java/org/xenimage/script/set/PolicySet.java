package org.xenimage.script.set;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.seal.Sha256;
import org.xenimage.image.seal.TrustedKey;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.SkipListener;
import org.xenimage.script.SourceFolder;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.test.TestFile;
import org.xenimage.script.yaml.SpecRejected;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A policy set during a long run: the version in use, and newer versions as they appear.
 *
 * <pre>{@code
 * PolicySet set = PolicySet.open(host, Path.of("/etc/xen/policies"), PolicySet.Options.here());
 * for (Path image : images) {
 *     LoadedSet now = set.refresh();            // a broken new version never replaces a working one
 *     host.run(now.policies(SAVE), now.in(context), log);
 * }
 * }</pre>
 *
 * <p>A new version is used only if all of it is valid: its file, every policy, every module and every parameter. The
 * code of every policy is also loaded once. Otherwise the version in use stays, and a notice gives the reason.
 *
 * <p>Pass {@link #skips} to the {@link org.xenimage.script.HostOptions} of the runs, so that policies with
 * {@code onError: quarantine} are disabled when they fail. Safe for use by several threads.
 */
public final class PolicySet {
    /** The file that makes a folder a set. */
    public static final String FILE = "policies.yaml";

    private static final int LENGTH_MAX = 1 << 20;
    private static final int DEPTH_MAX = 8;
    private static final int FILES_MAX = 10_000;

    private final PolicyHost host;
    private final Path place;
    private final Options options;
    private LoadedSet current;
    private List<String> seen;
    private Optional<List<String>> refused = Optional.empty();

    /**
     * How a set is read.
     *
     * @param hostName the host whose sections apply
     * @param required keys, one of which must have signed the set; empty if it need not be signed
     * @param notices receives notices while the set is used: new versions, and errors in them
     */
    public record Options(String hostName, List<TrustedKey> required, Consumer<String> notices) {
        /** Copies the list. */
        public Options {
            required = List.copyOf(required);
        }

        /**
         * For this host; notices go to the system's logger.
         *
         * @return the options
         */
        public static Options here() {
            return new Options(
                    HostName.local().text(),
                    List.of(),
                    notice ->
                            System.getLogger(PolicySet.class.getName())
                                    .log(System.Logger.Level.WARNING, notice));
        }

        /**
         * For a host.
         *
         * @param name of the host; empty for this one
         * @return these options for that host
         */
        public Options on(String name) {
            return name.isEmpty() ? this : new Options(name, required, notices);
        }

        /**
         * Requires a signature.
         *
         * @param keys one of which must have signed the set, which must be a bundle
         * @return these options with those keys
         */
        public Options requiring(List<TrustedKey> keys) {
            return new Options(hostName, keys, notices);
        }

        /**
         * Adds a listener.
         *
         * @param listener receives the notices
         * @return these options with that listener
         */
        public Options telling(Consumer<String> listener) {
            return new Options(hostName, required, listener);
        }
    }

    private PolicySet(PolicyHost host, Path place, Options options) throws IOException {
        this.host = host;
        this.place = place;
        this.options = options;
        this.seen = fingerprint();
        this.current = load(host, place, options);
    }

    /**
     * Whether a place is a set, and not a folder of policies.
     *
     * @param place a folder or a file
     * @return whether it is a folder with {@link #FILE}, or a file, which can only be a bundle
     */
    public static boolean isSet(Path place) {
        return Files.isRegularFile(place) || Files.isRegularFile(place.resolve(FILE));
    }

    /**
     * Loads a set that will be used for a while.
     *
     * @param host loads its policies; must not be closed while the set is used
     * @param place its folder or its bundle
     * @param options how it is read
     * @return the set
     * @throws IOException a {@link PolicyFailed} if any part of it is invalid
     */
    public static PolicySet open(PolicyHost host, Path place, Options options) throws IOException {
        return new PolicySet(host, place, options);
    }

    /**
     * Loads one version of a set.
     *
     * @param host loads its policies
     * @param place its folder or its bundle
     * @param options how it is read
     * @return the set as it is now
     * @throws IOException a {@link PolicyFailed} if any part of it is invalid
     */
    public static LoadedSet load(PolicyHost host, Path place, Options options) throws IOException {
        Source source =
                Files.isRegularFile(place) ? bundle(place, options) : folder(place, options);
        SetReader.Read read;
        try {
            read =
                    SetReader.read(
                            host,
                            source.folder(),
                            new HostName(options.hostName()),
                            source.label(),
                            source.text());
        } catch (SpecRejected e) {
            throw SetReader.rejected(e);
        }
        Quarantine quarantine = Quarantine.beside(place);
        List<Policy> running = new ArrayList<>();
        List<LoadedSet.Quarantined> disabled = new ArrayList<>();
        List<Path> files = new ArrayList<>(List.of(source.file()));
        var all = new StringBuilder("xenimage policy set, 1\0").append(Sha256.text(source.text()));
        for (Policy policy : read.policies()) {
            all.append('\0').append(policy.name()).append('\0').append(policy.digest());
            if (Files.isDirectory(place)) files.addAll(policy.files());
            Optional<LoadedSet.Quarantined> found =
                    policy.given().quarantine() ? quarantine.find(policy) : Optional.empty();
            if (found.isPresent()) disabled.add(found.get());
            else running.add(policy);
        }
        read.schemas()
                .forEach((path, text) -> {
                    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                    all.append('\0').append(path).append('\0').append(Sha256.text(bytes));
                    if (Files.isDirectory(place)) files.add(place.resolve(path));
                });
        return new LoadedSet(
                place.toString(),
                read.doc(),
                Sha256.text(all.toString().getBytes(StandardCharsets.UTF_8)),
                running,
                read.parameters(),
                read.site(),
                read.sections(),
                disabled,
                source.signers(),
                read.unused().stream()
                        .filter(name -> !TestFile.beside(place.resolve(name)))
                        .toList(),
                files);
    }

    /** What a set is read from. */
    @SuppressWarnings("ArrayRecordComponent") // the text of its file, handed on to the reader
    private record Source(
            SourceFolder folder, String label, byte[] text, Path file, List<TrustedKey> signers) {}

    private static Source folder(Path place, Options options) throws IOException {
        Path file = place.resolve(FILE);
        byte[] text;
        try (InputStream in = Files.newInputStream(file)) {
            text = in.readNBytes(LENGTH_MAX + 1);
        } catch (NoSuchFileException e) {
            throw new PolicyFailed(
                    Fault.in(place.toString())
                            .problem("is not a policy set")
                            .expected("a folder with %s, or a bundle".formatted(FILE)),
                    e);
        }
        if (!options.required().isEmpty())
            throw new PolicyFailed(
                    Fault.in(place.toString())
                            .problem("is not signed, because it is a folder")
                            .remedy("make a signed bundle of it with 'xenimage policy bundle'"));
        return new Source(
                SourceFolder.onDisk(place),
                file.toString(),
                bounded(file.toString(), text),
                file,
                List.of());
    }

    private static Source bundle(Path place, Options options) throws IOException {
        SetBundle bundle = SetBundle.read(place);
        if (!options.required().isEmpty()) bundle.requireSigner(options.required());
        String label = place + "!/" + FILE;
        byte[] text =
                bundle.find(FILE)
                        .orElseThrow(() ->
                                new PolicyFailed(
                                        Fault.in(place.toString()).problem("has no " + FILE)));
        return new Source(
                SourceFolder.inMemory(place.toString(), bundle.contents()),
                label,
                bounded(label, text),
                place,
                bundle.signers());
    }

    private static byte[] bounded(String label, byte[] text) throws PolicyFailed {
        if (text.length <= LENGTH_MAX) return text;
        throw new PolicyFailed(
                Fault.in(label).problem("is longer than %d bytes".formatted(LENGTH_MAX)));
    }

    /** {@return the version in use} */
    public synchronized LoadedSet current() {
        return current;
    }

    /**
     * Looks for a new version, and uses it if it is valid.
     *
     * @return the version now in use
     */
    public synchronized LoadedSet refresh() {
        List<String> now = fingerprint();
        if (now.equals(seen) || refused.filter(now::equals).isPresent()) return current;
        try {
            LoadedSet loaded = load(host, place, options);
            for (Policy policy : loaded.policies()) host.check(policy);
            boolean same = loaded.digest().equals(current.digest());
            if (!same)
                options.notices()
                        .accept(
                                "%s: a new version is in use: %s"
                                        .formatted(place, loaded.digest().substring(0, 12)));
            for (LoadedSet.Quarantined one : loaded.quarantined())
                if (!current.quarantined().contains(one))
                    options.notices().accept(place + ": " + one.sentence());
            current = loaded;
            seen = now;
            refused = Optional.empty();
        } catch (IOException e) {
            refused = Optional.of(now);
            options.notices()
                    .accept(
                            "%s: the new version is invalid and is not used; %s stays in use: %s"
                                    .formatted(
                                            place,
                                            current.digest().substring(0, 12),
                                            e.getMessage()));
        }
        return current;
    }

    /** Sizes and times of all files that could make another version. */
    private List<String> fingerprint() {
        List<String> print = new ArrayList<>();
        print.add(state(place));
        print.add(state(Quarantine.beside(place).folder()));
        try (Stream<Path> files = Files.walk(place, DEPTH_MAX)) {
            files.limit(FILES_MAX)
                    .filter(file -> !file.equals(place))
                    .map(file -> file + " " + state(file))
                    .forEach(print::add);
        } catch (IOException | UncheckedIOException e) {
            print.add(String.valueOf(e.getMessage()));
        }
        return print.stream().sorted().toList();
    }

    private static String state(Path file) {
        try {
            Map<String, Object> now = Files.readAttributes(file, "size,lastModifiedTime,fileKey");
            return new TreeMap<>(now).toString();
        } catch (IOException e) {
            return "none";
        }
    }

    /**
     * Disables policies of the set that fail and have {@code onError: quarantine}.
     *
     * @return the listener, for the options of the host that runs the policies
     */
    public SkipListener skips() {
        return skips(place, options.notices());
    }

    /**
     * Disables policies of a set that fail and have {@code onError: quarantine}.
     *
     * @param place of the set
     * @param notices receives notices about disabled policies
     * @return the listener, for the options of the host that runs the policies
     */
    public static SkipListener skips(Path place, Consumer<String> notices) {
        return (policy, source, time, reason) -> {
            if (!policy.given().quarantine()) return;
            try {
                Path file = Quarantine.beside(place).put(policy, source, time, reason);
                notices.accept(
                        "policy %s failed and is disabled for later runs; fix it, or remove %s to run it again"
                                .formatted(policy.name(), file));
            } catch (IOException e) {
                notices.accept(
                        "policy %s failed and cannot be disabled for later runs: %s"
                                .formatted(policy.name(), e.getMessage()));
            }
        };
    }
}
