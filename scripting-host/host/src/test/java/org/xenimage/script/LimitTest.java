package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;
import static org.xenimage.script.SampleRuns.sample;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Limits that a header sets, and what follows from them; that they hold is {@link AttackTest}'s. */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LimitTest {
    private static final String LIMITS =
            ", \"limits\": {\"milliseconds\": 1500, \"kilobytes\": 49152}";

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

    /** Each limit that a header has is one that stops a script, of a call or of a run. */
    @ParameterizedTest
    @CsvSource({
        "milliseconds, 100, ran longer than its limit of 100 ms",
        "processorMilliseconds, 100, took more processor time than its limit of 100 ms",
        "kilobytes, 1024, allocated more than its limit of 1024 KiB",
        "statements, 1000, ran more than its limit of 1000 statements",
        "runMilliseconds, 200, ran longer than its limit of 200 ms in one run",
        "runProcessorMilliseconds, 200, took more processor time than its limit of 200 ms in one run",
        "runKilobytes, 1024, allocated more than its limit of 1024 KiB in one run"
    })
    void everyLimitOfTheHeaderHolds(String name, int value, String problem) throws IOException {
        Policy policy =
                policy(
                        Language.JAVASCRIPT,
                        ", limits: {%s: %d}".formatted(name, value),
                        """
                        let kept;
                        export function onRecord(record, ctx) {
                          for (let i = 0; i < 30000; i++) kept = [i, kept && kept[0]];
                        }
                        export function onEnd() { for (;;) kept = [kept && kept[0]]; }
                        """);
        String message =
                String.valueOf(assertThrows(PolicyFailed.class, () -> run(policy)).getMessage());
        assertTrue(message.contains(problem), message);
    }

    @Test
    void everyLimitOfTheHeaderIsTested() throws NoSuchMethodException {
        String[] rows =
                LimitTest.class
                        .getDeclaredMethod(
                                "everyLimitOfTheHeaderHolds", String.class, int.class, String.class)
                        .getAnnotation(CsvSource.class)
                        .value();
        assertEquals(
                Set.copyOf(HeaderKeys.LIMITS.names()),
                Arrays.stream(rows)
                        .map(row -> row.substring(0, row.indexOf(',')))
                        .collect(Collectors.toSet()));
    }
}
