package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.output.ExitStatus;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

class RewriteCommandTest {
    private static final String SECRET = "SECRET-API-TOKEN=";

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeSample() {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "4").succeeds();
    }

    @Test
    void withoutPoliciesTheOutputIsTheInput() {
        program.run("rewrite", ":in.save", ":out.save").succeeds();
        assertArrayEquals(program.read("in.save"), program.read("out.save"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pv", "hvm", "pvh"})
    void identityHoldsForEveryGuest(String guest) {
        program.run("sample", ":other.save", "--guest", guest, "--memory", "8", "--vcpus", "2")
                .succeeds();
        program.run("rewrite", ":other.save", ":out.save").succeeds();
        assertArrayEquals(program.read("other.save"), program.read("out.save"));
    }

    @Test
    void aScrubRemovesEveryMatchAndChangesNoOtherByte() {
        program.run(
                        "rewrite",
                        ":in.save",
                        ":out.save",
                        "--policy",
                        "scrub-pattern",
                        "--set",
                        "text=" + SECRET)
                .succeeds();
        byte[] before = program.read("in.save");
        byte[] after = program.read("out.save");
        String text = new String(before, StandardCharsets.ISO_8859_1);
        assertTrue(text.contains(SECRET), "the sample has something to scrub");
        assertFalse(new String(after, StandardCharsets.ISO_8859_1).contains(SECRET));
        assertEquals(before.length, after.length);
        for (int at = 0; at < before.length; at++) {
            if (before[at] != after[at]) {
                assertEquals(0, after[at]);
                assertTrue(SECRET.indexOf(before[at]) >= 0, "only bytes of the secret change");
            }
        }
    }

    /** A later policy, the end of the disk, a log that is lost. */
    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void whatAPolicyDidIsUndoneWhateverFails(String language) {
        assumeTrue(Files.exists(Path.of("/dev/full")));
        program.write(
                "undo." + language,
                language.equals("js")
                        ? """
                        export const policy = { api: 1, name: 'undo' };
                        export function onBegin(ctx) { ctx.onFailure((error) => ctx.warn('undone: ' + error.message)); }
                        """
                        : """
                        POLICY = {"api": 1, "name": "undo"}
                        def on_begin(ctx): ctx.on_failure(lambda error: ctx.warn("undone: " + error["message"]))
                        """);
        program.write(
                "no.js",
                """
                export const policy = { api: 1, name: 'no', params: { hook: { required: true } } };
                export function onConfig(config, ctx) { if (ctx.params.hook === 'throw') throw new Error('boo'); }
                export function onEnd(summary, ctx) { if (ctx.params.hook === 'veto') ctx.veto('no'); }
                """);
        String policy = ":undo." + language;
        String[][] failing = {
            {":out", "--policy", policy, "--policy", ":no.js", "--set", "hook=throw"},
            {":out", "--policy", policy, "--policy", ":no.js", "--set", "hook=veto"},
            {"--dry-run", "--policy", policy, "--policy", ":no.js", "--set", "hook=veto"},
            {"/dev/full", "--policy", policy},
            {":out", "--policy", policy, "--log", "/dev/full"},
        };
        for (String[] words : failing) {
            List<String> line = new ArrayList<>(List.of("rewrite", ":in.save"));
            line.addAll(List.of(words));
            Program.Outcome outcome = program.run(line.toArray(String[]::new));
            assertEquals(1, outcome.status(), outcome.err());
            long undone =
                    outcome.err().lines().filter(message -> message.contains("undone: ")).count();
            assertEquals(1, undone, () -> line + ": " + outcome.err());
            assertFalse(program.files().contains("out"));
        }
        String message =
                program.run("rewrite", ":in.save", ":out", "--policy", policy).succeeds().err();
        assertFalse(message.contains("undone"), message);
    }

    @Test
    void theSameEditInBothLanguagesGivesTheSameBytes() {
        for (String language : List.of("js", "py")) {
            program.run(
                            "rewrite",
                            ":in.save",
                            ":out." + language,
                            "--at",
                            "2026-01-31T12:00:00Z",
                            "--operator",
                            "me",
                            "--policy",
                            "scrub-pattern." + language,
                            "--set",
                            "text=" + SECRET,
                            "--set",
                            "length=40",
                            "--policy",
                            "rename-domain." + language,
                            "--set",
                            "to={name}-2",
                            "--policy",
                            "inject-metadata." + language,
                            "--policy",
                            "set-cmdline." + language,
                            "--set",
                            "append=quiet")
                    .succeeds();
        }
        assertArrayEquals(program.read("out.js"), program.read("out.py"));
    }

    @Test
    void renameAndMetadataAreReadBackByInfo() throws IOException {
        program.run(
                        "rewrite",
                        ":in.save",
                        ":out.save",
                        "--policy",
                        "rename-domain",
                        "--set",
                        "to=web2",
                        "--policy",
                        "inject-metadata",
                        "--set",
                        "key=site.ticket",
                        "--set",
                        "value=4711")
                .succeeds();
        JsonNode info =
                new JsonMapper()
                        .readTree(program.run("info", "--json", ":out.save").succeeds().out());
        assertEquals("web2", info.at("/guest/name").asText());
        assertEquals("4711", info.at("/metadata").get("site.ticket").asText());
    }

    @Test
    void aSiteFileReachesThePolicyAsJsonAndAsYaml() {
        program.write("site.json", "{\"bridges\": {\"xenbr0\": \"br-dmz\"}}");
        program.write("site.yaml", "bridges:\n  xenbr0: br-dmz\n");
        for (String site : List.of("site.json", "site.yaml")) {
            program.run(
                            "rewrite",
                            ":in.save",
                            ":" + site + ".out",
                            "--policy",
                            "remap-bridges",
                            "--site",
                            ":" + site)
                    .succeeds();
            String config =
                    program.run(
                                    "extract",
                                    "config",
                                    ":" + site + ".out",
                                    "-o",
                                    ":" + site + ".config")
                            .succeeds()
                            .out();
            assertEquals("", config);
            assertTrue(
                    new String(program.read(site + ".config"), StandardCharsets.UTF_8)
                            .contains("\"br-dmz\""));
        }
    }

    @Test
    void aDryRunSaysWhatWouldChangeAndWritesNothing() {
        String out =
                program.run(
                                "rewrite",
                                ":in.save",
                                "--dry-run",
                                "--policy",
                                "rename-domain",
                                "--set",
                                "to=web2")
                        .succeeds()
                        .out();
        assertTrue(out.contains("c_info.name") && out.contains("\"web2\""), out);
        assertEquals(List.of("in.save"), program.files());
    }

    @Test
    void theDecisionLogHoldsEveryEditAsJsonLines() throws IOException {
        program.run(
                        "rewrite",
                        ":in.save",
                        ":out.save",
                        "--log",
                        ":log",
                        "--policy",
                        "rename-domain",
                        "--set",
                        "to=web2")
                .succeeds();
        List<String> lines = Files.readAllLines(program.file("log"));
        var json = new JsonMapper();
        boolean found = false;
        for (String line : lines) {
            JsonNode entry = json.readTree(line);
            found |=
                    entry.path("path").asText().equals("c_info.name")
                            && entry.path("after").asText().equals("web2");
        }
        assertTrue(found, String.join("\n", lines));
    }

    @Test
    void anExistingOutputIsKeptUnlessForced() {
        program.write("out.save", "precious");
        program.run("rewrite", ":in.save", ":out.save").failure();
        assertEquals("precious", new String(program.read("out.save"), StandardCharsets.UTF_8));
        program.run("rewrite", ":in.save", ":out.save", "--force").succeeds();
        assertArrayEquals(program.read("in.save"), program.read("out.save"));
    }

    @Test
    void theInputIsNeverTheOutput() throws IOException {
        FileTime time = Files.getLastModifiedTime(program.file("in.save"));
        String failure = program.run("rewrite", ":in.save", ":in.save", "--force").failure();
        assertTrue(failure.contains("this run reads this file"), failure);
        Files.createSymbolicLink(program.file("link.save"), program.file("in.save"));
        program.run("rewrite", ":in.save", ":link.save", "--force").failure();
        assertEquals(time, Files.getLastModifiedTime(program.file("in.save")));
    }

    @Test
    void aPolicyThatDoesNotMatchIsNotRun() {
        program.write(
                "hvm.py",
                "POLICY = {'api': 1, 'name': 'hvm-only', 'match': {'guest': 'hvm'}}\nboom()\n");
        String out =
                program.run("rewrite", ":in.save", ":out.save", "--policy", ":hvm.py")
                        .succeeds()
                        .out();
        assertTrue(out.contains("hvm-only") && out.contains("not run"), out);
        assertArrayEquals(program.read("in.save"), program.read("out.save"));
    }

    @Test
    void aFailingPolicyThatMayBeSkippedLeavesNoTrace() {
        program.write(
                "flaky.js",
                """
                export const policy = { api: 1, name: 'flaky', onError: 'skip' };
                export function onConfig(config, ctx) { config.c_info.name = 'changed'; }
                export function onRecord(record, ctx) { throw new Error('later'); }
                """);
        program.run("rewrite", ":in.save", ":out.save", "--policy", ":flaky.js").succeeds();
        assertArrayEquals(program.read("in.save"), program.read("out.save"));
    }

    @Test
    void usageErrorsHaveTheirOwnStatus() {
        assertEquals(ExitStatus.USAGE, program.run("rewrite").status());
        assertEquals(ExitStatus.USAGE, program.run("rewrite", ":in.save").status());
        assertEquals(
                ExitStatus.USAGE,
                program.run("rewrite", ":in.save", ":out", "--nonsense").status());
        assertEquals(ExitStatus.USAGE, program.run("no-such-command").status());
    }
}
