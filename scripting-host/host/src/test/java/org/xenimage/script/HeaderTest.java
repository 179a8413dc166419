package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.header.LiteralRejected;
import org.xenimage.script.header.LiteralSyntax;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyMatch;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** The header is data, read before any script code runs. */
class HeaderTest {
    private static final String JS =
            """
            #!/usr/bin/env xenimage
            // A comment with export const policy = { in it
            /* and one with 'quotes */
            import { a } from 'xenimage/a';
            const re = /export const policy = {"/, half = 1 / 2, text = `export const policy = ${`x${1}`}`;
            function f() { const policy = {}; return {}; }
            export const policy = {
              api: 1,                     // comment
              "name": 'remap\\u002dbridges',
              version: "1.2",
              on: ['restore', "migrate-in",],
              match: { guest: ['pv', 'pvh'], name: /^web-[/"]\\/x/i, uuid: 'ABC' },
              onError: `skip`,
              params: { length: 64, big: 0x1_0n, list: [1, -2.5e1, null, true], opt: { default: 'x', doc: 'd', required: false }, need: { required: true } },
              limits: { milliseconds: 2_000, kilobytes: 1024, statements: 5 },
            };
            """;

    private static final String PYTHON =
            """
            '''POLICY = {"api": 2}'''
            import re  # POLICY = {
            POLICYX = 3
            text = "POLICY = {"
            def f():
                POLICY = {}
            POLICY: dict = {
                "api": 1,  # comment
                'name': "remap" "-bridges",
                "version": r'1.2',
                "on": ("restore", "migrate-in",),
                "match": {"guest": ["pv", "pvh"], "name": re.compile(r'^web-[/"]/x', re.IGNORECASE), "uuid": "ABC"},
                "onError": \"""skip\""",
                "params": {"length": 64, "big": 0x1_0, "list": [1, -2.5e1, None, True], "opt": {"default": 'x', "doc": 'd', "required": False}, "need": {"required": True}},
                "limits": {"milliseconds": 2_000, "kilobytes": 1024, "statements": 5},
            }
            """;

    @Test
    void bothLanguagesSayTheSame() throws ImageException {
        for (Policy policy :
                List.of(
                        SampleRuns.host().parse("a/remap.js", Language.JAVASCRIPT, JS),
                        SampleRuns.host().parse("a/remap.py", Language.PYTHON, PYTHON))) {
            assertEquals("remap-bridges", policy.name());
            assertEquals("1.2", policy.version());
            assertEquals(Set.of(Operation.RESTORE, Operation.MIGRATE_IN), policy.on());
            assertEquals(Set.of("pv", "pvh"), policy.match().guests());
            assertTrue(policy.match().name().orElseThrow().matches("WEB-//x"));
            assertTrue(policy.match().uuid().orElseThrow().matches("abc"));
            assertEquals(OnError.SKIP, policy.onError());
            assertEquals(new Limits(Duration.ofSeconds(2), 1 << 20, 5), policy.limits());
            assertEquals(
                    "length=64  false, big=16  false, list=[1,-25,null,true]  false, opt=\"x\" d "
                            + "false, need=null  true",
                    String.join(
                            ", ",
                            policy.parameters().stream()
                                    .map(p ->
                                            p.name()
                                                    + "="
                                                    + p.fallback()
                                                            .toString()
                                                            .replace("-2.5E+1", "-25")
                                                            .replace("-25.0", "-25")
                                                    + " "
                                                    + p.doc()
                                                    + " "
                                                    + p.required())
                                    .toList()));
            assertEquals(64, policy.digest().length());
        }
    }

