package org.xenimage.script.set;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.seal.Sha256;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.TrustedKey;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A policy set in one signed file.
 *
 * <pre>
 *   MANIFEST        xenimage policy bundle, 1
 *                   SHA-256 in hex, two spaces, path: a line for each file, in the order of the paths
 *   SIGNATURES      public key, space, Ed25519 signature of the manifest, in base64: a line for each
 *   set/…           the files
 * </pre>
 *
 * <p>It is a ZIP archive of stored entries in this order, without times, comments and other variable parts: the same
 * files and keys make the same bytes, and {@code unzip} lists it. A bundle is read only if it is byte for byte what
 * this class would write for its contents. So it has no second directory, no hidden or repeated entry, no path that
 * leads elsewhere, and nothing before, between or after its entries. Nothing is unpacked to disk.
 *
 * <p>Sizes are limited while the bundle is read: {@value #LENGTH_MAX} bytes, {@value #FILES_MAX} files, paths of
 * {@value #PATH_MAX} characters. Immutable.
 */
public final class SetBundle {
    /** The longest bundle. */
    static final int LENGTH_MAX = 4 << 20;

    /** The most files in one. */
    static final int FILES_MAX = 1000;

    /** The longest path. */
    static final int PATH_MAX = 200;

    private static final int DEPTH_MAX = 8;
    private static final int SIGNATURES_MAX = 16;
    private static final String HEADER = "xenimage policy bundle, 1";
    private static final String MANIFEST = "MANIFEST";
    private static final String SIGNATURES = "SIGNATURES";
    private static final String FOLDER = "set/";
    private static final Pattern PATH =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*");
    private static final Pattern SIGNATURE =
            Pattern.compile("([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{86}==)");

    private final String name;
    private final SortedMap<String, byte[]> files;
    private final List<Signed> signatures;

    /** A signature that was verified. */
    private record Signed(TrustedKey key, String text) {}

    private SetBundle(String name, SortedMap<String, byte[]> files, List<Signed> signatures) {
        this.name = name;
        this.files = files;
        this.signatures = signatures;
    }

    /**
     * Packs a folder into a bundle: all files in it and below, except hidden ones.
     *
     * @param folder of the set, which has been loaded without errors
     * @param keys that sign it
     * @return the bundle
     * @throws IOException a {@link PolicyFailed} if it has too many or too large files, links, or names that are not
     *     portable
     */
    public static SetBundle of(Path folder, List<SigningKey> keys) throws IOException {
        SortedMap<String, byte[]> files = new TreeMap<>();
        int left = LENGTH_MAX;
        for (Path file : below(folder)) {
            String path = folder.relativize(file).toString().replace('\\', '/');
            if (!PATH.matcher(path).matches() || path.length() > PATH_MAX)
                throw failed(
                        file.toString(),
                        "expected a name of letters, digits, ., - and _, of at most %d characters"
                                .formatted(PATH_MAX));
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                throw failed(file.toString(), "is not a regular file: a bundle has no links");
            if (files.size() == FILES_MAX)
                throw failed(folder.toString(), "has more than %d files".formatted(FILES_MAX));
            byte[] bytes;
            try (InputStream in = Files.newInputStream(file)) {
                bytes = in.readNBytes(left + 1);
            }
            if (bytes.length > left)
                throw failed(folder.toString(), "has more than %d bytes".formatted(LENGTH_MAX));
            left -= bytes.length;
            files.put(path, bytes);
        }
        byte[] manifest = manifest(files);
        List<Signed> signatures = new ArrayList<>();
        for (SigningKey key : keys)
            signatures.add(
                    new Signed(
                            key.trusted(),
                            key.trusted()
                                    + " "
                                    + Base64.getEncoder().encodeToString(key.sign(manifest))));
        SetBundle made = new SetBundle(folder.toString(), files, signatures);
        if (made.bytes().length > LENGTH_MAX)
            throw failed(folder.toString(), "has more than %d bytes".formatted(LENGTH_MAX));
        return made;
    }

    /** All files except hidden ones. Links are included, so that the caller can refuse them. */
    private static List<Path> below(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder, DEPTH_MAX)) {
            return all.filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
                    .filter(file -> !hidden(folder.relativize(file)))
                    .limit(FILES_MAX + 1L)
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean hidden(Path path) {
        for (Path step : path) if (step.toString().startsWith(".")) return true;
        return false;
    }

    /**
     * Reads a bundle and checks its layout, every digest and every signature.
     *
     * @param file of the bundle
     * @return the bundle
     * @throws IOException a {@link PolicyFailed} if it is invalid
     */
    public static SetBundle read(Path file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LENGTH_MAX + 1);
        } catch (NoSuchFileException e) {
            throw new PolicyFailed(
                    Fault.in(file.toString()).problem("there is no such policy bundle"), e);
        }
        if (bytes.length > LENGTH_MAX)
            throw failed(file.toString(), "is longer than %d bytes".formatted(LENGTH_MAX));
        return read(file.toString(), bytes);
    }

    static SetBundle read(String name, byte[] bytes) throws PolicyFailed {
        List<StoredEntries.Entry> entries;
        try {
            entries = StoredEntries.read(bytes, FILES_MAX + 2, FOLDER.length() + PATH_MAX);
        } catch (IllegalArgumentException e) {
            throw new PolicyFailed(
                    Fault.in(name)
                            .problem("is not a policy bundle: " + e.getMessage())
                            .remedy("make one with 'xenimage policy bundle'"),
                    e);
        }
        if (entries.size() < 2
                || !entries.get(0).name().equals(MANIFEST)
                || !entries.get(1).name().equals(SIGNATURES))
            throw failed(name, "is not a policy bundle: it does not begin with MANIFEST");
        SortedMap<String, byte[]> files = new TreeMap<>();
        for (StoredEntries.Entry entry : entries.subList(2, entries.size())) {
            String path =
                    entry.name().startsWith(FOLDER) ? entry.name().substring(FOLDER.length()) : "";
            if (!PATH.matcher(path).matches())
                throw failed(name, "has an entry that is not a file of the set: " + entry.name());
            if (files.put(path, entry.bytes()) != null)
                throw failed(name, "has two entries " + entry.name());
        }
        byte[] manifest = entries.get(0).bytes();
        if (!Arrays.equals(manifest, manifest(files)))
            throw failed(name, "its files do not match its manifest: it was changed or damaged");
        SetBundle made =
                new SetBundle(name, files, signatures(name, entries.get(1).bytes(), manifest));
        if (!Arrays.equals(bytes, made.bytes()))
            throw failed(name, "has unexpected content: it was changed or damaged");
        return made;
    }

    private static List<Signed> signatures(String name, byte[] text, byte[] manifest)
            throws PolicyFailed {
        List<Signed> signatures = new ArrayList<>();
        for (String line : new String(text, StandardCharsets.ISO_8859_1).lines().toList()) {
            Matcher parts = SIGNATURE.matcher(line);
            if (!parts.matches() || signatures.size() == SIGNATURES_MAX)
                throw failed(
                        name,
                        "expected at most %d signatures, each a line".formatted(SIGNATURES_MAX));
            TrustedKey key;
            byte[] signature;
            try {
                key = new TrustedKey(Base64.getDecoder().decode(parts.group(1)));
                signature = Base64.getDecoder().decode(parts.group(2));
            } catch (IllegalArgumentException e) {
                throw new PolicyFailed(Fault.in(name).problem("has a damaged signature"), e);
            }
            if (!key.verifies(signature, manifest))
                throw failed(name, "the signature of key " + key + " is not valid");
            signatures.add(new Signed(key, line));
        }
        return signatures;
    }

    private static PolicyFailed failed(String name, String problem) {
        return new PolicyFailed(Fault.in(name).problem(problem));
    }

    private static byte[] manifest(SortedMap<String, byte[]> files) {
        var text = new StringBuilder(HEADER).append('\n');
        files.forEach((path, bytes) ->
                text.append(Sha256.text(bytes)).append("  ").append(path).append('\n'));
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** {@return the bytes of its file: the same for the same files and keys} */
    public byte[] bytes() {
        var lines = new StringBuilder();
        for (Signed signed : signatures) lines.append(signed.text()).append('\n');
        List<StoredEntries.Entry> entries = new ArrayList<>();
        entries.add(new StoredEntries.Entry(MANIFEST, manifest(files)));
        entries.add(
                new StoredEntries.Entry(
                        SIGNATURES, lines.toString().getBytes(StandardCharsets.US_ASCII)));
        files.forEach((path, bytes) -> entries.add(new StoredEntries.Entry(FOLDER + path, bytes)));
        return StoredEntries.bytes(entries);
    }

    /** {@return the SHA-256 of the manifest, in hex; it covers all files and their paths} */
    public String digest() {
        return Sha256.text(manifest(files));
    }

    /** {@return the keys that signed it, in the order of the signatures} */
    public List<TrustedKey> signers() {
        return signatures.stream().map(Signed::key).toList();
    }

    /** {@return the paths of the files and their digests, in the order of the paths} */
    public SortedMap<String, String> files() {
        SortedMap<String, String> digests = new TreeMap<>();
        files.forEach((path, bytes) -> digests.put(path, Sha256.text(bytes)));
        return digests;
    }

    /**
     * Refuses a bundle that none of the trusted keys signed.
     *
     * @param trusted the keys
     * @throws PolicyFailed if it is not signed, or only by other keys
     */
    public void requireSigner(Collection<TrustedKey> trusted) throws PolicyFailed {
        if (signers().stream().anyMatch(trusted::contains)) return;
        throw failed(
                name,
                signatures.isEmpty()
                        ? "is not signed"
                        : "is signed by none of the required keys, but by " + signers());
    }

    String name() {
        return name;
    }

    Optional<byte[]> find(String path) {
        return Optional.ofNullable(files.get(path)).map(byte[]::clone);
    }

    Map<String, byte[]> contents() {
        return files;
    }
}
