package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A hook runs, or the run fails: nothing in a hook's place and nothing that a hook returns counts as success. */
class HookShapeTest {
    private static String failure(Language language, String body) throws IOException {
        var tested = policy(language, body);
        return String.valueOf(
                assertThrows(PolicyFailed.class, () -> run(tested), body).getMessage());
    }

    private static String arguments(Hook hook) {
        return hook == Hook.BEGIN ? "ctx" : "given, ctx";
    }

    /** Hooks that a run of a whole image calls; onFailure is called when something fails, and cannot make it worse. */
    private static Hook[] called() {
        return new Hook[] {
            Hook.BEGIN, Hook.CONFIG, Hook.METADATA, Hook.RECORD, Hook.PAGES, Hook.SECTION, Hook.END
        };
    }

    /** A context of Python is dear: one hook meets everything, each other one another part of it. */
    private static boolean spared(Language language, Hook hook, int turn) {
        return language == Language.PYTHON
                && hook != Hook.CONFIG
                && turn % Hook.values().length != List.of(Hook.values()).indexOf(hook);
    }

    /** Each would let a veto pass: the code within has not run when the hook returns. */
    @ParameterizedTest
    @EnumSource
    void whatIsNoOrdinaryFunctionIsRefusedBeforeAnythingRuns(Language language) throws IOException {
        for (Hook hook : Hook.values()) {
            String name = hook.in(language);
            String given = arguments(hook);
            Map<String, String> bad = new LinkedHashMap<>();
            switch (language) {
                case JAVASCRIPT -> {
                    bad.put(
                            "an async function",
                            "export async function %s(%s) { ctx.veto('no'); }");
                    bad.put("a generator function", "export function* %s(%s) { ctx.veto('no'); }");
                    bad.put(
                            "an async generator function",
                            "export async function* %s(%s) { ctx.veto('no'); }");
                    bad.put("a class", "export class %s { constructor(%s) { ctx.veto('no'); } }");
                    bad.put("of type object", "export const %s = { call(%s) {} };");
                    bad.put("of type string", "export const %s = '%s';");
                    bad.put("of type undefined", "export let %s; // %s");
                    bad.put("null", "export const %s = null; // %s");
                }
                case PYTHON -> {
                    bad.put("an async function", "async def %s(%s): raise RuntimeError('no')");
                    bad.put("a generator function", "def %s(%s):\n    ctx.veto('no')\n    yield");
                    bad.put(
                            "an async generator function",
                            "async def %s(%s):\n    ctx.veto('no')\n    yield");
                    bad.put("a class", "class %s:\n    def __init__(self, %s): ctx.veto('no')");
                    bad.put(
                            "a partial",
                            "import functools\n%s = functools.partial(lambda x, %s: ctx.veto('no'), 1)");
                    bad.put("a property", "%s = property(lambda %s: ctx.veto('no'))");
                    bad.put(
                            "a Callable",
                            "class Callable:\n    def __call__(self, *a): pass\n%s = Callable() # %s");
                    bad.put("a staticmethod", "%s = staticmethod(lambda %s: 1)");
                    bad.put("a NoneType", "%s = None # %s");
                    bad.put("a str", "%s = '%s'");
                }
            }
            int turn = 0;
            for (var entry : bad.entrySet()) {
                if (spared(language, hook, turn++)) continue;
                String message = failure(language, entry.getValue().formatted(name, given));
                assertTrue(
                        message.contains(name + " is " + entry.getKey() + ": a hook must be"),
                        message);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whateverAHookReturnsIsAnError(Language language) throws IOException {
        String[] results =
                language == Language.JAVASCRIPT
                        ? new String[] {
                            "true",
                            "0",
                            "''",
                            "[]",
                            "{}",
                            "given",
                            "ctx",
                            "10n",
                            "Symbol('s')",
                            "Promise.resolve()",
                            "(function* () {})()",
                            "(async () => {})()",
                            "new Proxy({}, {})",
                            "() => 1",
                            "{ then: 1 }",
                            "new Date()"
                        }
                        : new String[] {
                            "True",
                            "0",
                            "''",
                            "[]",
                            "{}",
                            "given",
                            "ctx",
                            "10 ** 30",
                            "(x for x in [])",
                            "gen()",
                            "co()",
                            "object()",
                            "lambda: 1",
                            "NotImplemented",
                            "Liar()"
                        };
        String kinds =
                """
                def gen(): yield
                async def co(): pass
                class Liar:
                    def __repr__(self): raise ValueError('no')
                    __str__ = __repr__
                """;
        for (Hook hook : called()) {
            String name = hook.in(language);
            int turn = 0;
            for (String result : results) {
                if (spared(language, hook, turn++)) continue;
                String value = hook == Hook.BEGIN ? result.replace("given", "ctx") : result;
                String message =
                        failure(
                                language,
                                language == Language.JAVASCRIPT
                                        ? "export function %s(%s) { return (%s); }"
                                                .formatted(name, arguments(hook), value)
                                        : kinds
                                                + "def %s(%s): return %s\n"
                                                        .formatted(name, arguments(hook), value));
                assertTrue(message.contains(name + " returned "), message);
                assertTrue(message.contains("a hook returns nothing; edit"), message);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsARightResultAndAVetoInEveryHookEndsTheRun(Language language) throws IOException {
        for (Hook hook : called()) {
            String name = hook.in(language);
            var silent =
                    policy(
                            language,
                            language == Language.JAVASCRIPT
                                    ? "export const %s = (%s) => undefined;"
                                            .formatted(name, arguments(hook))
                                    : "%s = lambda %s: None".formatted(name, arguments(hook)));
            assertEquals(0, run(silent).summary().edits());
            var veto =
                    policy(
                            language,
                            language == Language.JAVASCRIPT
                                    ? "export function %s(%s) { try { ctx.veto('no'); } catch {} }"
                                            .formatted(name, arguments(hook))
                                    : "def %s(%s):\n    try: ctx.veto('no')\n    except BaseException: pass"
                                            .formatted(name, arguments(hook)));
            assertTrue(
                    String.valueOf(assertThrows(PolicyRejected.class, () -> run(veto)).getMessage())
                            .contains("vetoed: no"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void hooksOfMigrationsThatThisReleaseDoesNotCallAreTold(Language language) throws IOException {
        String log =
                run(policy(
                                language,
                                SampleRuns.pick(
                                        language,
                                        "export function onBegin(ctx) {}\nexport function onSwitchover(ctx) {}",
                                        "def on_begin(ctx): pass\ndef on_switchover(ctx): pass")))
                        .logged();
        assertTrue(
                log.contains(
                        SampleRuns.pick(language, "onSwitchover", "on_switchover")
                                + " is not called: this release has no such hook yet"),
                log);
    }

    @Test
    void proxiesOverHooksAreHeldToTheirResults() throws IOException {
        assertTrue(
                failure(
                                Language.JAVASCRIPT,
                                "export const onBegin = new Proxy(async (ctx) => ctx.veto('no'), {});")
                        .contains("onBegin"));
    }
}
