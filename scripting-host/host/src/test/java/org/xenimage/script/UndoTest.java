package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;
import static org.xenimage.script.SampleRuns.sample;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The functions that a policy registers to undo what it did: when they are called, and what with. */
class UndoTest {
    @TempDir private Path folder;

    /** Registers a function in each hook that a whole image calls. */
    private static Policy registering(Language language, String name, String keys)
            throws IOException {
        return named(
                language,
                name,
                keys,
                pick(
                        language,
                        """
                        const undo = (ctx, what) => ctx.onFailure((error) => ctx.log(`undo NAME ${what} ${error.kind}`));
                        export function onBegin(ctx) { undo(ctx, 'begin 1'); undo(ctx, 'begin 2'); }
                        export function onConfig(config, ctx) { undo(ctx, 'config'); }
                        export function onEnd(summary, ctx) { undo(ctx, 'end'); }
                        """,
                        """
                        def undo(ctx, what):
                            ctx.on_failure(lambda error: ctx.log(f"undo NAME {what} {error['kind']}"))
                        def on_begin(ctx):
                            undo(ctx, "begin 1")
                            undo(ctx, "begin 2")
                        def on_config(config, ctx): undo(ctx, "config")
                        def on_end(summary, ctx): undo(ctx, "end")
                        """));
    }

    private static Policy named(Language language, String name, String keys, String body)
            throws IOException {
        String header = "{\"api\": 1, \"name\": \"" + name + "\"" + keys + "}";
        return SampleRuns.host()
                .parse(
                        name + language.suffix(),
                        language,
                        pick(
                                        language,
                                        "export const policy = " + header + ";\n",
                                        "POLICY = " + header + "\n")
                                + body.replace("NAME", name));
    }

    private static Policy vetoing(Language language) throws IOException {
        return named(
                language,
                "vetoing",
                "",
                pick(
                        language,
                        "export function onEnd(summary, ctx) { ctx.veto('no'); }",
                        "def on_end(summary, ctx): ctx.veto('no')"));
    }

    /** The log of a run that fails. */
    private static List<String> failing(Policy... policies) throws IOException {
        List<String> log = new ArrayList<>();
        try (PolicyRun run =
                SampleRuns.host()
                        .run(List.of(policies), SampleRuns.CONTEXT, DecisionLog.to(log::add))) {
            IOException failure =
                    assertThrows(IOException.class, () -> PolicyTestImage.rewrite(sample(), run));
            run.fail(failure);
            run.fail(new IOException("a second failure"));
        }
        return log;
    }

