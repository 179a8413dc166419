package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;
import static org.xenimage.script.SampleRuns.sample;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.script.api.Spelling;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.tests.testkit.PlainWords;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a policy does wrong, and what its author reads. */
class PolicyErrorTest {
    private static String failure(Class<? extends ImageException> kind, Policy... policies) {
        return String.valueOf(assertThrows(kind, () -> run(policies)).getMessage());
    }

    private static void contains(String message, String... parts) {
        PlainWords.require(message);
        for (String part : parts)
            assertTrue(message.contains(part), () -> "no '" + part + "' in: " + message);
    }

    /** What says where an error was thrown is the policy's to give, and may be anything. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "class E(Exception):\n    __traceback__ = property(lambda self: 5)\n",
                """
                class E(Exception):
                    __traceback__ = property(lambda self: self)
                    tb_next = __traceback__
                """,
                """
                class E(SyntaxError):
                    lineno = property(lambda self: 'x')
                    offset = property(lambda self: {})
                """,
                """
                class E(SyntaxError):
                    lineno = property(lambda self: 1.5)
                    __traceback__ = property(lambda self: [])
                """
            })
    void anErrorThatLiesAboutItsPlaceIsStillTheErrorOfThePolicy(String type) throws IOException {
        String source = type + "def on_begin(ctx):\n    raise E('told')\n";
        String message = failure(PolicyFailed.class, policy(Language.PYTHON, source));
        contains(message, "policy tested", "told");
    }

    /** Whatever a view refuses: what is read, written or called, in each kind of hook. */
    private static Stream<Arguments> refusals() {
        return Stream.of(
                        "ctx.nosuch",
                        "ctx.pages.nosuch",
                        "ctx.now = 5",
                        "ctx.nosuch = 5",
                        "ctx.veto(5)")
                .flatMap(statement ->
                        Stream.of("onBegin(ctx)", "onConfig(config, ctx)", "onRecord(record, ctx)")
                                .map(hook -> Map.entry(statement, hook)))
                .flatMap(use ->
                        Stream.of(Language.values())
                                .map(language ->
                                        Arguments.of(language, use.getValue(), use.getKey())));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void whatAViewRefusesNamesTheLine(Language language, String hook, String statement)
            throws IOException {
        String source =
                pick(
                        language,
                        "export function %s {\n  let unused;\n  %s;\n}\n"
                                .formatted(hook, statement),
                        "def %s:\n    pass\n    %s\n".formatted(Spelling.snake(hook), statement));
        String message = failure(PolicyFailed.class, policy(language, source));
        contains(
                message.lines().findFirst().orElseThrow(),
                pick(language, "tested.js:4:", "tested.py:4: "));
        contains(message, ">    4 | ");
    }

    @ParameterizedTest
    @EnumSource
    void whatAHookThrowsNamesFileLineHookRecordAndShowsTheCode(Language language)
            throws IOException {
        String message =
                failure(
                        PolicyFailed.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        function inner(x) {
                                          return x.missing.deep;
                                        }
                                        export function onRecord(record, ctx) {
                                          if (record.type === 'X86_TSC_INFO') inner({});
                                        }
                                        """,
                                        """
                                        def inner(x):
                                            return x["missing"]
                                        def on_record(record, ctx):
                                            if record.type == "X86_TSC_INFO":
                                                inner({})
                                        """)));
        contains(
                message.lines().findFirst().orElseThrow(),
                pick(language, "tested.js:3:10: ", "tested.py:3: "),
                "policy tested, "
                        + pick(language, "onRecord", "on_record")
                        + ", record X86_TSC_INFO at 0x82",
                pick(
                        language,
                        "TypeError: Cannot read property 'deep' of undefined",
                        "KeyError: 'missing'"));
        contains(
                message,
                pick(
                        language,
                        ">    3 |   return x.missing.deep;\n       |          ^",
                        ">    3 |     return x[\"missing\"]"),
                pick(language, "     2 | function inner(x) {", "     2 | def inner(x):"));
    }

    @ParameterizedTest
    @EnumSource
    void syntaxErrorIsFoundWithoutAnyImage(Language language) throws IOException {
        Policy policy = policy(language, pick(language, "const b = = 2;\n", "b = = 2\n"));
        String message =
                String.valueOf(
                        assertThrows(PolicyFailed.class, () -> SampleRuns.host().check(policy))
                                .getMessage());
        contains(message, pick(language, "tested.js:2:", "tested.py:2:"), "SyntaxError", "= = 2");
    }

    @ParameterizedTest
    @EnumSource
    void impossibleValueNamesRecordFieldAllowedAndFound(Language language) throws IOException {
        String message =
                failure(
                        PolicyRejected.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onRecord(record, ctx) { if (record.type === 'X86_TSC_INFO') record.fields.khz = 0x100000000; }
                                        """,
                                        """
                                        def on_record(record, ctx):
                                            if record.type == "X86_TSC_INFO": record.fields["khz"] = 0x100000000
                                        """)));
        contains(message, "record X86_TSC_INFO", "khz", "0xffffffff", "0x100000000", "tested");
        contains(
                failure(
                        PolicyRejected.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onRecord(record, ctx) { if (record.type === 'X86_TSC_INFO') record.fields.kHz = 1; }
                                        """,
                                        """
                                        def on_record(record, ctx):
                                            if record.type == "X86_TSC_INFO": record.fields["kHz"] = 1
                                        """))),
                "kHz");
    }

    @ParameterizedTest
    @EnumSource
    void valueThatIsNoJsonIsRefused(Language language) throws IOException {
        String message =
                failure(
                        PolicyFailed.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onConfig(config, ctx) { config.when = new Map(); }
                                        """,
                                        """
                                        def on_config(config, ctx): config["when"] = {1, 2}
                                        """)));
        contains(message, "config", pick(language, "when", "neither dict"));
        contains(
                failure(
                        PolicyFailed.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onConfig(config, ctx) { config.self = config; }
                                        """,
                                        """
                                        def on_config(config, ctx): config["self"] = config
                                        """))),
                "config");
    }

    @ParameterizedTest
    @EnumSource
    void droppingAMandatoryRecordNamesThePolicyAndTheRule(Language language) throws IOException {
        String message =
                failure(
                        PolicyRejected.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onRecord(record, ctx) { if (record.type === 'END' && record.layer === 'libxc') record.drop(); }
                                        """,
                                        """
                                        def on_record(record, ctx):
                                            if record.type == "END" and record.layer == "libxc": record.drop()
                                        """)));
        contains(
                message,
                "policy tested",
                pick(language, "onRecord", "on_record"),
                "broke the rule");
        contains(
                failure(
                        PolicyRejected.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onRecord(record, ctx) { if (record.type === 'HVM_PARAMS') record.drop(); }
                                        """,
                                        """
                                        def on_record(record, ctx):
                                            if record.type == "HVM_PARAMS": record.drop()
                                        """))),
                "record-missing",
                "HVM_PARAMS");
    }

    @ParameterizedTest
    @EnumSource
    void unknownOptionAndMisspelledMemberSuggestWhatWasMeant(Language language) throws IOException {
        contains(
                failure(
                        PolicyFailed.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onBegin(ctx) { ctx.pages.scrub({ text: 'x', lenght: 5 }); }
                                        """,
                                        """
                                        def on_begin(ctx): ctx.pages.scrub(text="x", lenght=5)
                                        """))),
                "scrub has no option lenght; did you mean length?",
                pick(language, "tested.js:2:", "tested.py:2: "));
        contains(
                failure(
                        PolicyFailed.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onRecord(record, ctx) { record.byte = new Uint8Array(1); }
                                        """,
                                        """
                                        def on_record(record, ctx): record.byte = b"1"
                                        """))),
                "record has no byte; did you mean bytes?");
        contains(
                failure(
                        PolicyFailed.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onPage(batch, ctx) {}
                                        """,
                                        """
                                        def on_page(batch, ctx): pass
                                        """))),
                "there is no hook",
                pick(language, "did you mean onPages?", "did you mean on_pages?"));
    }

    @ParameterizedTest
    @EnumSource
    void viewKeptAfterItsHookRaisesAClearError(Language language) throws IOException {
        contains(
                failure(
                        PolicyFailed.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        let kept;
                                        export function onRecord(record, ctx) { if (kept) kept.type; kept = record; }
                                        """,
                                        """
                                        kept = []
                                        def on_record(record, ctx):
                                            if kept: kept[0].type
                                            kept.append(record)
                                        """))),
                "record.type was used after",
                "had returned");
        contains(
                failure(
                        PolicyFailed.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        let kept;
                                        export function onPages(batch, ctx) { kept = batch.page(0).u64; }
                                        export function onEnd(summary, ctx) { kept(0); }
                                        """,
                                        """
                                        kept = []
                                        def on_pages(batch, ctx): kept.append(batch.page(0).u64)
                                        def on_end(summary, ctx): kept[0](0)
                                        """))),
                "page.u64 was used after");
    }

    @ParameterizedTest
    @EnumSource
    void pageRuleOutsideOnBeginIsRefused(Language language) throws IOException {
        contains(
                failure(
                        PolicyFailed.class,
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        export function onConfig(config, ctx) { ctx.pages.zero({}); }
                                        """,
                                        """
                                        def on_config(config, ctx): ctx.pages.zero()
                                        """))),
                pick(language, "onBegin", "on_begin"));
    }

    @Test
    void pageTablesAreNeverWritten() throws IOException {
        contains(
                failure(
                        PolicyFailed.class,
                        policy(
                                Language.JAVASCRIPT,
                                """
                                export function onPages(batch, ctx) { batch.page(5).setU8(0, 1); }
                                """)),
                "L1TAB",
                "page tables");
    }

    @Test
    void asyncHooksAreRefused() throws IOException {
        contains(
                failure(
                        PolicyFailed.class,
                        policy(Language.JAVASCRIPT, "export async function onBegin(ctx) {}")),
                "onBegin is an async function: a hook must be an ordinary function");
    }

    @ParameterizedTest
    @EnumSource
    void skippedPolicysHookEditsAreDroppedAndTheRunGoesOn(Language language) throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                language,
                                ", \"onError\": \"skip\"",
                                pick(
                                        language,
                                        """
                                        export function onConfig(config, ctx) { config.c_info.name = 'bad'; throw new Error('boo'); }
                                        export function onMetadata(meta, ctx) { meta.x = 1; }
                                        """,
                                        """
                                        def on_config(config, ctx):
                                            config["c_info"]["name"] = "bad"
                                            raise ValueError("boo")
                                        def on_metadata(meta, ctx): meta["x"] = 1
                                        """)));
        assertArrayEquals(sample(), ran.image());
        assertEquals(RunSummary.Outcome.SKIPPED, ran.summary().policies().getFirst().outcome());
        contains(ran.summary().policies().getFirst().reason(), "boo");
        contains(ran.logged(), "\"event\":\"skipped\"");
    }

    @ParameterizedTest
    @EnumSource
    void skippedPolicysPageEditsAreRolledBack(Language language) throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                language,
                                ", \"onError\": \"skip\"",
                                pick(
                                        language,
                                        """
                                        export function onPages(batch, ctx) { batch.scrub('SECRET'); batch.page(1).setU8(0, 99); batch.zero({}); throw 1; }
                                        """,
                                        """
                                        def on_pages(batch, ctx):
                                            batch.scrub("SECRET"); batch.page(1).set_u8(0, 99); batch.zero()
                                            raise ValueError(1)
                                        """)));
        assertArrayEquals(sample(), ran.image());
    }

    @Test
    void restartableRunBeginsAgainWithoutThePolicyWhoseEditsWerePassedOn() throws IOException {
        Policy bad =
                policy(
                        Language.JAVASCRIPT,
                        ", \"onError\": \"skip\"",
                        """
                        export function onConfig(config, ctx) { config.c_info.name = 'bad'; }
                        export function onRecord(record, ctx) { throw new Error('boo'); }
                        """);
        SampleRuns.Ran unchanged = run(bad);
        assertTrue(unchanged.summary().skipped().getFirst().editsPassedOn());
        try (PolicyRun run =
                SampleRuns.host()
                        .run(
                                List.of(bad),
                                SampleRuns.CONTEXT.withRestartable(true),
                                DecisionLog.none())) {
            var skipped =
                    assertThrows(
                            PolicySkipped.class,
                            () -> PolicyTestImage.rewrite(sample(), run.transform()));
            try (PolicyRun again = run.without(List.of(skipped.policy()), skipped)) {
                assertArrayEquals(sample(), PolicyTestImage.rewrite(sample(), again.transform()));
            }
        }
    }

    @Test
    void policyThatDoesNotMatchIsNeverStarted() throws IOException {
        String broken = "this is no program";
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.PYTHON,
                                ", \"match\": {\"guest\": [\"pv\", \"pvh\"]}",
                                broken),
                        policy(Language.PYTHON, ", \"match\": {\"name\": \"web\"}", broken),
                        policy(Language.JAVASCRIPT, ", match: {name: /^db-/}", broken),
                        policy(
                                Language.JAVASCRIPT,
                                ", match: {uuid: '00000000-0000-0000-0000-000000000000'}",
                                broken),
                        policy(Language.PYTHON, ", \"on\": [\"save\", \"migrate-in\"]", broken));
        assertArrayEquals(sample(), ran.image());
        assertEquals(
                List.of(
                        "guest is hvm, not pv or pvh",
                        "name is web-1, not \"web\"",
                        "name is web-1, not /^db-/",
                        "uuid is 7f56e98f-5183-4ac5-84e4-9ef8757f0b68, not \"00000000-0000-0000-0000-000000000000\"",
                        "operation is rewrite, not migrate-in or save, by 'on' of the policy"),
                ran.summary().policies().stream().map(RunSummary.PolicySummary::reason).toList());
    }

    @Test
    void policyThatMatchesByExpressionRuns() throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                Language.JAVASCRIPT,
                                ", match: {guest: 'hvm', name: /^WEB-\\d/i, uuid: /^7f56E/i}",
                                "export function onBegin(ctx) { ctx.log('ran'); }"));
        contains(ran.logged(), "\"log\":\"ran\"");
    }

    @Test
    void parametersAreCheckedBeforeAnythingRuns() throws IOException {
        Policy policy =
                policy(
                        Language.JAVASCRIPT,
                        ", params: {length: 1, token: {required: true, doc: 'what to scrub'}}",
                        "");
        contains(thrown(policy, Map.of()), "token", "is required: what to scrub", "tested.token");
        contains(
                thrown(policy, Map.of("token", "x", "lenght", "1")),
                "lenght",
                "did you mean length?");
        contains(
                thrown(policy, Map.of("token", "x", "length", "ten")),
                "parameter length",
                "an integer",
                "ten");
    }

    private static String thrown(Policy policy, Map<String, String> parameters) {
        return String.valueOf(
                assertThrows(
                                PolicyFailed.class,
                                () ->
                                        SampleRuns.host()
                                                .run(
                                                        List.of(policy),
                                                        SampleRuns.CONTEXT.withParameters(
                                                                parameters),
                                                        DecisionLog.none()))
                        .getMessage());
    }

    @Test
    void whatIsNotThereIsNamed() {
        contains(message("no-such-policy"), "neither a file nor a library policy");
        contains(message("./no-such.js"), "there is no such policy file");
        contains(message("./policy.txt"), ".js, .mjs or .py");
    }

    private static String message(String reference) {
        return String.valueOf(
                assertThrows(PolicyFailed.class, () -> SampleRuns.host().load(reference))
                        .getMessage());
    }
}
