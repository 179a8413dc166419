package org.xenimage.script.engine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Python's own library as a policy sees it: below {@code /python}, wherever this program is
 * installed. Its files and their list come from the language's jar; both are read when the first
 * module is imported that is not built in. Safe for use by several threads.
 */
final class PythonFiles extends VirtualFiles {
    static final Path STDLIB = Path.of("/python/stdlib");
    static final Path CORE = Path.of("/python/core");

    private static final String RESOURCES = "META-INF/resources/";
    private static final Map<Path, String> TREES = Map.of(STDLIB, "libpython", CORE, "libgraalpy");

    private final ClassLoader loader;
    private Optional<Listing> listing = Optional.empty();

    /** All files, and the names in each folder, by their paths. */
    private record Listing(Set<Path> files, Map<Path, Set<String>> folders) {}

    PythonFiles(ClassLoader loader) {
        this.loader = loader;
    }

    private synchronized Listing listing() throws IOException {
        if (listing.isPresent()) return listing.get();
        Listing made = new Listing(new HashSet<>(), new TreeMap<>());
        for (var tree : TREES.entrySet()) {
            String prefix = RESOURCES + tree.getValue();
            try (InputStream in = loader.getResourceAsStream(prefix + ".files")) {
                if (in == null) throw new IOException("Python's library is not on the class path");
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                for (String line : text.lines().toList()) {
                    int end = line.indexOf(" = ");
                    String name = (end < 0 ? line : line.substring(0, end)).strip();
                    int from = name.indexOf(prefix + "/");
                    if (from < 0 || name.endsWith("/")) continue;
                    add(made, tree.getKey().resolve(name.substring(from + prefix.length() + 1)));
                }
            }
        }
        listing = Optional.of(made);
        return made;
    }

    private static void add(Listing listing, Path file) {
        listing.files().add(file);
        Path child = file;
        for (Path folder = file.getParent(); folder != null; folder = folder.getParent()) {
            Path name = child.getFileName();
            if (name == null) return;
            listing.folders().computeIfAbsent(folder, _ -> new TreeSet<>()).add(name.toString());
            child = folder;
        }
    }

    private static boolean inside(Path path) {
        return path.startsWith("/python");
    }

    @Override
    Optional<byte[]> contents(Path path) throws IOException {
        if (!inside(path) || !listing().files().contains(path)) return Optional.empty();
        for (var tree : TREES.entrySet()) {
            if (!path.startsWith(tree.getKey())) continue;
            String name = tree.getKey().relativize(path).toString().replace('\\', '/');
            try (InputStream in =
                    loader.getResourceAsStream(RESOURCES + tree.getValue() + "/" + name)) {
                return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
            }
        }
        return Optional.empty();
    }

    @Override
    Optional<List<String>> names(Path path) throws IOException {
        if (path.getNameCount() == 0) return Optional.of(List.of("python"));
        if (!inside(path)) return Optional.empty();
        return Optional.ofNullable(listing().folders().get(path)).map(PythonFiles::sorted);
    }

    private static List<String> sorted(Collection<String> names) {
        return List.copyOf(names);
    }
}