    private static List<String> undone(List<String> log) {
        return log.stream()
                .filter(line -> line.contains("\"log\":\"undo "))
                .map(line -> line.replaceAll(".*\"log\":\"undo (.*)\".*", "$1"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void theFunctionsOfAllPoliciesAreCalledOnceLastFirst(Language language) throws IOException {
        List<String> log =
                failing(
                        registering(language, "a", ""),
                        registering(language, "b", ""),
                        vetoing(language));
        assertEquals(
                List.of(
                        "b end PolicyRejected",
                        "b config PolicyRejected",
                        "b begin 2 PolicyRejected",
                        "b begin 1 PolicyRejected",
                        "a end PolicyRejected",
                        "a config PolicyRejected",
                        "a begin 2 PolicyRejected",
                        "a begin 1 PolicyRejected"),
                undone(log));
        assertEquals(
                2,
                log.stream()
                        .filter(line -> line.contains("\"event\":\"undone\",\"functions\":4"))
                        .count());
        assertEquals(1, log.stream().filter(line -> line.contains("\"reason\":\"vetoing")).count());
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsUndoneWhenTheRunSucceeds(Language language) throws IOException {
        assertEquals(List.of(), undone(run(registering(language, "a", "")).log()));
    }

    @ParameterizedTest
    @EnumSource
    void whatFailsAfterTheImageIsUndoneToo(Language language) throws IOException {
        List<String> log = new ArrayList<>();
        try (PolicyRun run =
                SampleRuns.host()
                        .run(
                                List.of(registering(language, "a", "")),
                                SampleRuns.CONTEXT,
                                DecisionLog.to(log::add))) {
            PolicyTestImage.rewrite(sample(), run);
            run.fail(new IOException("xl restore exited with status 3"));
        }
        assertEquals("a end IOException", undone(log).getFirst());
        assertEquals(4, undone(log).size());
        assertTrue(log.getLast().contains("xl restore exited with status 3"), log.getLast());
    }

    @ParameterizedTest
    @EnumSource
    void theFunctionThatARefusingHookRegisteredIsCalled(Language language) throws IOException {
        List<String> log =
                failing(
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onConfig(config, ctx) {
                                          ctx.onFailure((error) => ctx.log('undo ' + error.message.includes('boo')));
                                          throw new Error('boo');
                                        }
                                        """,
                                        """
                                        def on_config(config, ctx):
                                            ctx.on_failure(lambda error: ctx.log(f"undo {'boo' in error['message']}".lower()))
                                            raise ValueError("boo")
                                        """)));
        assertEquals(List.of("true"), undone(log));
    }

    @ParameterizedTest
    @EnumSource
    void whatGoesWrongInAFunctionIsAWarningAndTheNextIsCalled(Language language)
            throws IOException {
        List<String> log =
                failing(
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        let kept;
                                        export function onRecord(record, ctx) { kept = record; }
                                        export function onBegin(ctx) {
                                          ctx.onFailure(() => ctx.log('undo first'));
                                          ctx.onFailure(() => { throw new Error('broken'); });
                                          ctx.onFailure(() => ctx.veto('again'));
                                          ctx.onFailure(() => kept.type);
                                          ctx.onFailure(() => ctx.pages.zero({ pfnFrom: 1, pfnTo: 2 }));
                                          ctx.onFailure(() => ctx.onFailure(() => {}));
                                        }
                                        export function onFailure(error, ctx) { ctx.log('undo hook'); }
                                        """,
                                        """
                                        kept = []
                                        def on_record(record, ctx): kept.append(record)
                                        def broken(error): raise ValueError("broken")
                                        def on_begin(ctx):
                                            ctx.on_failure(lambda error: ctx.log("undo first"))
                                            ctx.on_failure(broken)
                                            ctx.on_failure(lambda error: ctx.veto("again"))
                                            ctx.on_failure(lambda error: kept[-1].type)
                                            ctx.on_failure(lambda error: ctx.pages.zero(pfn_from=1, pfn_to=2))
                                            ctx.on_failure(lambda error: ctx.on_failure(lambda error: None))
                                        def on_failure(error, ctx): ctx.log("undo hook")
                                        """)),
                        vetoing(language));
        assertEquals(List.of("first", "hook"), undone(log));
        List<String> warnings = log.stream().filter(line -> line.contains("\"warn\"")).toList();
        assertEquals(5, warnings.size(), () -> String.join("\n", log));
        for (String part :
                List.of(
                        "the run has failed",
                        "is not allowed here",
                        "had returned",
                        "again",
                        "broken"))
            assertTrue(
                    warnings.stream().anyMatch(line -> line.contains(part)),
                    () -> part + ": " + warnings);
        assertTrue(log.getLast().contains("vetoed: no"), log.getLast());
    }

    @ParameterizedTest
    @EnumSource
    void aFunctionRunsUnderTheLimitsAndThoseLeftAreCounted(Language language) throws IOException {
        List<String> log = new ArrayList<>();
        Policy slow =
                policy(
                        language,
                        pick(
                                language,
                                """
                                export function onBegin(ctx) {
                                  ctx.onFailure(() => ctx.log('undo never'));
                                  ctx.onFailure(() => { for (;;); });
                                }
                                """,
                                """
                                def forever(error):
                                    while True: pass
                                def on_begin(ctx):
                                    ctx.on_failure(lambda error: ctx.log("undo never"))
                                    ctx.on_failure(forever)
                                """));
        try (PolicyHost host =
                        PolicyHost.open(
                                HostOptions.defaults()
                                        .withLimits(
                                                new Limits(Duration.ofMillis(2500), 1L << 29, 0)));
                PolicyRun run =
                        host.run(
                                List.of(registering(language, "a", ""), slow),
                                SampleRuns.CONTEXT,
                                DecisionLog.to(log::add))) {
            PolicyTestImage.rewrite(sample(), run);
            run.fail(new IOException("late"));
        }
        String all = String.join("\n", log);
        assertTrue(all.contains("ran longer than its limit"), all);
        assertTrue(all.contains("1 of 2 functions of ctx."), all);
        assertEquals(4, undone(log).size(), "those of the other policy are called");
    }

    @ParameterizedTest
    @EnumSource
    void aPolicyThatIsSkippedIsUndoneAtOnceAndOnce(Language language) throws IOException {
        Policy skipped =
                named(
                        language,
                        "skipped",
                        ", \"onError\": \"skip\"",
                        pick(
                                language,
                                """
                                export function onConfig(config, ctx) {
                                  ctx.onFailure((error) => ctx.log('undo skipped ' + error.kind));
                                  throw new Error('boo');
                                }
                                """,
                                """
                                def on_config(config, ctx):
                                    ctx.on_failure(lambda error: ctx.log(f"undo skipped {error['kind']}"))
                                    raise ValueError("boo")
                                """));
        assertEquals(List.of("skipped PolicyFailed"), undone(run(skipped).log()));
        List<String> log = failing(skipped, vetoing(language));
        assertEquals(List.of("skipped PolicyFailed"), undone(log));
    }

    /** What began is done again, so it is undone first; and no parameter of the skipped one is missed. */
    @ParameterizedTest
    @EnumSource
    void aRunThatBeginsAgainUndoesWhatAllPoliciesDid(Language language) throws IOException {
        Policy skipped =
                named(
                        language,
                        "skipped",
                        ", \"onError\": \"skip\", \"params\": {\"own\": {\"required\": "
                                + pick(language, "true", "True")
                                + "}}",
                        pick(
                                language,
                                """
                                export function onConfig(config, ctx) { config.c_info.name = 'x'; }
                                export function onEnd(summary, ctx) { throw new Error('boo'); }
                                """,
                                """
                                def on_config(config, ctx): config["c_info"]["name"] = "x"
                                def on_end(summary, ctx): raise ValueError("boo")
                                """));
        Path in = Files.write(folder.resolve("in.save"), sample());
        List<String> log = new ArrayList<>();
        Path a =
                Files.writeString(
                        folder.resolve("a" + language.suffix()),
                        registering(language, "a", "").source());
        Path s = Files.writeString(folder.resolve("s" + language.suffix()), skipped.source());
        try (Policies policies = Policies.load(a.toString(), s.toString())) {
            policies.set("own", "1").as(Operation.REWRITE).onDecision(log::add);
            RunSummary done = policies.apply(in, folder.resolve("out.save"));
            assertEquals(1, done.policies().size());
        }
        assertEquals(
                List.of(
                        "a end PolicyFailed",
                        "a config PolicyFailed",
                        "a begin 2 PolicyFailed",
                        "a begin 1 PolicyFailed"),
                undone(log));
        assertTrue(Files.exists(folder.resolve("out.save")));
    }

    @ParameterizedTest
    @EnumSource
    void policiesInAProgramAreUndoneWhereTheOutputCannotBeWritten(Language language)
            throws IOException {
        Path in = Files.write(folder.resolve("in.save"), sample());
        Path a =
                Files.writeString(
                        folder.resolve("a" + language.suffix()),
                        registering(language, "a", "").source());
        List<String> log = new ArrayList<>();
        try (Policies policies = Policies.load(a.toString())) {
            policies.onDecision(log::add)
                    .onProgress(progress -> {
                        if (progress.bytes() > 4096)
                            throw new IOException("stopped by its listener");
                    });
            assertThrows(IOException.class, () -> policies.apply(in, folder.resolve("out.save")));
        }
        assertFalse(Files.exists(folder.resolve("out.save")));
        assertTrue(undone(log).contains("a begin 1 IOException"), () -> String.join("\n", log));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNoOrdinaryFunctionIsRefused(Language language) throws IOException {
        List<String> values =
                switch (language) {
                    case JAVASCRIPT ->
                            List.of(
                                    "",
                                    "null",
                                    "1",
                                    "'x'",
                                    "{}",
                                    "async () => {}",
                                    "function* () {}",
                                    "class {}");
                    case PYTHON ->
                            List.of(
                                    "",
                                    "None",
                                    "1",
                                    "'x'",
                                    "{}",
                                    "print",
                                    "lambda: None",
                                    "lambda a, b: None",
                                    "int");
                };
        for (String value : values) {
            Policy refused =
                    policy(
                            language,
                            pick(
                                            language,
                                            "export function onBegin(ctx) { ctx.onFailure(%s); }",
                                            "def on_begin(ctx): ctx.on_failure(%s)")
                                    .formatted(value));
            IOException thrown = assertThrows(PolicyFailed.class, () -> run(refused), value);
            assertTrue(
                    String.valueOf(thrown.getMessage())
                            .contains(pick(language, "onFailure", "on_failure")),
                    thrown.getMessage());
        }
        if (language == Language.PYTHON)
            run(
                    policy(
                            language,
                            """
                            def on_begin(ctx):
                                ctx.on_failure(lambda error, more=1: None)
                                ctx.on_failure(lambda *all: None)
                            """));
    }

    @Test
    void aListenerThatThrowsDoesNotHideTheFailure() throws IOException {
        Policy policy = registering(Language.JAVASCRIPT, "a", "");
        var failure = new IOException("late");
        try (PolicyHost host =
                        PolicyHost.open(
                                HostOptions.defaults()
                                        .withSpeech((_, _, _, _) -> {
                                            throw new IllegalStateException("listener");
                                        }));
                PolicyRun run = host.run(List.of(policy), SampleRuns.CONTEXT, DecisionLog.none())) {
            PolicyTestImage.rewrite(sample(), run);
            run.fail(failure);
        }
        assertEquals("late", failure.getMessage());
    }
}
