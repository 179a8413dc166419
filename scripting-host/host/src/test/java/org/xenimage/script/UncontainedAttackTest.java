package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.fault.ImageException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the attacks that only isolation contains do without it, each in a JVM of its own: as docs/security.md says. That
 * isolation contains them is what {@link AttackTest} shows.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UncontainedAttackTest {
    private static final Path SECURITY =
            (Files.isDirectory(Path.of("scripting-host"))
                            ? Path.of("scripting-host")
                            : Path.of(".."))
                    .resolve("cli/docs/security.md");

    /** Of a script in the table of the document. */
    private static final Pattern SCRIPT = Pattern.compile("`([\\w-]+\\.(?:js|py))`");

    /** The scripts of the rows of the table of what is not contained, by what the rows say. */
    private static Set<String> documented(String consequence) throws IOException {
        Set<String> scripts = new TreeSet<>();
        for (String line : Files.readAllLines(SECURITY)) {
            if (!line.startsWith("| `") || !line.contains(consequence)) continue;
            Matcher script = SCRIPT.matcher(line);
            while (script.find()) scripts.add(script.group(1));
        }
        return scripts;
    }

    private static Set<String> allocating() throws IOException {
        return documented("one allocation may exhaust the heap");
    }

    private static Set<String> endless() throws IOException {
        Set<String> scripts = documented("the run fails after three seconds");
        scripts.addAll(documented("likewise"));
        return scripts;
    }

    static Stream<AttackScript> uncontained() {
        return AttackScript.all().stream().filter(AttackScript::isolated);
    }

    private static String name(AttackScript attack) {
        return String.valueOf(attack.file().getFileName());
    }

    @Test
    void theDocumentNamesExactlyThoseThatOnlyIsolationContains() throws IOException {
        Set<String> documented = allocating();
        documented.addAll(endless());
        assertEquals(
                new TreeSet<>(uncontained().map(UncontainedAttackTest::name).toList()), documented);
    }

    @ParameterizedTest
    @MethodSource("uncontained")
    void doesWhatTheDocumentSays(AttackScript attack) throws IOException, InterruptedException {
        Process process =
                ChildJvm.running(List.of("-Xmx512m"), Attacked.class, attack.file().toString())
                        .redirectErrorStream(true)
                        .start();
        String said;
        boolean ended;
        try {
            said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            ended = process.waitFor(1, TimeUnit.MINUTES);
        } finally {
            process.destroyForcibly();
        }
        // It ends by itself, however long the script would go on; nothing that the script was to
        // reach got out.
        assertTrue(ended, said);
        assertFalse(said.contains("GOT THROUGH") || said.contains("RAN"), said);
        if (endless().contains(name(attack))) {
            assertTrue(said.contains("FAILED " + attack.file()), said);
            assertTrue(attack.refused().stream().anyMatch(said::contains), said);
            if (said.contains("did not stop")) assertTrue(said.contains("BUSY"), said);
            assertEquals(1, process.exitValue(), said);
        } else {
            // Either the script is told, or the heap was the program's own, which then ends.
            boolean told = said.contains("FAILED " + attack.file());
            assertTrue(told || said.contains("OutOfMemoryError"), said);
            assertTrue(process.exitValue() != 0, said);
        }
    }

    /** The program of the test: a run of the policy that is its argument, in process. */
    static final class Attacked {
        private Attacked() {}

        /**
         * Runs the policy.
         *
         * @param arguments the file of the policy
         * @throws IOException if the image cannot be made
         */
        public static void main(String... arguments) throws IOException {
            List<String> log = new ArrayList<>();
            try (PolicyHost host = SampleRuns.host();
                    PolicyRun run =
                            host.run(
                                    List.of(host.load(arguments[0])),
                                    SampleRuns.CONTEXT,
                                    DecisionLog.to(log::add))) {
                PolicyTestImage.rewrite(SampleRuns.sample(), run);
                System.out.println("RAN " + log);
            } catch (ImageException refused) {
                boolean busy =
                        Thread.getAllStackTraces().entrySet().stream()
                                .anyMatch(thread ->
                                        thread.getKey().getName().startsWith("policy ")
                                                && thread.getValue().length > 0);
                System.out.println("FAILED " + refused.getMessage());
                if (busy) System.out.println("BUSY");
                System.exit(1);
            }
        }
    }
}
