package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;
import static org.xenimage.script.SampleRuns.sample;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.tests.testkit.ProcessorTime;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Scripts that would not end, or take everything: the script stops, the host continues. */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LimitTest {
    private static final String LIMITS =
            ", \"limits\": {\"milliseconds\": 1500, \"kilobytes\": 49152}";

    private static void stops(Language language, String body, String... output) throws IOException {
        Policy policy =
                policy(
                        language,
                        LIMITS,
                        pick(
                                        language,
                                        "export function onBegin(ctx) { ",
                                        "def on_begin(ctx):\n    ")
                                + body
                                + pick(language, " }", "\n"));
        var time = ProcessorTime.start();
        String message =
                String.valueOf(assertThrows(PolicyFailed.class, () -> run(policy)).getMessage());
        time.requireAtMost(Duration.ofSeconds(30), "a script that should be stopped");
        boolean any = false;
        for (String part : output) any |= message.contains(part);
        assertTrue(any, message);
        assertTrue(message.startsWith("tested"), message);
        Policy good =
                policy(
                        language,
                        pick(
                                language,
                                "export function onBegin(ctx) {}",
                                "def on_begin(ctx): pass"));
        assertArrayEquals(sample(), run(good).image());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "JAVASCRIPT|for (;;) {}",
                "JAVASCRIPT|for (;;) { try { throw 1 } catch (e) {} finally { continue } }",
                "JAVASCRIPT|for (;;) /(x+x+)+y/.test('x'.repeat(40))",
                "PYTHON|while True: pass"
            })
    void loopIsStoppedByTheClock(Language language, String body) throws IOException {
        stops(
                language,
                body,
                "ran longer than its limit of 1500 ms",
                "allocated more than its limit");
    }

    @Test
    void pythonLoopThatCatchesEverythingIsStopped() throws IOException {
        stops(
                Language.PYTHON,
                "while True:\n        try: x = 1\n        except BaseException: pass\n        finally: pass",
                "ran longer than its limit");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "JAVASCRIPT|function f(n) { return f(n + 1) + 1 } f(0)",
                "PYTHON|f = lambda n: f(n + 1) + 1; g = lambda n: g(n + 1) + 1; g(0)"
            })
    void recursionIsACleanError(Language language, String body) throws IOException {
        stops(
                language,
                body,
                "Maximum call stack",
                "recursion depth",
                "recursed too deeply",
                "allocated more",
                "ran longer");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "JAVASCRIPT|const a = []; for (;;) a.push(new Array(1000).fill(a.length))",
                "JAVASCRIPT|new ArrayBuffer(1 << 30)",
                "JAVASCRIPT|let s = 'x'; for (;;) s = s + s + Math.random()",
                "PYTHON|a = [[0] * 1000 for i in range(10 ** 9)]",
                "PYTHON|bytearray(1 << 30)"
            })
    void allocationIsStopped(Language language, String body) throws IOException {
        stops(
                language,
                body,
                "allocated more than its limit of 49152 KiB",
                "memory",
                "MemoryError",
                "ran longer than",
                "RangeError");
    }

    @Test
    void statementsOfJavaScriptAreCounted() throws IOException {
        Policy policy =
                policy(
                        Language.JAVASCRIPT,
                        ", limits: {statements: 1000}",
                        "export function onBegin(ctx) { for (let i = 0; i < 100000; i++) ctx.now; }");
        String message =
                String.valueOf(assertThrows(PolicyFailed.class, () -> run(policy)).getMessage());
        assertTrue(message.contains("ran more than its limit of 1000 statements"), message);
    }

    @Test
    void moduleThatLoopsWhileItLoadsIsStopped() throws IOException {
        Policy policy = policy(Language.JAVASCRIPT, LIMITS, "for (;;) {}");
        assertTrue(
                String.valueOf(
                                assertThrows(
                                                PolicyFailed.class,
                                                () -> SampleRuns.host().check(policy))
                                        .getMessage())
                        .contains("ran longer"));
    }

    @Test
    void skippedPolicyThatLoopsIsLeftOut() throws IOException {
        Policy policy =
                policy(
                        Language.JAVASCRIPT,
                        LIMITS + ", onError: 'skip'",
                        "export function onConfig(config) { config.x = 1; for (;;) {} }");
        assertArrayEquals(sample(), run(policy).image());
    }

    @Test
    void errorThatLoopsWhenLookedAtIsStopped() throws IOException {
        String body =
                """
                class Sly(Exception):
                    def __getattribute__(self, name):
                        while True: pass
                def on_begin(ctx): raise Sly()
                def on_failure(error, ctx): pass
                """;
        var time = ProcessorTime.start();
        assertThrows(PolicyFailed.class, () -> run(policy(Language.PYTHON, LIMITS, body)));
        time.requireAtMost(Duration.ofSeconds(30), "a script that should be stopped");
    }
}
