package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.script.policy.Inspection;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.tests.testkit.DebuggerClient;
import org.xenimage.tests.testkit.PlainWords;
import org.xenimage.tests.testkit.ProcessorTime;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The corpus of attacks: what each script tries comes to nothing, the host goes on, and a policy that runs after it, in
 * the same run or in a later one, finds nothing of it.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AttackTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The attacks on what is outside of the policy: files, the network, processes, the host's classes. */
    private static final Pattern MACHINE =
            Pattern.compile(
                    "/(environment|exit|host-|import-|native|network|process|signals|socket|threads)");

    private static final String CLEAN = "\"log\":\"clean\"";

    /** Looks for what the attacks on other policies leave. */
    private static final String JAVASCRIPT_WITNESS =
            """
            export const policy = { api: 1, name: 'witness' };
            const clean = JSON.stringify([1, { a: 'b' }]) === '[1,{"a":"b"}]' && [3, 4].map((x) => x).length === 2
              && Object.keys(Object.prototype).length === 0 && Object.keys(Array.prototype).length === 0
              && globalThis.leaked === undefined && Object.leaked === undefined && String(new String('x')) === 'x'
              && new Set([Math.random(), Math.random(), Math.random()]).size > 1 && ({}).bridge === undefined;
            export function onBegin(ctx) {
              if (Date.now() !== Date.parse(ctx.now)) throw new Error('another clock');
              if (!clean || Object.keys({ ...ctx.site, ...ctx.params }).length) throw new Error('not clean');
              print('printed');
              ctx.log('clean');
            }
            """;

    private static final String PYTHON_WITNESS =
            """
            POLICY = {'api': 1, 'name': 'witness'}
            import builtins, collections, json, sys
            clean = json.dumps([1, {'a': 'b'}]) == '[1, {"a": "b"}]' and len([3, 4]) == 2 \\
                and not hasattr(builtins, 'leaked') and 'leaked' not in sys.modules and '/leaked' not in sys.path \\
                and not hasattr(collections.Counter, 'leaked') and not hasattr(dict, 'leaked')
            def on_begin(ctx):
                if not clean or len(ctx.site) or len(ctx.params): raise ValueError('not clean')
                print('printed')
                ctx.log('clean')
            """;

    static Stream<AttackScript> contained() {
        return AttackScript.all().stream().filter(attack -> !attack.isolated());
    }

    @Test
    void theCorpusIsLargeAndOfBothLanguages() {
        List<AttackScript> all = AttackScript.all();
        for (Language language : Language.values())
            assertTrue(all.stream().filter(one -> one.language() == language).count() >= 40);
        assertTrue(all.size() >= 80);
    }

    @ParameterizedTest
    @MethodSource("contained")
    void attackIsContained(AttackScript attack) throws IOException {
        var time = ProcessorTime.start();
        Outcome outcome = run(SampleRuns.host(), attack);
        time.requireAtMost(Duration.ofSeconds(60), attack.toString());
        outcome.requireAsExpected(attack);
    }

    static Stream<AttackScript> inspected() {
        return contained()
                .filter(attack ->
                        MACHINE.matcher(attack.toString()).find()
                                || Boolean.getBoolean("xenimage.attacks.inspected"));
    }

    /**
     * A debugger needs an engine that checks nothing of what its contexts are given; they are given no more. Of the
     * corpus, those that reach for the machine are run; all of it on request.
     */
    @ParameterizedTest
    @MethodSource("inspected")
    void attackIsContainedInTheDebugger(AttackScript attack) throws IOException {
        run(Debugged.HOST, attack).requireAsExpected(attack);
    }

    private static final class Debugged {
        static final PolicyHost HOST =
                PolicyHost.open(
                        SampleRuns.host()
                                .options()
                                .withInspection(new Inspection(0, Debugged::pass)));

        private static void pass(URI address) {
            Thread.startVirtualThread(() -> DebuggerClient.pass(address));
        }
    }

    static Stream<AttackScript> isolated() {
        return AttackScript.all().stream()
                .filter(attack ->
                        attack.isolated() || Boolean.getBoolean("xenimage.attacks.isolated"));
    }

    /** In a process of its own everything is contained; all of the corpus takes minutes, and is run on request. */
    @ParameterizedTest
    @MethodSource("isolated")
    void attackIsContainedInAProcessOfItsOwn(AttackScript attack) throws IOException {
        try (PolicyHost host =
                PolicyHost.open(
                        SampleRuns.host()
                                .options()
                                .withIsolation(Isolation.only(Set.of(attack.policyName()))))) {
            run(host, attack).requireAsExpected(attack);
        }
    }

    /** What came of an attack: of a failure, what it says; of its run, the log. */
    private record Outcome(String failure, List<String> log) {
        void requireAsExpected(AttackScript attack) throws IOException {
            String logged = String.join("\n", log);
            assertFalse(logged.contains("GOT THROUGH"), logged);
            if (attack.refused().isEmpty()) {
                assertEquals("", failure);
                assertTrue(logged.contains(attack.logged()), logged);
            } else {
                assertTrue(failure.startsWith(attack.file().toString()), failure + "\n" + logged);
                assertTrue(
                        attack.refused().stream().anyMatch(failure::contains),
                        failure + "\n" + logged);
            }
            if (attack.witnessed() && failure.isEmpty()) assertTrue(logged.contains(CLEAN), logged);
            requireUnforged();
        }

        /** Each line is one object, numbered in order, of one of the two policies, and drives no terminal. */
        private void requireUnforged() throws IOException {
            long number = 0;
            for (String line : log) {
                assertTrue(line.chars().noneMatch(c -> c < ' ' || c == 0x7f), line);
                JsonNode entry = JSON.readTree(line);
                number = entry.path("seq").asLong() == 1 ? 1 : number + 1;
                assertEquals(number, entry.path("seq").asLong(), line);
                if (!entry.has("policy")) assertTrue(entry.has("event"), line);
                else if (entry.path("policy").asText().equals("witness"))
                    assertTrue(Set.of("clean", "").contains(entry.path("log").asText()), line);
            }
        }
    }

    private static Outcome run(PolicyHost host, AttackScript attack) throws IOException {
        List<Policy> policies = new ArrayList<>();
        List<String> log = new ArrayList<>();
        String failure = "";
        try {
            policies.add(host.load(attack.file().toString()));
            if (attack.witnessed()) policies.add(witness(attack.language()));
            rewrite(host, log, attack.edited(), policies.toArray(Policy[]::new));
        } catch (ImageException refused) {
            PlainWords.require(refused);
            failure = String.valueOf(refused.getMessage());
        }
        return new Outcome(failure, log);
    }

    private static Policy witness(Language language) throws ImageException {
        return SampleRuns.host()
                .parse(
                        "witness" + language.suffix(),
                        language,
                        language == Language.JAVASCRIPT ? JAVASCRIPT_WITNESS : PYTHON_WITNESS);
    }

    /** An image through policies that change nothing of it, unless they should. */
    private static void rewrite(
            PolicyHost host, List<String> log, boolean edited, Policy... policies)
            throws IOException {
        try (PolicyRun run =
                host.run(List.of(policies), SampleRuns.CONTEXT, DecisionLog.to(log::add))) {
            try {
                byte[] made = PolicyTestImage.rewrite(SampleRuns.sample(), run);
                if (!edited) assertArrayEquals(SampleRuns.sample(), made);
            } catch (IOException | RuntimeException | Error failure) {
                run.fail(failure);
                throw failure;
            }
        }
    }

    /** The process could end now, and the next policies find it as the first ones did. */
    @AfterAll
    static void nothingIsLeft() throws IOException {
        for (Thread thread : Thread.getAllStackTraces().keySet())
            assertTrue(
                    thread.isDaemon() || !thread.getName().startsWith("policy "), thread.getName());
        for (Language language : Language.values()) {
            List<String> log = new ArrayList<>();
            rewrite(SampleRuns.host(), log, false, witness(language));
            assertTrue(String.join("\n", log).contains(CLEAN));
        }
    }
}
