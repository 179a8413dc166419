package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.cli.output.Colour;
import org.xenimage.cli.output.TextOutput;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;

/** What {@code rewrite --dry-run} shows of the image that it does not write. */
class DryRunDiffTest {
    private static final String EDITS =
            """
            export const policy = { api: 1, name: 'edits', params: { mark: { secret: true, default: 'swordfish' } } };
            export function onBegin(ctx) { ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 }); }
            export function onConfig(config, ctx) {
              config.c_info.name = 'web2';
              config.b_info.vnc = { passwd: 'hunter2', listen: ctx.params.mark };
            }
            export function onMetadata(meta, ctx) { meta['site.rack'] = 'r7'; }
            export function onRecord(record, ctx) {
              if (record.type === 'X86_TSC_INFO') record.fields.mode = 2;
              if (record.type !== 'X86_CPUID_POLICY') return;
              const leaf = record.fields.leaves.find((one) => one.leaf === 1);
              leaf.ecx = (leaf.ecx & ~1) >>> 0;
            }
            """;

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImage() {
        program = new Program(folder);
        program.run("sample", ":in", "--guest", "pv", "--memory", "4").succeeds();
        program.write("edits.js", EDITS);
    }

    private List<String> lines(String... more) {
        String[] words = new String[5 + more.length];
        System.arraycopy(
                new String[] {"rewrite", ":in", "--dry-run", "--policy", ":edits.js"},
                0,
                words,
                0,
                5);
        System.arraycopy(more, 0, words, 5, more.length);
        return program.run(words).succeeds().out().lines().toList();
    }

    @Test
    void theConfigIsAUnifiedDiffOfItsJson() {
        List<String> lines = lines();
        assertTrue(lines.contains("--- config"), lines::toString);
        assertTrue(lines.contains("-    \"name\" : \"sample-pv\","), lines::toString);
        assertTrue(lines.contains("+    \"name\" : \"web2\","), lines::toString);
        assertTrue(lines.contains("+  \"site.rack\" : \"r7\""), lines::toString);
        assertTrue(lines.getLast().contains("nothing written"), lines::toString);
    }

    @Test
    void recordsAreComparedFieldByFieldWithTheNamesOfFeatures() {
        List<String> lines = lines();
        assertTrue(lines.contains("  fields.mode: 0 → 2"), lines::toString);
        assertTrue(
                lines.stream()
                        .anyMatch(line ->
                                line.startsWith("  fields.leaves[")
                                        && line.contains(".ecx: 0x")
                                        && line.endsWith("(clears sse3)")),
                lines::toString);
    }

    @Test
    void pagesAreHexWithContextAndBounded() {
        List<String> lines = lines();
        assertEquals(8, lines.stream().filter(line -> line.startsWith("page pfn 0x")).count());
        assertTrue(lines.contains("… and 1 more page"), lines::toString);
        int first = lines.indexOf("page pfn 0x26, NOTAB, 49 bytes:");
        assertTrue(lines.get(first + 1).startsWith(" 00000230  "), lines::toString);
        assertEquals(
                "-00000240  ** ** ** ** ** ** ** **  ** ** ** ** ** ** ** **  |****************|",
                lines.get(first + 2));
        assertTrue(lines.get(first + 3).startsWith("+00000240  00 00"), lines::toString);
    }

    @Test
    void noSecretIsShownUnlessAsked() throws IOException {
        String hex = "5345435245542d4150492d544f4b454e3d"; // SECRET-API-TOKEN=
        for (String[] form : List.of(new String[] {}, new String[] {"--json"})) {
            String out = String.join("\n", lines(form));
            for (String secret :
                    List.of("hunter2", "swordfish", "SECRET-API", hex, "53 45 43 52 45 54"))
                assertFalse(out.contains(secret), out);
        }
        String shown = String.join("\n", lines("--show-secrets"));
        for (String secret : List.of("hunter2", "swordfish", "|SECRET-API-TOKEN|"))
            assertTrue(shown.contains(secret), shown);
        assertTrue(String.join("\n", lines("--json", "--show-secrets")).contains(hex));
    }

    @Test
    void aChangedSecretShowsThatItChanged() {
        program.run("rewrite", ":in", ":with", "--policy", ":edits.js").succeeds();
        program.write(
                "again.js",
                """
                export const policy = { api: 1, name: 'again' };
                export function onConfig(config) { config.b_info.vnc.passwd = 'other'; }
                """);
        String out =
                program.run("rewrite", ":with", "--dry-run", "--policy", ":again.js")
                        .succeeds()
                        .out();
        assertTrue(out.contains("\"passwd\" : \"(secret) (changed)\""), out);
        assertFalse(out.contains("other") || out.contains("hunter2"), out);
    }

    @Test
    void theSameStandsInTheJson() throws IOException {
        JsonNode diff =
                JsonMapper.builder().build().readTree(lines("--json").getFirst()).path("diff");
        assertEquals(9, diff.path("pages").asInt());
        assertEquals(343, diff.path("bytes").asInt());
        assertEquals(4, diff.path("elements").asInt());
        JsonNode config = diff.path("changes").get(0);
        assertEquals("c_info.name", config.path("edits").get(0).path("path").asText());
        assertEquals("web2", config.path("edits").get(0).path("after").asText());
    }

    @Test
    void aRecordThatIsDroppedOrInsertedIsSaid() {
        program.write(
                "edits.js",
                """
                export const policy = { api: 1, name: 'edits' };
                export function onRecord(record, ctx) {
                  if (record.type !== 'X86_TSC_INFO') return;
                  record.insertBefore(0x80001234, new Uint8Array(8));
                  record.fields.khz = 1;
                }
                """);
        List<String> lines = lines();
        assertTrue(
                lines.stream().anyMatch(line -> line.startsWith("+") && line.contains("80001234")),
                lines::toString);
        assertTrue(
                lines.stream().anyMatch(line -> line.startsWith("  fields.khz: ")),
                lines::toString);
    }

    @Test
    void whatChangesNothingHasNoDiff() {
        program.write(
                "edits.js",
                "export const policy = { api: 1, name: 'edits' };\nexport function onConfig() {}\n");
        assertEquals(List.of("edits: changed nothing", "dry run: nothing written"), lines());
    }

    /** Text of an image cannot colour the terminal: only the writer's own codes reach it. */
    @Test
    void aColouredLineIsEscapedAsAnyOther() {
        var seen = new StringWriter();
        TextOutput out = TextOutput.over(seen, true);
        out.println(Colour.RED, "a\033[1mb");
        assertEquals("\033[31ma\\u001b[1mb\033[0m\n", seen.toString());
    }
}
