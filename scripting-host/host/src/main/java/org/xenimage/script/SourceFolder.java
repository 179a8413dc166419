package org.xenimage.script;

import org.xenimage.image.seal.Sha256;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The source of policy files: a folder on disk, or files in memory, such as those of a bundle.
 *
 * <p>A path names a file in it, with slashes. Paths cannot lead up, and links cannot lead out. The caller limits the
 * size of files. Immutable; a folder on disk is read on each request.
 */
public abstract sealed class SourceFolder {
    private SourceFolder() {}

    /**
     * A folder on disk.
     *
     * @param folder that exists
     * @return its files
     */
    public static SourceFolder onDisk(Path folder) {
        return new OnDisk(folder);
    }

    /**
     * Files in memory.
     *
     * @param name of them together, for messages
     * @param files by their paths; copied
     * @return these files
     */
    public static SourceFolder inMemory(String name, Map<String, byte[]> files) {
        Map<String, byte[]> copied = new TreeMap<>();
        files.forEach((path, bytes) -> copied.put(path, bytes.clone()));
        return new InMemory(name, "", copied);
    }

    /**
     * A file that was read.
     *
     * @param label how messages name it
     * @param file where it was read; empty if it was in memory
     * @param text of it
     * @param digest SHA-256 of its bytes, in hex
     * @param length in bytes
     */
    record Source(String label, Optional<Path> file, String text, String digest, int length) {
        static Source of(String label, Optional<Path> file, byte[] bytes) throws IOException {
            return new Source(
                    label, file, PolicyHost.text(label, bytes), Sha256.text(bytes), bytes.length);
        }
    }

    /** The file exists but may not be read. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String problem) {
            super(problem);
        }

        String problem() {
            return String.valueOf(getMessage());
        }
    }

    /**
     * Reads a file.
     *
     * @param path with slashes
     * @param most bytes that it may have
     * @return the file; empty if there is none of this name
     * @throws IOException a {@link Refused} if it is outside or too long, or any error of the operating system
     */
    abstract Optional<Source> find(String path, int most) throws IOException;

    /**
     * Reads a file that is no policy.
     *
     * @param path with slashes
     * @param most bytes that it may have
     * @return its text; empty if there is none of this name
     * @throws IOException if it is outside, too long or no text, or cannot be read
     */
    public Optional<String> text(String path, int most) throws IOException {
        return find(path, most).map(Source::text);
    }

    /** The folder in which a file is, from which its imports are named. */
    abstract SourceFolder below(String path);

    /**
     * How messages name a file.
     *
     * @param path with slashes
     * @return the name
     */
    public abstract String describe(String path);

    /**
     * The files that can be policies by their names.
     *
     * @return those not below another folder, sorted
     * @throws IOException if the folder cannot be read
     */
    public abstract List<String> names() throws IOException;

    private static boolean canBePolicy(String name) {
        return !name.startsWith(".") && Language.ofFile(name).isPresent();
    }

    private static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/') + 1);
    }

    /** Whether each step of a path goes down. */
    private static boolean descends(String path) {
        for (String step : path.split("/", -1))
            if (step.isEmpty() || step.equals(".") || step.equals("..")) return false;
        return true;
    }

    private static Refused tooLong(int most) {
        return new Refused("is longer than %d bytes".formatted(most));
    }

    private static final class OnDisk extends SourceFolder {
        private final Path folder;

        OnDisk(Path folder) {
            this.folder = folder;
        }

        @Override
        Optional<Source> find(String path, int most) throws IOException {
            Path file;
            try {
                file = folder.resolve(path);
            } catch (InvalidPathException e) {
                return Optional.empty();
            }
            if (!Files.isRegularFile(file)) return Optional.empty();
            if (!descends(path) || !file.toRealPath().startsWith(folder.toRealPath()))
                throw new Refused("is not in the policy's folder");
            if (!file.toRealPath(LinkOption.NOFOLLOW_LINKS).endsWith(path))
                return Optional.empty(); // of another case
            byte[] bytes;
            try (InputStream in = Files.newInputStream(file)) {
                bytes = in.readNBytes(most + 1);
            }
            if (bytes.length > most) throw tooLong(most);
            return Optional.of(Source.of(file.toString(), Optional.of(file), bytes));
        }

        @Override
        public List<String> names() throws IOException {
            try (Stream<Path> entries = Files.list(folder)) {
                return entries.filter(Files::isRegularFile)
                        .map(file -> String.valueOf(file.getFileName()))
                        .filter(SourceFolder::canBePolicy)
                        .sorted()
                        .toList();
            }
        }

        @Override
        SourceFolder below(String path) {
            return new OnDisk(folder.resolve(parent(path)));
        }

        @Override
        public String describe(String path) {
            return folder.resolve(path).toString();
        }
    }

    private static final class InMemory extends SourceFolder {
        private final String name;
        private final String prefix;
        private final Map<String, byte[]> files;

        InMemory(String name, String prefix, Map<String, byte[]> files) {
            this.name = name;
            this.prefix = prefix;
            this.files = files;
        }

        @Override
        Optional<Source> find(String path, int most) throws IOException {
            byte[] bytes = files.get(prefix + path);
            if (bytes == null) return Optional.empty();
            if (!descends(path)) throw new Refused("is not in the policy's folder");
            if (bytes.length > most) throw tooLong(most);
            return Optional.of(Source.of(describe(path), Optional.empty(), bytes));
        }

        @Override
        public List<String> names() {
            return files.keySet().stream()
                    .filter(path -> path.startsWith(prefix))
                    .map(path -> path.substring(prefix.length()))
                    .filter(path -> path.indexOf('/') < 0 && canBePolicy(path))
                    .toList();
        }

        @Override
        SourceFolder below(String path) {
            return new InMemory(name, prefix + parent(path), files);
        }

        @Override
        public String describe(String path) {
            return name + "!/" + prefix + path;
        }
    }

    /** What a policy of the library, or one that is no file, has: nothing. */
    static final SourceFolder NONE = inMemory("", Map.of());

    /** The folder in which a file is. */
    static SourceFolder around(Path file) {
        Path folder = file.getParent();
        return onDisk(folder == null ? Path.of("") : folder);
    }
}
