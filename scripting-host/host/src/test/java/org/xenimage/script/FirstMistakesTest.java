package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.tests.testkit.PlainWords;

/** What people write in their first policy, and what they read instead of guessing. Line 1 is the header. */
class FirstMistakesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    export function onConfg(config, ctx) {}        | js:2: | no hook onConfg; did you mean onConfig?
                    export async function onConfig(config, ctx) {} | js:2: | onConfig is an async function: a hook must be
                    export function* onConfig(config, ctx) {}      | js:2: | onConfig is a generator function: a hook must
                    function onBegin(ctx) { ctx.veto('no'); }      | js:   | write 'export function onBegin'
                    export function onConfig(c) { return c; }      | js:   | a hook returns nothing; edit what it is given
                    export function onBegin(ctx) { ctx.lgo('a'); } | js:2: | ctx has no lgo; did you mean log?
                    export function onBegin(ctx) { ctx.log('a' }   | js:2: | SyntaxError
                    export function onBegin(ctx) { require('fs') } | js:2: | ReferenceError: require is not defined
                    """)
    void ofJavaScriptIsAnsweredByWhatToWrite(String line, String place, String answer) {
        requireAnswer(Language.JAVASCRIPT, line, place, answer);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    def onConfig(config, ctx): pass           | py:2: | no hook onConfig; did you mean on_config?
                    async def on_config(config, ctx): pass    | py:2: | on_config is an async function: a hook must be
                    def on_config(config, ctx): yield 1       | py:2: | on_config is a generator function: a hook must
                    def on_config(config): pass               | py:2: | on_config takes 1 argument; this hook is given 2
                    def on_begin(ctx, more): pass             | py:2: | on_begin takes 2 arguments; this hook is given 1
                    def on_config(config, ctx): return config | py:   | a hook returns nothing; edit what it is given
                    def on_config(config, ctx): config.c_info | py:2: | no attribute 'c_info'; write ['c_info']
                    def on_begin(ctx): ctx.lgo('a')           | py:2: | ctx has no lgo; did you mean log?
                    def on_begin(ctx) pass                    | py:2: | SyntaxError
                    def on_begin(ctx): open('/etc/passwd')    | py:2: | a policy has no files: No such file
                    """)
    void ofPythonIsAnsweredByWhatToWrite(String line, String place, String answer) {
        requireAnswer(Language.PYTHON, line, place, answer);
    }

    private static void requireAnswer(Language language, String line, String place, String answer) {
        String message =
                String.valueOf(
                        assertThrows(PolicyFailed.class, () -> run(policy(language, line + "\n")))
                                .getMessage());
        PlainWords.require(message);
        assertTrue(message.startsWith("tested." + place), message);
        assertTrue(message.contains(answer), message);
    }
}
