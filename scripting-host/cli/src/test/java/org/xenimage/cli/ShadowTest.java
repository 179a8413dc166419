package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Candidates beside the active policies: they are compared, and change nothing, whatever they do. */
@Timeout(300)
class ShadowTest {
    private static final String ACTIVE =
            """
            export const policy = { api: 1, name: 'active' };
            export function onBegin(ctx) { ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 }); }
            export function onConfig(config) { config.c_info.name = 'web2'; }
            export function onRecord(record) { if (record.type === 'X86_TSC_INFO') record.fields.mode = 2; }
            """;

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImages() {
        program = new Program(folder);
        program.run("sample", ":in", "--guest", "pv", "--memory", "4").succeeds();
        program.write("active.js", ACTIVE);
        program.run("rewrite", ":in", ":wanted", "--policy", ":active.js").succeeds();
    }

    private Program.Outcome shadowed(String candidate, String... more) {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "rewrite",
                                ":in",
                                ":out",
                                "--force",
                                "--policy",
                                ":active.js",
                                "--shadow",
                                candidate));
        words.addAll(List.of(more));
        return program.run(words.toArray(String[]::new));
    }

    /** The report of a run that succeeded, and wrote what it writes without candidates. */
    private JsonNode report(String candidate, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of(more));
        words.add("--json");
        Program.Outcome outcome = shadowed(candidate, words.toArray(String[]::new)).succeeds();
        assertArrayEquals(program.read("wanted"), program.read("out"));
        return JsonMapper.builder().build().readTree(outcome.out()).path("shadow");
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void candidatesThatDoTheSameAreTheSame(String language) throws IOException {
        program.write(
                "next." + language,
                language.equals("js")
                        ? ACTIVE.replace("'active'", "'next'")
                        : """
                        POLICY = {"api": 1, "name": "next"}
                        def on_begin(ctx): ctx.pages.scrub(text="SECRET-API-TOKEN=", length=49)
                        def on_config(config, ctx): config["c_info"]["name"] = "web2"
                        def on_record(record, ctx):
                            if record.type == "X86_TSC_INFO": record.fields["mode"] = 2
                        """);
        JsonNode shadow = report(":next." + language);
        assertTrue(shadow.path("same").asBoolean(), shadow::toString);
        assertTrue(shadow.path("complete").asBoolean(), shadow::toString);
        assertEquals(3, shadow.path("candidates").get(0).path("edits").asInt());
    }

    @Test
    void whatCandidatesDoOtherwiseIsReportedAndNotWritten() throws IOException {
        program.write(
                "next.js",
                """
                export const policy = { api: 1, name: 'next' };
                export function onConfig(config) { config.c_info.name = 'web3'; }
                export function onMetadata(meta) { meta['site.rack'] = 'r7'; }
                export function onRecord(record) { if (record.type === 'X86_TSC_INFO') record.fields.mode = 1; }
                """);
        Program.Outcome outcome = shadowed(":next.js").succeeds();
        assertArrayEquals(program.read("wanted"), program.read("out"));
        List<String> lines = outcome.out().lines().toList();
        for (String line :
                List.of(
                        "shadow: next: 3 edits",
                        "shadow: the candidates give a different result",
                        "-    \"name\" : \"web2\",",
                        "+    \"name\" : \"web3\",",
                        "  fields.mode: 2 → 1",
                        "+  \"site.rack\" : \"r7\""))
            assertTrue(lines.contains(line), () -> line + " in " + outcome.out());
        JsonNode differences = report(":next.js").path("differences");
        assertEquals(9, differences.path("pages").asInt(), differences::toString);
        assertEquals(3, differences.path("elements").asInt(), differences::toString);
        assertFalse(differences.toString().contains("5345435245542d"), "the secret that was left");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "export function onBegin() { throw new Error('boo'); }|boo",
                "export function onBegin(ctx) { ctx.veto('never'); }|never",
                "export function onConfig() { throw new Error('boo'); }|boo",
                "export function onMetadata() { nothing.there; }|nothing is not defined",
                "export function onRecord() { for (;;); }|longer than",
                "export function onRecord(r) { if (r.type === 'END') r.drop(); }|END",
                "export function onPages() { throw new Error('boo'); }|boo",
                "export function onPages() { const a = []; for (;;) a.push(new Uint8Array(9e5)); }|allocated more",
                "export function onEnd(summary, ctx) { ctx.veto('never'); }|never",
                "export function onEnd() { f(); function f() { f(); } }|recursed too deeply",
                "export function onConfig( {|SyntaxError",
                "export function onConfig() {} /* params */|is required",
            })
    void noFailureOfACandidateIsOneOfTheRun(String body, String reason) throws IOException {
        String parameters = body.contains("params") ? ", params: { p: { required: true } }" : "";
        program.write(
                "next.js",
                "export const policy = { api: 1, name: 'next'%s };\n%s\n"
                        .formatted(parameters, body));
        JsonNode shadow = report(":next.js", "--time-limit", "1");
        assertFalse(shadow.path("same").asBoolean(), shadow::toString);
        assertTrue(shadow.path("failure").asText().contains(reason), shadow::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {":missing.js", "no-such-library-policy"})
    void aCandidateThatCannotBeLoadedIsReported(String reference) throws IOException {
        JsonNode shadow = report(reference);
        assertFalse(shadow.path("same").asBoolean(), shadow::toString);
        assertFalse(shadow.path("failure").asText().isEmpty(), shadow::toString);
    }

    @Test
    void candidatesRunBesideNoPolicyToo() throws IOException {
        Program.Outcome outcome =
                program.run("rewrite", ":in", ":out", "--shadow", ":active.js").succeeds();
        assertArrayEquals(program.read("in"), program.read("out"));
        assertTrue(outcome.out().contains("+    \"name\" : \"web2\","), outcome.out());
    }

    @Test
    void aRunThatIsRefusedSaysWhatTheCandidatesMadeOfIt() {
        program.write(
                "active.js",
                """
                export const policy = { api: 1, name: 'active' };
                export function onEnd(summary, ctx) { ctx.veto('not today'); }
                """);
        program.write(
                "next.js",
                """
                export const policy = { api: 1, name: 'next' };
                export function onConfig() {}
                """);
        Program.Outcome outcome = shadowed(":next.js");
        assertEquals(1, outcome.status());
        assertTrue(
                outcome.err().contains("xenimage: shadow: the candidates give the same result"),
                outcome.err());
    }

    @Test
    void parametersGoToWhoDeclaresThem() throws IOException {
        program.write(
                "next.js",
                """
                export const policy = { api: 1, name: 'next', params: { to: { required: true } } };
                export function onConfig(config, ctx) { config.c_info.name = ctx.params.to; }
                """);
        JsonNode shadow = report(":next.js", "--set", "to=web9");
        assertTrue(
                shadow.path("differences").toString().contains("\"after\":\"web9\""),
                shadow::toString);
    }
}
