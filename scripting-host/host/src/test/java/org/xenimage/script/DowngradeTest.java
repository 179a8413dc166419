package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.policy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.RunSummary.Outcome;
import org.xenimage.script.policy.Language;

import java.io.IOException;

class DowngradeTest {
    @ParameterizedTest
    @EnumSource
    void theHeaderAndEachDroppedRecordIsAnEditInTheLog(Language language) throws IOException {
        SampleRuns.Ran ran =
                SampleRuns.run(
                        policy(
                                language,
                                pick(
                                        language,
                                        "export function onBegin(ctx) { ctx.downgrade(2); }",
                                        "def on_begin(ctx):\n    ctx.downgrade(2)")));
        assertEquals(4, ran.summary().edits());
        assertTrue(ran.logged().contains("\"path\":\"version\",\"before\":3,\"after\":2"));
        assertTrue(ran.logged().contains("STATIC_DATA_END"), ran.logged());
    }

    /** The header is on its way already: what follows must be that of its version. */
    @ParameterizedTest
    @EnumSource
    void aPolicyThatIsSkippedLaterHasStillDowngradedTheWholeStream(Language language)
            throws IOException {
        SampleRuns.Ran ran =
                SampleRuns.run(
                        policy(
                                language,
                                ", \"onError\": \"skip\"",
                                pick(
                                        language,
                                        """
                                        export function onBegin(ctx) { ctx.downgrade(2); }
                                        export function onRecord(record, ctx) { throw new Error('no'); }
                                        """,
                                        """
                                        def on_begin(ctx):
                                            ctx.downgrade(2)
                                        def on_record(record, ctx):
                                            raise ValueError("no")
                                        """)));
        assertEquals(Outcome.SKIPPED, ran.summary().policies().getFirst().outcome());
        assertTrue(ran.logged().contains("STATIC_DATA_END"), ran.logged());
    }

    @ParameterizedTest
    @EnumSource
    void itIsDeclaredInTheFirstHookAndForVersionTwo(Language language) throws ImageException {
        var late =
                policy(
                        language,
                        pick(
                                language,
                                "export function onRecord(record, ctx) { ctx.downgrade(2); }",
                                "def on_record(record, ctx):\n    ctx.downgrade(2)"));
        var third =
                policy(
                        language,
                        pick(
                                language,
                                "export function onBegin(ctx) { ctx.downgrade(3); }",
                                "def on_begin(ctx):\n    ctx.downgrade(3)"));
        String message =
                assertThrows(PolicyFailed.class, () -> SampleRuns.run(late)).fault().message();
        assertTrue(message.contains("downgrade is not allowed here"), message);
        message = assertThrows(PolicyFailed.class, () -> SampleRuns.run(third)).fault().message();
        assertTrue(message.contains("version"), message);
    }
}
