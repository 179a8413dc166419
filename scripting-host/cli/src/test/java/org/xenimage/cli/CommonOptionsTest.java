package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.cli.output.ExitStatus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What all commands have alike: JSON of failures, {@code -} for files, dry runs, secrets, site files. */
class CommonOptionsTest {
    @TempDir private Path folder;

    private Program program = new Program(Path.of("before-each"));

    @BeforeEach
    void makeImages() throws IOException {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "4").succeeds();
        Files.write(program.file("cut.save"), Arrays.copyOf(program.read("in.save"), 100_000));
        program.write(
                "veto.js",
                """
                export const policy = { api: 1, name: 'veto' };
                export function onBegin(ctx) { ctx.veto('no'); }
                """);
        program.write(
                "throws.js",
                """
                export const policy = { api: 1, name: 'throws' };
                export function onBegin(ctx) { throw new Error('no'); }
                """);
        program.write(
                "vnc.js",
                """
                export const policy = { api: 1, name: 'vnc', params: { code: { required: true, secret: true } } };
                export function onConfig(config, ctx) {
                  config.b_info.vncpasswd = 'hunter2hunter2';
                  config.b_info.note = ctx.params.code;
                  ctx.log(`set to ${ctx.params.code}`);
                }
                """);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "vetoed, rewrite :in.save :out --policy :veto.js",
        "policy-error, rewrite :in.save :out --policy :throws.js",
        "policy-error, rewrite :in.save :out --policy :missing.js",
        "damaged, rewrite :cut.save :out",
        "damaged, convert :cut.save :out --to native",
        "damaged, dump :cut.save :out",
        "refused, extract metadata :missing",
        "io, info :missing",
        "io, rewrite :in.save :missing/out",
        "refused, metadata :in.save get a.b",
        "usage, rewrite :in.save",
        "usage, convert :in.save :out --to odd",
        "usage, extract pages :in.save --pfn x",
        "usage, info --nonsense :in.save"
    })
    void aFailureIsOneObjectWithItsKind(String kind, String line) throws IOException {
        String[] words = (line + " --json").split(" ");
        Program.Outcome outcome = program.run(words);
        JsonNode error = new JsonMapper().readTree(outcome.out()).path("error");
        String expected = kind.equals("refused") && line.contains(":missing") ? "io" : kind;
        assertEquals(expected, error.path("kind").asText(), outcome.out() + outcome.err());
        assertFalse(error.path("message").asText().isEmpty());
        assertEquals(kind.equals("usage") ? ExitStatus.USAGE : 1, outcome.status());
        assertTrue(outcome.err().contains(error.path("message").asText()), outcome.err());
    }

    @Test
    void aHyphenIsStandardOutputForLogAndReport() throws IOException {
        String log =
                program.run(
                                "rewrite",
                                ":in.save",
                                ":out",
                                "--quiet",
                                "--log",
                                "-",
                                "--policy",
                                "rename-domain",
                                "--set",
                                "to=b")
                        .succeeds()
                        .out();
        for (String line : log.lines().toList()) new JsonMapper().readTree(line);
        assertTrue(log.contains("\"after\":\"b\""), log);
        String report =
                program.run("bulk", ":in.save", "--dry-run", "--quiet", "--report", "-")
                        .succeeds()
                        .out();
        assertEquals("dry-run", new JsonMapper().readTree(report).path("status").asText(), report);
        assertFalse(Files.exists(Path.of("-")));
        Program.Outcome both =
                program.run("rewrite", ":in.save", "-", "--log", "-", "--policy", ":veto.js");
        assertEquals(ExitStatus.USAGE, both.status(), both.err());
    }

    @Test
    void aPolicyOfAnotherOperationIsTriedOnAFile() {
        program.write(
                "out.js",
                """
                export const policy = { api: 1, name: 'out', on: ['migrate-out'] };
                export function onConfig(config, ctx) { config.c_info.name = ctx.operation; }
                """);
        String plain =
                program.run("rewrite", ":in.save", "--dry-run", "--policy", ":out.js")
                        .succeeds()
                        .out();
        assertTrue(plain.contains("not run"), plain);
        String as =
                program.run(
                                "rewrite",
                                ":in.save",
                                "--dry-run",
                                "--as",
                                "migrate-out",
                                "--policy",
                                ":out.js")
                        .succeeds()
                        .out();
        assertTrue(as.contains("\"migrate-out\"") && as.contains("nothing written"), as);
        assertEquals(
                ExitStatus.USAGE,
                program.run("rewrite", ":in.save", "--dry-run", "--as", "odd").status());
    }

    @Test
    void secretsAreShownOnlyToWhoAsksForThem() throws IOException {
        List<String> line =
                List.of(
                        "rewrite",
                        ":in.save",
                        ":out",
                        "--force",
                        "--log",
                        ":log",
                        "--policy",
                        ":vnc.js",
                        "--set",
                        "code=swordfish");
        Program.Outcome hidden = program.run(line.toArray(String[]::new)).succeeds();
        String all = hidden.out() + hidden.err() + Files.readString(program.file("log"));
        assertFalse(all.contains("hunter2") || all.contains("swordfish"), all);
        assertTrue(all.contains("(secret)"), all);
        String diff = program.run("diff", ":in.save", ":out").out();
        assertTrue(diff.contains("vncpasswd") && !diff.contains("hunter2"), diff);
        String shown = program.run("diff", "--show-secrets", ":in.save", ":out").out();
        assertTrue(shown.contains("hunter2hunter2"), shown);
    }

    @Test
    void aSiteFileThatCannotBeReadIsAUsageErrorOnOneLine() {
        program.write("deep.json", "[".repeat(100_000));
        program.write("deep.yaml", "a: " + "[".repeat(10_000));
        program.write("odd.yaml", "a: [1\nb: }");
        program.write("list.json", "[1]");
        program.write("empty.json", "");
        for (String site :
                List.of("deep.json", "deep.yaml", "odd.yaml", "list.json", "empty.json")) {
            Program.Outcome outcome =
                    program.run(
                            "rewrite",
                            ":in.save",
                            ":out",
                            "--policy",
                            ":veto.js",
                            "--site",
                            ":" + site);
            assertEquals(ExitStatus.USAGE, outcome.status(), site + outcome.err());
            assertEquals(1, outcome.err().lines().count(), outcome.err());
            assertTrue(outcome.err().contains(site), outcome.err());
        }
    }
}
