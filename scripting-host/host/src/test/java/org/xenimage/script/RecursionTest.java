package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * A policy that recurses to the end of the stack, and calls the host from there, leaves the JVM
 * unchanged. In a process of its own, in which no class of the host has been used before.
 */
class RecursionTest {
    private static final String JAVASCRIPT =
            """
            function deep(action) { try { deep(action); } catch (e) { action(); } }
            const tried = (...actions) => { for (const action of actions) try { deep(action); } catch {} };
            export function onBegin(ctx) {
              tried(() => ctx.log('x'), () => ctx.image.name, () => ctx.nothing, () => ctx.pages.scrub({ hex: '00', length: 9, types: ['NOTAB'] }),
                () => ctx.site, () => ctx.params, () => ctx.pages.replace('a', 'b'), () => ctx.pages.zero({ types: 'XX' }));
            }
            export function onRecord(record, ctx) {
              tried(() => record.fields, () => record.bytes, () => record.vendor, () => record.setFeature('avx2', false),
                () => record.replace('X86_TSC_INFO', {}), () => record.insertAfter('0x80000001', 'x'));
            }
            export function onPages(batch, ctx) {
              tried(() => batch.find('x'), () => batch.select({ zero: true }), () => batch.page(1).hexdump(), () => batch.page(1).crc32c,
                () => batch.page(1).setU64(0, 1n), () => batch.zero({ contains: 'q' }));
            }
            """;

    private static final String PYTHON =
            """
            def deep(action):
                try: deep(action)
                except BaseException: action()
            def tried(*actions):
                for action in actions:
                    try: deep(action)
                    except BaseException: pass
            def on_begin(ctx):
                tried(lambda: ctx.log('x'), lambda: ctx.image.name, lambda: ctx.nothing,
                    lambda: ctx.pages.scrub(hex='00', length=9, types=['NOTAB']), lambda: ctx.site, lambda: ctx.params)
            def on_record(record, ctx):
                if record.type != 'X86_CPUID_POLICY': return
                tried(lambda: record.fields, lambda: record.bytes, lambda: record.vendor, lambda: record.set_feature('avx2', False))
            def on_pages(batch, ctx):
                tried(lambda: batch.find('x'), lambda: batch.select(zero=True), lambda: batch.page(1).hexdump())
            """;

    /** Run by the test in another process: every policy must work after one that recursed everywhere. */
    static final class PolicyProgram {
        private PolicyProgram() {}

        public static void main(String[] arguments) throws IOException {
            Language language = Language.valueOf(arguments[0]);
            boolean js = language == Language.JAVASCRIPT;
            for (int turn = 0; turn < 2; turn++) {
                try {
                    run(policy(language, js ? JAVASCRIPT : PYTHON));
                } catch (org.xenimage.image.fault.ImageException e) {
                    System.out.println("recursed: " + e.fault().message());
                }
                run(
                        policy(
                                language,
                                js
                                        ? """
                                        export function onBegin(ctx) { ctx.log(ctx.image.name); ctx.pages.scrub({ text: 'x', types: ['NOTAB'] }); ctx.site; }
                                        export function onRecord(record) { record.fields; record.bytes; if (record.type === 'X86_CPUID_POLICY') record.vendor; }
                                        export function onPages(batch) { batch.find('x'); batch.select({ zero: true }); batch.page(1).hexdump(); }
                                        """
                                        : """
                                        def on_begin(ctx):
                                            ctx.log(ctx.image.name); ctx.pages.scrub(text='x', types=['NOTAB']); ctx.site
                                        def on_record(record, ctx):
                                            record.fields; record.bytes
                                            if record.type == 'X86_CPUID_POLICY': record.vendor
                                        def on_pages(batch, ctx):
                                            batch.find('x'); batch.select(zero=True); batch.page(1).hexdump()
                                        """));
            }
            System.out.println("all work");
        }
    }

    @ParameterizedTest
    @EnumSource
    void recursionIntoTheHostPoisonsNoOtherPolicy(Language language)
            throws IOException, InterruptedException {
        Process process =
                ChildJvm.running(PolicyProgram.class, language).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(output.contains("all work"), output);
        assertEquals(0, process.waitFor(), output);
    }
}
