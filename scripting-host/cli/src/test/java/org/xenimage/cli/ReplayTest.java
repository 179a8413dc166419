package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Recorded decision logs against the policies of today. */
class ReplayTest {
    private static final String POLICY =
            """
            export const policy = {
              api: 1, name: 'p', params: { to: { default: 'web2' }, key: { secret: true, default: 'swordfish' } },
            };
            export function onBegin(ctx) { ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 }); }
            export function onConfig(config, ctx) { config.c_info.name = ctx.params.to; }
            export function onMetadata(meta, ctx) {
              meta['site.by'] = ctx.operator + new Date(Date.now()).toISOString();
              meta['site.note'] = 'opened with ' + ctx.params.key;
            }
            export function onRecord(record) {
              if (record.type === 'X86_TSC_INFO') { record.fields.mode = 2; record.fields.nsec = 7n; }
            }
            """;

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void recordARun() {
        program = new Program(folder);
        program.run("sample", ":in", "--guest", "pv", "--memory", "4").succeeds();
        program.write("p.js", POLICY);
        record("--policy", ":p.js", "--set", "to=web7", "--operator", "ada");
    }

    private void record(String... more) {
        List<String> words =
                new ArrayList<>(List.of("rewrite", ":in", "--dry-run", "--log", ":log"));
        words.addAll(List.of(more));
        program.run(words.toArray(String[]::new));
    }

    private JsonNode replay(int status, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of("policy", "replay", ":log", "--json"));
        words.addAll(List.of(more));
        Program.Outcome outcome = program.run(words.toArray(String[]::new));
        assertEquals(status, outcome.status(), () -> outcome.out() + outcome.err());
        return JsonMapper.builder().build().readTree(outcome.out());
    }

    private String log() {
        return new String(program.read("log"), StandardCharsets.UTF_8);
    }

    /** The operator, the time and the parameters are those of the log. */
    @Test
    void theSamePoliciesDecideTheSame() throws IOException {
        JsonNode report = replay(0, "--set", "key=swordfish");
        assertTrue(report.path("same").asBoolean(), report::toString);
        assertEquals(0, report.path("differences").size());
        assertEquals(0, report.path("warnings").size(), report::toString);
    }

    @Test
    void whatIsDecidedOtherwiseIsListed() throws IOException {
        program.write(
                "p.js",
                POLICY.replace("record.fields.mode = 2", "record.fields.khz = 3")
                        .replace("config.c_info.name = ctx.params.to", "config.c_info.name = 'x'"));
        JsonNode report = replay(1);
        String differences = report.path("differences").toString();
        assertEquals(3, report.path("count").asInt(), differences);
        assertTrue(
                differences.contains(
                        "\"path\":\"c_info.name\",\"offset\":52,"
                                + "\"recorded\":{\"before\":\"sample-pv\",\"after\":\"web7\"},"
                                + "\"today\":{\"before\":\"sample-pv\",\"after\":\"x\"}"),
                differences);
        String text = program.run("policy", "replay", ":log").out();
        assertTrue(text.contains("record X86_TSC_INFO at 0x"), text);
        assertTrue(text.contains("fields.mode\n  - {\"before\":0,\"after\":2}\n  + nothing"), text);
    }

    @Test
    void aRefusalIsADecision() throws IOException {
        program.write("p.js", POLICY + "export function onEnd(s, ctx) { ctx.veto('no'); }\n");
        JsonNode difference = replay(1).path("differences").get(0);
        assertEquals("ran", difference.path("recorded").asText());
        assertEquals("failed: veto: no", difference.path("today").asText());
        record("--policy", ":p.js");
        assertEquals(0, replay(0, "--set", "key=swordfish").path("count").asInt());
        program.write("p.js", POLICY);
        assertEquals(
                "failed: veto: no", replay(1).path("differences").get(0).path("recorded").asText());
    }

    @Test
    void anotherSelectorIsADecision() throws IOException {
        program.write("p.js", POLICY.replace("name: 'p',", "name: 'p', match: { guest: 'hvm' },"));
        JsonNode difference = replay(1).path("differences").get(0);
        assertEquals("not-matched: guest is pv, not hvm", difference.path("today").asText());
    }

    @Test
    void noSecretStandsInTheLogAndTheReplayAsksForIt() throws IOException {
        assertFalse(log().contains("swordfish"), log());
        assertTrue(log().contains("\"parameters\":{\"to\":\"web7\",\"key\":\"(secret)\"}"), log());
        assertTrue(
                replay(0).path("warnings").toString().contains("p.key is secret"),
                "the default is used");
    }

    /** Each entry of an edit names policy, digest, hook, file and line. */
    @ParameterizedTest
    @CsvSource({"js,", "py,", "js,--isolate", "py,--isolate"})
    void everyEditIsLinkedToItsLine(String language, @Nullable String isolated) throws IOException {
        program.write(
                "q." + language,
                language.equals("js")
                        ? """
                        // A comment.
                        export const policy = { api: 1, name: 'q', version: '3' };
                        export function onConfig(config) {
                          config.c_info.name = 'x';
                        }
                        """
                        : """
                        # A comment.
                        POLICY = {"api": 1, "name": "q", "version": "3"}
                        def on_config(config, ctx):
                            config["c_info"]["name"] = "x"
                        """);
        String reference = ":q." + language;
        if (isolated == null) record("--policy", reference);
        else record("--policy", reference, isolated);
        String entry = log().lines().filter(line -> line.contains("\"path\"")).findFirst().get();
        JsonNode edit = JsonMapper.builder().build().readTree(entry);
        assertEquals("q", edit.path("policy").asText());
        assertEquals("3", edit.path("version").asText());
        assertEquals(64, edit.path("digest").asText().length());
        assertEquals(program.file("q." + language) + ":3", edit.path("at").asText());
        assertEquals(0, replay(0).path("count").asInt());
    }

    @Test
    void libraryPoliciesAreFoundAgain() throws IOException {
        record("--policy", "rename-domain.py", "--set", "to=web9");
        assertEquals(0, replay(0).path("count").asInt());
        JsonNode report = replay(1, "--set", "to=web8");
        assertEquals(1, report.path("count").asInt(), report::toString);
    }

    @Test
    void theLastRunOfALogCounts() throws IOException {
        program.write("log", log() + log());
        JsonNode report = replay(0, "--set", "key=swordfish");
        assertTrue(report.path("warnings").toString().contains("2 runs"), report::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no json\n",
                "[1]\n",
                "{\"seq\":1}\n",
                "{\"event\":\"end\"}\n",
                "{\"event\":\"begin\"}\n",
                "{\"event\":\"begin\",\"operation\":\"destroy\",\"time\":\"2026-01-01T00:00:00Z\"}\n",
                "{\"event\":\"begin\",\"operation\":\"rewrite\",\"time\":\"yesterday\"}\n",
                "{\"event\":\"begin\",\"operation\":\"rewrite\",\"policies\":[{\"file\":\"/no/such.js\"}]}\n",
                "{\"event\":\"begin\",\"policies\":7,\"operation\":[]}\n",
            })
    void whatIsNoLogIsRefused(String text) {
        program.write("log", text);
        String error = program.run("policy", "replay", ":log", ":in").failure();
        assertFalse(error.isBlank());
    }

    @Test
    void aLogThatNestsTooDeepIsRefused() {
        program.write("log", "{\"event\":\"begin\",\"x\":" + "[".repeat(100_000) + "\n");
        program.run("policy", "replay", ":log", ":in").failure();
    }
}
