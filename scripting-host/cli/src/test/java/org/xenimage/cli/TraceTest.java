package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.script.explain.TraceLines;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What {@code --trace} says of a run. */
class TraceTest {
    private static final String HEAD = "xenimage: trace: ";

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImage() {
        program = new Program(folder);
        program.run("sample", ":in", "--guest", "pv", "--memory", "4").succeeds();
    }

    private static List<String> trace(Program.Outcome outcome) {
        return outcome.err()
                .lines()
                .filter(line -> line.startsWith(HEAD))
                .map(line -> line.substring(HEAD.length()))
                .toList();
    }

    private Program.Outcome run(String... more) {
        String[] words = new String[4 + more.length];
        System.arraycopy(new String[] {"rewrite", ":in", "--dry-run", "--trace"}, 0, words, 0, 4);
        System.arraycopy(more, 0, words, 4, more.length);
        return program.run(words);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "on: ['save', 'migrate-out']|operation is rewrite, not migrate-out or save",
                "match: { guest: 'hvm' }|guest is pv, not hvm",
                "match: { name: 'web1' }|name is sample-pv, not \"web1\"",
                "match: { uuid: '1' }|uuid is 50f90c4b-6266-479c-9a45-11157d1f6f5a, not \"1\"",
            })
    void whyAPolicyDoesNotRunIsSaid(String selector, String reason) {
        program.write(
                "p.js",
                "export const policy = { api: 1, name: 'p', %s };\nexport function onConfig() {}\n"
                        .formatted(selector));
        assertEquals(
                List.of("p: does not run: " + reason), trace(run("--policy", ":p.js").succeeds()));
    }

    @ParameterizedTest
    @CsvSource({"js,onConfig,onPages", "py,on_config,on_pages"})
    void everyCallIsSaidWithItsElementItsEditsAndItsTime(
            String language, String config, String pages) {
        program.write(
                "p." + language,
                language.equals("js")
                        ? """
                        export const policy = { api: 1, name: 'p' };
                        export function onBegin(ctx) { ctx.pages.scrub({ text: 'SECRET-API-TOKEN=' }); }
                        export function onConfig(config) { config.c_info.name = 'web2'; }
                        export function onPages(batch) {}
                        """
                        : """
                        POLICY = {"api": 1, "name": "p"}
                        def on_begin(ctx): ctx.pages.scrub(text="SECRET-API-TOKEN=")
                        def on_config(config, ctx): config["c_info"]["name"] = "web2"
                        def on_pages(batch, ctx): pass
                        """);
        List<String> trace = trace(run("--policy", ":p." + language).succeeds());
        assertEquals("p: runs", trace.getFirst());
        assertTrue(
                trace.stream()
                        .anyMatch(line ->
                                line.matches("p %s config at 0x34: .*s, 1 edit".formatted(config))),
                trace::toString);
        assertTrue(
                trace.stream()
                        .anyMatch(line ->
                                line.matches(
                                        "p %s record PAGE_DATA at 0x\\w+ \\(1024 pages, pfn 0x0 to 0x3ff\\): .*s"
                                                .formatted(pages))),
                trace::toString);
        assertTrue(
                trace.stream()
                        .anyMatch(line ->
                                line.startsWith("p: 1 page rule over 1 record PAGE_DATA: ")),
                trace::toString);
    }

    @Test
    void aCallThatFailsIsSaidWithoutSecrets() {
        program.write(
                "p.js",
                """
                export const policy = { api: 1, name: 'p', params: { key: { secret: true, required: true } } };
                export function onConfig(config, ctx) { throw new Error('not ' + ctx.params.key); }
                """);
        Program.Outcome outcome = run("--policy", ":p.js", "--set", "key=swordfish");
        assertEquals(1, outcome.status());
        assertTrue(
                trace(outcome).stream()
                        .anyMatch(line ->
                                line.startsWith("p onConfig config at 0x34: ")
                                        && line.endsWith(", failed: Error: not (secret)")),
                outcome::err);
        assertFalse(outcome.err().contains("swordfish"), outcome::err);
    }

    @Test
    void thousandsOfRecordsMakeAFewLinesAndTheirSum() throws IOException {
        program.write(
                "many.js",
                """
                export const policy = { api: 1, name: 'many' };
                export function onRecord(record) {
                  if (record.type !== 'X86_TSC_INFO') return;
                  for (let i = 0; i < 900; i++) record.insertBefore(0x80001234, new Uint8Array(8));
                }
                """);
        program.write(
                "look.js",
                """
                export const policy = { api: 1, name: 'look' };
                export function onRecord(record) {}
                """);
        Program.Outcome outcome =
                run("--policy", ":many.js", "--policy", ":look.js", "--trace-log", ":trace.jsonl")
                        .succeeds();
        List<String> inserted =
                trace(outcome).stream()
                        .filter(line -> line.startsWith("look ") && line.contains("80001234"))
                        .toList();
        assertEquals(TraceLines.CALLS_SHOWN + 1, inserted.size(), inserted::toString);
        assertTrue(inserted.getLast().contains(": 900 calls, 0 edits, "), inserted::toString);
        JsonNode sum = JsonMapper.builder().build().createObjectNode();
        for (String line :
                new String(program.read("trace.jsonl"), StandardCharsets.UTF_8).lines().toList()) {
            JsonNode entry = JsonMapper.builder().build().readTree(line);
            if (entry.has("calls")) sum = entry;
        }
        assertEquals(900, sum.path("calls").asInt());
        assertEquals("look", sum.path("policy").asText());
    }

    @Test
    void aPolicyOfAFolderThatIsLeftOutIsSaid() throws IOException {
        Files.createDirectory(folder.resolve("policies"));
        program.write(
                "policies/a.js",
                """
                export const policy = { api: 1, name: 'a', on: ['restore'] };
                export function onConfig() {}
                """);
        assertEquals(
                List.of("a: does not run: operation is rewrite, not restore"),
                trace(run("--policies", ":policies").succeeds()));
    }

    @Test
    void aTraceThatCannotBeWrittenDoesNotFailTheRun() {
        assumeTrue(Files.exists(Path.of("/dev/full")));
        program.write(
                "p.js",
                """
                export const policy = { api: 1, name: 'p' };
                export function onConfig() {}
                """);
        Program.Outcome outcome =
                program.run(
                                "rewrite",
                                ":in",
                                ":out",
                                "--policy",
                                ":p.js",
                                "--trace-log",
                                "/dev/full")
                        .succeeds();
        assertTrue(outcome.err().contains("the trace is not complete: "), outcome::err);
        assertTrue(program.files().contains("out"));
    }
}
