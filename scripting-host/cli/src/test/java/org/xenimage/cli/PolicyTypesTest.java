package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.script.ImplementedApi;
import org.xenimage.script.api.MemberType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code policy types}, and the typings that {@code policy new} puts beside a policy. */
class PolicyTypesTest {
    private static final Set<String> JAVASCRIPT =
            Set.of("xenimage.d.ts", "xenimage-library.d.ts", "jsconfig.json");
    private static final Set<String> PYTHON =
            Set.of("xenimage.pyi", "__builtins__.pyi", "pyrightconfig.json");

    @TempDir private Path folder;
    private Program program;

    @BeforeEach
    void open() {
        program = new Program(folder);
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void aNewFolderGetsTheTypingsOfBothLanguages() throws IOException {
        program.run("policy", "types", ":policies").succeeds();
        var all = new TreeSet<>(JAVASCRIPT);
        all.addAll(PYTHON);
        assertEquals(all, names(folder.resolve("policies")));
    }

    @Test
    void settingsOfTheProjectAreKeptAndTypingsOfAnotherReleaseAreReplaced() throws IOException {
        program.run("policy", "types", ":policies").succeeds();
        Path typings = folder.resolve("policies/xenimage.d.ts");
        String current = Files.readString(typings);
        Files.writeString(typings, current.replace("Context", "Contxt"));
        Path settings = folder.resolve("policies/jsconfig.json");
        Files.writeString(settings, "{}");
        String message = program.run("policy", "types", ":policies").succeeds().out();
        assertEquals(current, Files.readString(typings));
        assertEquals("{}", Files.readString(settings));
        assertTrue(message.contains("jsconfig.json: kept as it is"), message);
        program.run("policy", "types", ":policies", "--force").succeeds();
        assertFalse(Files.readString(settings).equals("{}"));
    }

    @Test
    void aFileOfTheSameNameThatIsNotOursIsRefusedBeforeAnythingIsWritten() throws IOException {
        Files.createDirectory(folder.resolve("policies"));
        Files.writeString(folder.resolve("policies/xenimage.pyi"), "mine");
        Program.Outcome outcome = program.run("policy", "types", ":policies");
        assertEquals(1, outcome.status());
        assertTrue(outcome.err().contains("xenimage did not write it"), outcome.err());
        assertEquals(Set.of("xenimage.pyi"), names(folder.resolve("policies")));
    }

    /** The examples of what tests see, each in a test of its own of the policy of the template. */
    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void everyExampleOfWhatTestsSeePasses(String suffix) throws IOException {
        boolean js = suffix.equals("js");
        program.run("policy", "new", ":mine." + suffix).succeeds();
        var tests = new StringBuilder();
        int count = 0;
        for (String name : List.of("Test", "TestResult"))
            for (MemberType member : ImplementedApi.current().object(name).members()) {
                tests.append(
                        js
                                ? "export function test%d(t) { const result = t.run(); %s }\n"
                                        .formatted(count++, member.example().javaScript())
                                : "def test_%d(t):\n    result = t.run()\n    %s\n"
                                        .formatted(count++, member.example().python()));
            }
        program.write(js ? "mine.test.js" : "test_mine.py", tests.toString());
        String message = program.run("policy", "test", ":mine." + suffix).succeeds().out();
        assertTrue(message.contains(String.valueOf(count)), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mine.js", "mine.py"})
    void aNewPolicyHasTypingsBesideItAndIsSound(String name) throws IOException {
        program.run("policy", "new", ":" + name).succeeds();
        assertTrue(
                names(folder).containsAll(name.endsWith(".js") ? JAVASCRIPT : PYTHON),
                names(folder)::toString);
        program.run("policy", "new", ":second-" + name).succeeds();
        program.run("policy", "check", ":" + name, ":second-" + name).succeeds();
    }
}
