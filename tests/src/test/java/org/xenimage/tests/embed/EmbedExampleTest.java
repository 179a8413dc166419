package org.xenimage.tests.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code examples/embed-in-java}, a Maven project that knows this one by its installed artifacts
 * only, is built and run. Installed means: in a local repository made for this test, which has the
 * artifacts of this build, and all others by links.
 */
class EmbedExampleTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String VERSION = "0.1.0-SNAPSHOT";
    private static final Pattern PARENT = Pattern.compile("<parent>.*?</parent>", Pattern.DOTALL);
    private static final Pattern ARTIFACT = Pattern.compile("<artifactId>([^<]+)");

    @TempDir private static Path folder;

    @BeforeAll
    static void installAndCompile() throws IOException, InterruptedException {
        assumeTrue(
                Files.exists(ROOT.resolve("api/image/target/xenimage-image-" + VERSION + ".jar")),
                "the artifacts are not packed yet");
        install();
        Path example = ROOT.resolve("examples/embed-in-java");
        try (Stream<Path> files = Files.walk(example)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.toString().contains("/target/")) continue;
                Path copy = folder.resolve("project").resolve(example.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        maven("compile");
    }

    /** Deletes the links before the folder is deleted, so that nothing they lead to is touched. */
    @AfterAll
    static void dropLinks() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path link : files.filter(Files::isSymbolicLink).toList()) Files.delete(link);
        }
    }

    @Test
    void policiesRunInTheToolstacksProcess() throws IOException, InterruptedException {
        assertEquals("2 edits", run("WithPolicies"));
    }

    @Test
    void scriptsRunByTheStandardInterface() throws IOException, InterruptedException {
        assertEquals("sample-pv has 16384 pages\ntrue", run("WithScripts"));
    }

    @Test
    void readmesPoliciesAreThoseOfTheExample() throws IOException {
        String example =
                Files.readString(
                        ROOT.resolve(
                                "examples/embed-in-java/src/main/java/org/example/toolstack/WithPolicies.java"));
        Matcher blocks =
                Pattern.compile("^```java\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
                        .matcher(Files.readString(ROOT.resolve("README.md")));
        List<String> found =
                blocks.results()
                        .map(block -> block.group(1))
                        .filter(block -> block.contains("Policies.load"))
                        .toList();
        assertEquals(1, found.size(), "README has one example of Policies");
        for (String line : found.getFirst().lines().toList())
            assertTrue(example.contains(line.strip()), line);
    }

    private static String run(String main) throws IOException, InterruptedException {
        return maven("compile", "exec:exec", "-Dtoolstack.main=org.example.toolstack." + main)
                .strip();
    }

    private static String maven(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "mvn",
                                "-o",
                                "-q",
                                "-B",
                                "-f",
                                folder.resolve("project/pom.xml").toString(),
                                "-Dmaven.repo.local=" + folder.resolve("repository")));
        command.addAll(List.of(arguments));
        Path warnings = folder.resolve("warnings");
        Process run = new ProcessBuilder(command).redirectError(warnings.toFile()).start();
        String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, run.waitFor(), () -> output + " " + warnings(warnings));
        // Maven resets a terminal's colours even where it uses none.
        return output.replaceAll("\u001b\\[[0-9;]*m", "");
    }

    private static String warnings(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** As {@code mvn install} does it, into a repository of the test's own. */
    private static void install() throws IOException {
        Path usual = usualRepository();
        Path repository = Files.createDirectories(folder.resolve("repository"));
        link(usual, repository, "org");
        link(usual.resolve("org"), Files.createDirectories(repository.resolve("org")), "xenimage");
        try (Stream<Path> poms = Files.walk(ROOT, 3)) {
            for (Path pom : poms.filter(file -> file.endsWith("pom.xml")).toList()) {
                if (pom.startsWith(ROOT.resolve("examples/embed-in-java"))) continue;
                install(pom, repository.resolve("org/xenimage"));
            }
        }
    }

    private static void install(Path pom, Path group) throws IOException {
        Matcher artifact = ARTIFACT.matcher(PARENT.matcher(Files.readString(pom)).replaceAll(""));
        if (!artifact.find()) throw new IOException(pom + " has no artifactId");
        String name = artifact.group(1);
        Path place = Files.createDirectories(group.resolve(name).resolve(VERSION));
        Files.copy(pom, place.resolve(name + "-" + VERSION + ".pom"));
        Path jar = pom.resolveSibling("target/" + name + "-" + VERSION + ".jar");
        if (Files.exists(jar)) Files.copy(jar, place.resolve(jar.getFileName()));
    }

    private static void link(Path from, Path to, String but) throws IOException {
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                if (!name.equals(but)) Files.createSymbolicLink(to.resolve(name), entry);
            }
        }
    }

    /** The repository that this build uses, told by one of the libraries on the class path. */
    private static Path usualRepository() {
        for (String entry : System.getProperty("java.class.path").split(":", -1)) {
            int group = entry.indexOf("/com/fasterxml/jackson/core/");
            if (group > 0) return Path.of(entry.substring(0, group));
        }
        return Path.of(System.getProperty("user.home"), ".m2", "repository");
    }
}
