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
                    export function onBegin(ctx) { require('fs') } | js:2: | write import { name } from './lib/file.js'
                    export function onconfig(config, ctx) {}       | js:2: | no hook onconfig; did you mean onConfig?
                    export function on_config(config, ctx) {}      | js:2: | no hook on_config; did you mean onConfig?
                    export function config(config, ctx) {}         | js:   | did you mean onConfig for config?
                    const onConfig = (config, ctx) => {};          | js:   | write 'export function onConfig'
                    export default { onConfig(config, ctx) {} };   | js:   | write 'export function onConfig'
                    export function onBegin(c) { c.image.name = 'a' } | js:2: | edit what a hook is given, such as config
                    export function onBegin(c) { c.log(c.site.a) } | js:2: | log message: expected a value, but it is undefined
                    export function onConfig(c) { c.nics.mac = 'a' } | js: | an array has no key mac; write nics[0].mac
                    export function onConfig(c) { c.inof.name = 'a' } | js:2: | what is before .name does not exist
                    export function onConfig(ctx, c) { ctx.log('a') } | js:2: | ctx is the last parameter of a hook
                    export function onConfig(config) { ctx.log('a') } | js:2: | a hook is given it: write it as a parameter
                    export function onPages(b) { for (const p of b) {} } | js:2: | write for (let i = 0; i < batch.count; i++)
                    export function onPages(b) { b.page(0).bytes[0] = 1 } | js:2: | It is a function: call it
                    export function onBegin(c) { c.pages.scrub({hex:'xy'}) } | js:2: | hex: expected pairs of hexadecimal digits
                    export function onConfig(c) { await c }        | js:2: | a hook is an ordinary function
                    export function onBegin(c) { fetch('http://a') } | js:2: | a policy has no network: ask for a grant
                    export function onBegin(c) { process.exit(1) } | js:2: | a policy has no environment, files or processes
                    export function onBegin(c) { setTimeout(() => 1) } | js:2: | call the function itself
                    export function onBegin(c) { c.log(None) }     | js:2: | JavaScript has true, false and this
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
                    def on_begin(ctx): open('/etc/passwd')    | py:2: | ask for a grant in the header
                    def onconfig(config, ctx): pass           | py:2: | no hook onconfig; did you mean on_config?
                    def config(config, ctx): pass             | py:   | did you mean on_config for config?
                    def on_begin(c): c.image.name = 'a'       | py:2: | edit what a hook is given, such as config
                    def on_begin(c): c.log(c.params['a'])     | py:2: | there is no such key: check its spelling
                    def on_begin(c): c.log(c.params.a)        | py:2: | no attribute 'a'; write ['a']
                    def on_config(config, c): config['inof']  | py:2: | there is no such key: check its spelling
                    def on_config(ctx, c): c['c_info']        | py:2: | ctx is the last parameter of a hook
                    def on_pages(b, c): [p for p in b]        | py:2: | write batch.page(i) for i in range(batch.count)
                    def on_pages(b, c): b[0].u8(0)            | py:2: | write batch.page(i) for i in range(batch.count)
                    def on_begin(c): c.log(null)              | py:2: | Python has True, False, None
                    def on_begin(c): console.log('a')         | py:2: | write print('…') or ctx.log('…')
                    def on_begin(c): import requests          | py:2: | a policy imports the standard library
                    def on_begin(c): import xenimage          | py:2: | types are for editors only
                    def on_begin(c): import socket            | py:2: | a policy has no network, processes
                    def on_begin(c): import os; os.system('') | py:2: | declare a parameter in the header
                    def on_begin(c): input()                  | py:2: | a policy has no input: declare a parameter
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
