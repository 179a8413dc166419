package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.policy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.util.Map;

class ParameterTest {
    private static final String DECLARED =
            """
            , "params": {
              "level": {"enum": ["v1", "v2", "v3"], "default": "v2"},
              "fill": {"type": "integer", "minimum": 0, "maximum": 255, "default": 0},
              "rate": {"type": "number", "minimum": 0.5, "default": 1},
              "strict": {"type": "boolean", "default": @FALSE@},
              "names": {"type": "array", "pattern": "^[a-z0-9]+$", "default": []},
              "map": {"type": "object", "default": {}},
              "ticket": {"pattern": "^OPS-[0-9]+$", "default": "OPS-0"},
              "pin": {"type": "integer", "maximum": 9999, "secret": @TRUE@, "required": @TRUE@}}
            """
                    .replace('\n', ' ');

    private static Policy declared(Language language) throws ImageException {
        return policy(
                language,
                DECLARED.replace("@FALSE@", pick(language, "false", "False"))
                        .replace("@TRUE@", pick(language, "true", "True")),
                pick(
                        language,
                        """
                        export function onBegin(ctx) {
                          const p = ctx.params;
                          ctx.log([p.level, p.fill + 1, p.rate * 2, p.strict === true, p.names.length, p.map.a ?? 'none', p.ticket].join(' '));
                        }
                        """,
                        """
                        def on_begin(ctx):
                            p = ctx.params
                            ctx.log(" ".join(str(x) for x in [p["level"], p["fill"] + 1, p["rate"] * 2,
                                str(p["strict"] is True).lower(), len(p["names"]), p["map"].get("a", "none"), p["ticket"]]))
                        """));
    }

    private static String log(Language language, Map<String, String> values) throws IOException {
        return SampleRuns.run(SampleRuns.CONTEXT.withParameters(values), declared(language))
                .logged();
    }

    @ParameterizedTest
    @EnumSource
    void policiesSeeEachValueInItsType(Language language) throws IOException {
        assertTrue(log(language, Map.of("pin", "1")).contains("v2 1 2 false 0 none OPS-0"));
        String given =
                log(
                        language,
                        Map.of(
                                "pin", "1",
                                "level", "v3",
                                "fill", "0xff",
                                "rate", "0.5",
                                "strict", "true",
                                "names", "avx, avx2 sse",
                                "map", "{a: 'b'}",
                                "ticket", "OPS-7"));
        assertTrue(given.contains("v3 256 1"), given);
        assertTrue(given.contains("true 3 b OPS-7"), given);
        assertTrue(log(language, Map.of("pin", "1", "names", "[\"a\"]")).contains("false 1 none"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    level  | v4    | one of v1, v2, v3 (did you mean v1?)
                    level  | ''    | one of v1, v2, v3
                    fill   | 256   | an integer, 0 to 255
                    fill   | -1    | an integer, 0 to 255
                    fill   | 1.5   | an integer, 0 to 255
                    fill   | full  | an integer, 0 to 255
                    rate   | 0.4   | a number, at least 0.5
                    strict | yes   | true or false
                    strict | 1     | true or false
                    names  | a,B   | a list, each item text like /^[a-z0-9]+$/
                    names  | [1,   | a list
                    map    | []    | a JSON object
                    ticket | OPS-x | text like /^OPS-[0-9]+$/
                    """)
    void valuesOutsideTheDeclarationAreRefusedBeforeAnyScript(
            String name, String value, String expected) {
        for (Language language : Language.values()) {
            String message = refusal(language, Map.of("pin", "1", name, value));
            assertTrue(message.contains("expected " + expected), message);
            assertTrue(message.contains("parameter " + name), message);
            assertTrue(message.contains("its default is"), message);
        }
    }

    @ParameterizedTest
    @EnumSource
    void secretValuesAreNotInTheRefusal(Language language) {
        String message = refusal(language, Map.of("pin", "123456"));
        assertTrue(message.contains("an integer, at most 9999"), message);
        assertEquals(-1, message.indexOf("123456"), message);
    }

    private static String refusal(Language language, Map<String, String> values) {
        return assertThrows(PolicyFailed.class, () -> log(language, values)).fault().message();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"type": "int"}                           | there is no type int; known are string, integer
                    {"type": "string", "defualt": ""}         | did you mean default
                    {"enum": []}                              | expected a list of values
                    {"enum": ["a"], "default": "b"}           | params.p.default: expected one of a, found "b"
                    {"type": "integer", "default": "1"}       | params.p.default: expected an integer, found "1"
                    {"default": 5, "maximum": 4}              | params.p.default: expected an integer, at most 4, found 5
                    {"default": 5, "maximum": "4"}            | params.p.maximum: expected a number, found a string
                    {"default": "x", "pattern": "(?=x)"}      | params.p.pattern:
                    """)
    void declarationsThatContradictThemselvesAreRefusedAtLoading(String declared, String expected) {
        for (Language language : Language.values()) {
            String message =
                    assertThrows(
                                    PolicyFailed.class,
                                    () ->
                                            policy(
                                                    language,
                                                    ", \"params\": {\"p\": " + declared + "}",
                                                    ""))
                            .fault()
                            .message();
            assertTrue(message.contains(expected), message);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anObjectWithoutAKeywordIsADefaultValue(Language language) throws ImageException {
        Policy policy = policy(language, ", \"params\": {\"map\": {\"xenbr0\": \"br1\"}}", "");
        assertEquals("{\"xenbr0\":\"br1\"}", policy.parameters().getFirst().fallback().toString());
        assertEquals("object", policy.parameters().getFirst().type().headerName());
    }

    @ParameterizedTest
    @EnumSource
    void whatAPolicySaysOfItselfIsItsDoc(Language language) throws ImageException {
        String source =
                pick(
                        language,
                        """
                        /**
                         * Says hello.
                         *
                         * Twice.
                         */
                        export const policy = { api: 1 };
                        """,
                        """
                        \"""Says hello.

                        Twice.
                        \"""
                        POLICY = {"api": 1}
                        """);
        String marked = pick(language, "// Says hello.\n", "# Says hello.\n");
        assertEquals(
                "Says hello.\n\nTwice.",
                SampleRuns.host().parse("a" + language.suffix(), language, source).doc());
        assertEquals(
                "Says hello.",
                SampleRuns.host()
                        .parse(
                                "a" + language.suffix(),
                                language,
                                marked
                                        + pick(
                                                language,
                                                "export const policy = { api: 1 };",
                                                "POLICY = {\"api\": 1}"))
                        .doc());
        assertEquals("short", policy(language, ", \"doc\": \"short\"", "").doc());
    }
}
