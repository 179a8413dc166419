package org.xenimage.script.test;

import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A file of tests, known by its name: {@code NAME.test.yaml}, {@code NAME.test.js} and {@code test_NAME.py} test the
 * policy {@code NAME}, whose files stand beside them.
 *
 * @param path of the file
 * @param kind of the tests
 * @param name of the policy that it tests, as the file's name has it
 */
public record TestFile(Path path, Kind kind, String name) {
    private static final Pattern CASES = Pattern.compile("(.+)\\.test\\.ya?ml");
    private static final Pattern JAVASCRIPT = Pattern.compile("(.+)\\.test\\.m?js");
    private static final Pattern PYTHON = Pattern.compile("test_(.+)\\.py");
    private static final List<String> ENDINGS = List.of(".js", ".mjs", ".py");
    private static final int DEPTH_MAX = 8;
    private static final int FILES_MAX = 10_000;

    /** What a file of tests is. */
    public enum Kind {
        /** Cases in YAML. */
        CASES,
        /** Functions in JavaScript or Python. */
        SCRIPT
    }

    /**
     * A file of tests by its name.
     *
     * @param path of the file
     * @return the file; empty if the name is not that of tests
     */
    public static Optional<TestFile> of(Path path) {
        String leaf = String.valueOf(path.getFileName());
        if (leaf.startsWith(".")) return Optional.empty();
        Matcher cases = CASES.matcher(leaf);
        if (cases.matches()) return Optional.of(new TestFile(path, Kind.CASES, cases.group(1)));
        for (Pattern script : List.of(JAVASCRIPT, PYTHON)) {
            Matcher name = script.matcher(leaf);
            if (name.matches()) return Optional.of(new TestFile(path, Kind.SCRIPT, name.group(1)));
        }
        return Optional.empty();
    }

    /**
     * Whether a file has the name of tests, and the policy that it tests stands beside it: then it is no policy.
     *
     * @param path of the file
     * @return whether it is
     */
    public static boolean beside(Path path) {
        return of(path).filter(file -> !file.policies().isEmpty()).isPresent();
    }

    /**
     * Finds the files of tests.
     *
     * @param places folders, which are searched with the folders in them; files of tests; and policies, whose tests are
     *     meant
     * @return the files, each once, sorted
     * @throws IOException if a place does not exist or cannot be read
     */
    public static List<TestFile> find(Collection<Path> places) throws IOException {
        Collection<Path> found = new TreeSet<>();
        for (Path place : places) {
            if (Files.isDirectory(place)) found.addAll(below(place));
            else if (!Files.exists(place)) throw new NoSuchFileException(place.toString());
            else if (of(place).isPresent()) found.add(place);
            else found.addAll(testsOf(place));
        }
        return found.stream().map(path -> of(path).orElseThrow()).toList();
    }

    private static List<Path> below(Path folder) throws IOException {
        try (Stream<Path> all =
                Files.find(folder, DEPTH_MAX, (path, facts) -> facts.isRegularFile())) {
            return all.filter(path -> of(path).isPresent())
                    .filter(path -> !isHidden(folder.relativize(path)))
                    .map(path ->
                            folder.toString().isEmpty() || folder.equals(Path.of("."))
                                    ? path.normalize()
                                    : path)
                    .sorted(Comparator.naturalOrder())
                    .limit(FILES_MAX)
                    .toList();
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isHidden(Path path) {
        for (Path part : path) if (part.toString().startsWith(".")) return true;
        return false;
    }

    private static List<Path> testsOf(Path policy) throws IOException {
        Path folder = folder(policy);
        String leaf = String.valueOf(policy.getFileName());
        List<Path> tests = new ArrayList<>();
        try (Stream<Path> beside =
                Files.list(folder.toString().isEmpty() ? Path.of(".") : folder)) {
            for (Path path : beside.map(one -> folder.resolve(one.getFileName())).sorted().toList())
                if (of(path).filter(file -> file.isAbout(leaf)).isPresent()) tests.add(path);
        }
        return tests;
    }

    private static Path folder(Path path) {
        Path parent = path.getParent();
        return parent == null ? Path.of("") : parent;
    }

    /** {@return the folder in which it stands, empty for the current one} */
    Path folder() {
        return folder(path);
    }

    /** A name in Python has no hyphen. */
    boolean isAbout(String leaf) {
        return Language.ofFile(leaf).isPresent()
                && plain(leaf.substring(0, leaf.lastIndexOf('.'))).equals(plain(name));
    }

    private static String plain(String name) {
        return name.replace('_', '-');
    }

    /** {@return the policies beside it that it tests: of one name, in one language or in both} */
    public List<Path> policies() {
        List<Path> found = new ArrayList<>();
        for (String ending : ENDINGS)
            for (String stem : new TreeSet<>(List.of(name, plain(name), name.replace('-', '_')))) {
                Path file = folder().resolve(stem + ending);
                if (Files.isRegularFile(file)) found.add(file);
            }
        return found;
    }
}
