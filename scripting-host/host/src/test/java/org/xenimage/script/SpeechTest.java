package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.policy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunBudget;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What policies say is heard at once and logged, within a budget, and without secrets. */
class SpeechTest {
    private final List<String> heard = new ArrayList<>();
    private final List<String> logged = new ArrayList<>();

    private RunSummary run(HostOptions options, RunContext context, Policy tested)
            throws IOException {
        HostOptions listening =
                options.withLimits(
                                Limits.DEFAULT
                                        .withTime(Duration.ofSeconds(60))
                                        .withAllocation(1L << 30))
                        .withSpeech((source, name, channel, text) ->
                                heard.add(source + " " + name + " " + channel + " " + text));
        try (PolicyHost host = PolicyHost.open(listening);
                PolicyRun run = host.run(List.of(tested), context, DecisionLog.to(logged::add))) {
            try {
                PolicyTestImage.rewrite(SampleRuns.sample(), run.transform());
            } catch (ImageException failure) {
                run.fail(failure);
                throw failure;
            }
            return run.summary();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everythingSaidIsHeardInItsOrderWithItsPolicy(Language language) throws IOException {
        run(
                HostOptions.defaults(),
                SampleRuns.CONTEXT,
                policy(
                        language,
                        SampleRuns.pick(
                                language,
                                """
                                console.log('loading');
                                export function onBegin(ctx) {
                                  print('one'); console.error('two'); ctx.log('three'); ctx.warn('four'); console.log('five\\nsix');
                                }
                                """,
                                """
                                import sys
                                print('loading')
                                def on_begin(ctx):
                                    print('one'); print('two', file=sys.stderr); ctx.log('three'); ctx.warn('four'); print('five\\nsix', end='')
                                """)));
        assertEquals(
                List.of(
                        "PRINT loading",
                        "PRINT one",
                        "ERROR two",
                        "LOG three",
                        "WARN four",
                        "PRINT five",
                        "PRINT six"),
                heard.stream().map(line -> line.replace("sample.save tested ", "")).toList());
        String log = String.join("\n", logged);
        for (String entry :
                List.of(
                        "\"print\":\"one\"",
                        "\"stderr\":\"two\"",
                        "\"log\":\"three\"",
                        "\"warn\":\"four\"")) assertTrue(log.contains(entry), log);
    }

    @ParameterizedTest
    @EnumSource
    void runHasABudgetForWhatItsCallsSayDeclareInsertAndTake(Language language) throws IOException {
        String[] bodies =
                language == Language.JAVASCRIPT
                        ? new String[] {
                            "export function onRecord(r, ctx) { for (let i = 0; i < 50; i++) ctx.warn('w' + i); }",
                            "export function onRecord(r, ctx) { for (let i = 0; i < 50; i++) ctx.log('l' + i); }",
                            "export function onBegin(ctx) { for (let i = 0; i < 9; i++) "
                                    + "ctx.pages.scrub({ text: 'x' + i }); }",
                            "export function onRecord(r, ctx) { for (let i = 0; i < 9; i++) if "
                                    + "(r.type === 'HVM_PARAMS') r.insertAfter('0x80000077', ''); }",
                            "export function onRecord(r, ctx) { let x = 0; for (let i = 0; i < 3e6; i++) x += i; }"
                        }
                        : new String[] {
                            "def on_record(r, ctx):\n    for i in range(50): ctx.warn('w%d' % i)",
                            "def on_record(r, ctx):\n    for i in range(50): ctx.log('l%d' % i)",
                            "def on_begin(ctx):\n    for i in range(9): ctx.pages.scrub(text='x%d' % i)",
                            "def on_record(r, ctx):\n    for i in range(9):\n        if r.type == "
                                    + "'HVM_PARAMS': r.insert_after('0x80000077', b'')",
                            "def on_record(r, ctx):\n    for i in range(300000): pass"
                        };
        RunBudget small = new RunBudget(Duration.ofMillis(60), 8, 100, 10_000, 8);
        for (int i = 0; i < bodies.length; i++) {
            RunBudget budget = i == 4 ? small : small.withTime(Duration.ofHours(1));
            Policy tested = policy(language, bodies[i]);
            String message =
                    String.valueOf(
                            assertThrows(
                                            PolicyFailed.class,
                                            () ->
                                                    run(
                                                            HostOptions.defaults()
                                                                    .withBudget(budget),
                                                            SampleRuns.CONTEXT,
                                                            tested))
                                    .getMessage());
            assertTrue(message.contains("its budget of"), message);
        }
        heard.clear();
        run(
                HostOptions.defaults().withBudget(small.withTime(Duration.ofHours(1))),
                SampleRuns.CONTEXT,
                policy(
                        language,
                        SampleRuns.pick(
                                language,
                                "export function onRecord(r, ctx) { for (let i = 0; i < 50; i++) print('p' + i); }",
                                "def on_record(r, ctx):\n    for i in range(50): print('p%d' % i)")));
        assertEquals(101, heard.size());
        assertTrue(heard.getLast().contains("further output is dropped"), heard.getLast());
    }

    @ParameterizedTest
    @EnumSource
    void secretsReachNeitherLogNorReportNorSpeechNorMessage(Language language) throws IOException {
        String keys = ", \"params\": {\"ticket\": {\"secret\": true, \"required\": true}}";
        Policy edits =
                policy(
                        language,
                        keys.replace("true", SampleRuns.pick(language, "true", "True")),
                        SampleRuns.pick(
                                language,
                                """
                                export function onConfig(config, ctx) {
                                  config.vnc = { passwd: 'hunter2', listen: '::1' }; config.apiToken = 'hunter2'; config.note = ctx.params.ticket;
                                  ctx.log('with ' + ctx.params.ticket); ctx.warn(ctx.params.ticket); print(ctx.params.ticket);
                                }
                                export function onEnd(summary, ctx) { throw new Error('failed with ' + ctx.params.ticket); }
                                """,
                                """
                                def on_config(config, ctx):
                                    config['vnc'] = {'passwd': 'hunter2', 'listen': '::1'}; config['apiToken'] = 'hunter2'
                                    config['note'] = ctx.params['ticket']
                                    ctx.log('with ' + ctx.params['ticket']); ctx.warn(ctx.params['ticket']); print(ctx.params['ticket'])
                                def on_end(summary, ctx): raise ValueError('failed with ' + ctx.params['ticket'])
                                """));
        RunContext context = SampleRuns.CONTEXT.withParameters(Map.of("ticket", "TICKET-4711"));
        String message =
                String.valueOf(
                        assertThrows(
                                        PolicyFailed.class,
                                        () -> run(HostOptions.defaults(), context, edits))
                                .getMessage());
        assertTrue(message.contains("failed with (secret)"), message);
        String output = heard + "\n" + logged;
        assertFalse(output.contains("hunter2") || output.contains("TICKET-4711"), output);
        assertTrue(output.contains("::1") && output.contains("with (secret)"), output);
        Policy quiet =
                policy(
                        language,
                        SampleRuns.pick(
                                language,
                                "export function onConfig(config, ctx) { config.vnc_passwd = 'hunter2'; }",
                                "def on_config(config, ctx): config['vnc_passwd'] = 'hunter2'"));
        for (boolean visible : new boolean[] {false, true}) {
            logged.clear();
            RunReport report =
                    new RunReport(
                            run(
                                    HostOptions.defaults().withSecrets(visible),
                                    SampleRuns.CONTEXT,
                                    quiet));
            var printed = new StringWriter();
            report.print(new PrintWriter(printed));
            assertEquals(
                    visible, (report.json() + printed.toString() + logged).contains("hunter2"));
        }
    }
}
