package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;
import static org.xenimage.script.SampleRuns.sample;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

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
}