    @Test
    void headerMayBeNothingButTheApi() throws ImageException {
        Policy policy =
                SampleRuns.host()
                        .parse(
                                "dir/my-policy.mjs",
                                Language.JAVASCRIPT,
                                "export const policy = { api: 1 }");
        assertEquals("my-policy", policy.name());
        assertEquals(Set.of(Operation.values()), policy.on());
        assertEquals(PolicyMatch.ALL, policy.match());
        assertEquals(OnError.ABORT, policy.onError());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "export const policy = { api: API }|p.js:1:30: policy header: expected a literal, found `API`",
                "export const policy = { api: 1, ...other }|p.js:1:33: policy header: expected a literal, found `.`",
                "export const policy = makePolicy()|p.js:1:23: policy header: expected a literal, found `makePolicy`",
                "export const policy = { api: 1, name: `a${1}` }|expected a literal",
                "export const policy = { api: 1, nmae: 'x' }|the header has no key nmae; did you mean name?",
                "export const policy = { api: 1, onerror: 'skip' }|has no key onerror; did you mean onError?",
                "export const policy = { api: 2 }|api: expected 1",
                "export const policy = { name: 'x' }|api is missing",
                "export const policy = { api: 1, on: 'resotre' }|there is no operation resotre; did you mean restore?",
                "export const policy = { api: 1, match: { guest: 'xen' } }|match.guest: expected pv,"
                        + " hvm or pvh, found xen",
                "export const policy = { api: 1, match: { name: /[/ } }|policy header",
                "export const policy = { api: 1, match: { name: /a/q } }|no flag q",
                "export const policy = { api: 1, api: 1 }|appears twice",
                "export const policy = { api: 1, name: 'x|an unterminated string",
                "export const policy = { api: 1, name: 'a b' }|name: expected letters",
                "export const policy = { api: 1, limits: { milliseconds: 0 } }|an integer above 0",
                "const policy = { api: 1 }|no header: expected `export const policy",
                "export const policy = { api: 1 }.x|expected a literal"
            })
    void javaScriptHeaderThatIsNotInOrderIsRefusedWithItsPlace(String source, String output) {
        refused(Language.JAVASCRIPT, "p.js", source, output);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "POLICY = {\"api\": API}|p.py:1:18: policy header: expected a literal, found `API`",
                "POLICY = {api: 1}|expected a key in quotes",
                "POLICY = dict(api=1)|expected a literal, found `dict`",
                "POLICY = {\"api\": 1, **other}|expected a literal",
                "POLICY = {\"api\": 1, \"name\": f\"x\"}|expected a literal, found `f`",
                "POLICY = {\"api\": 1}.copy()|expected a literal",
                "policy = {\"api\": 1}|no header: expected `POLICY",
                "POLICY = {\"api\": 1, \"params\": {\"x\": b\"1\"}}|bytes where JSON is needed"
            })
    void pythonHeaderThatIsNotInOrderIsRefusedWithItsPlace(String source, String output) {
        refused(Language.PYTHON, "p.py", source, output);
    }

    private static void refused(Language language, String file, String source, String output) {
        var thrown =
                assertThrows(
                        PolicyFailed.class, () -> SampleRuns.host().parse(file, language, source));
        assertTrue(String.valueOf(thrown.getMessage()).contains(output), thrown.getMessage());
    }

    @Test
    void headerDeepInNestingIsRefusedNotOverflown() {
        String deep =
                "export const policy = { api: 1, params: { x: " + "[".repeat(100_000) + "] } }";
        refused(Language.JAVASCRIPT, "p.js", deep, "nested deeper");
        refused(
                Language.PYTHON,
                "p.py",
                "POLICY = {\"api\": 1, \"params\": {\"x\": " + "(".repeat(100_000),
                "nested deeper");
        refused(
                Language.JAVASCRIPT,
                "p.js",
                "export const policy = { api: 1" + "0".repeat(1_000_000),
                "digits");
    }

    /** Whatever is in a file, reading its header returns or refuses. */
    @Test
    void anyTextIsReadOrRefused() {
        Random random = new Random(20260102);
        List<String> seeds = List.of(JS, PYTHON);
        String alphabet = "{}[]()'\"`/\\\n ,:#*$=exportPOLICYrb0159.+-né\uD83D\uDE00\0";
        for (int round = 0; round < 4000; round++) {
            StringBuilder text = new StringBuilder(seeds.get(round % 2));
            for (int edit = random.nextInt(1, 8); edit > 0; edit--) {
                int at = random.nextInt(Math.max(1, text.length()));
                if (text.isEmpty()) text.append('{');
                char c = alphabet.charAt(random.nextInt(alphabet.length()));
                switch (random.nextInt(4)) {
                    case 0 -> text.insert(at, c);
                    case 1 -> text.deleteCharAt(at);
                    case 2 -> text.setLength(Math.max(1, at));
                    default -> text.setCharAt(at, c);
                }
            }
            for (Language language : Language.values()) {
                try {
                    SampleRuns.host().parse("fuzz" + language.suffix(), language, text.toString());
                } catch (PolicyFailed e) {
                    assertTrue(
                            String.valueOf(e.getMessage()).startsWith("fuzz" + language.suffix()),
                            e.getMessage());
                } catch (ImageException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    @Test
    void pythonsReprIsReadBack() throws LiteralRejected {
        assertEquals(
                "{\"a\":[1,2],\"é\":\"\uD800x\",\"i\":1180591620717411303424,\"q\":\"it's\",\"n\":null,\"t\":[]}",
                LiteralSyntax.python(
                                "{'a': (1, 2), 'é': '\\ud800x', 'i': 1180591620717411303424, 'q': "
                                        + "\"it's\", 'n': None, 't': ()}")
                        .json()
                        .toString()
                        .replace("\\uD800", "\uD800"));
        assertEquals("[1]", LiteralSyntax.python("(1,)").json().toString());
        assertEquals("1", LiteralSyntax.python("(1)").json().toString());
        assertThrows(LiteralRejected.class, () -> LiteralSyntax.python("nan"));
        assertThrows(LiteralRejected.class, () -> LiteralSyntax.python("{...}"));
        assertThrows(LiteralRejected.class, () -> LiteralSyntax.python("<object at 0x1>"));
    }
}
