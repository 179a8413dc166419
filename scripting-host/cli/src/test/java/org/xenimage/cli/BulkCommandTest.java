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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

class BulkCommandTest {
    @TempDir private Path folder;
    private Program program;

    @BeforeEach
    void makeTree() throws IOException {
        program = new Program(folder);
        Files.createDirectories(folder.resolve("in/sub"));
        program.run("sample", ":in/a.save", "--guest", "pv", "--memory", "2").succeeds();
        program.run("sample", ":in/sub/b.save", "--guest", "hvm", "--memory", "4").succeeds();
    }

    @ParameterizedTest
    @ValueSource(strings = {"scrub-pattern.js", "scrub-pattern.py"})
    void anOutputIsWhatARewriteMakesOfTheImage(String policy) {
        program.run("bulk", ":in", "--out", ":out", "--policy", policy, "--set", "text=SECRET")
                .succeeds();
        program.run(
                        "rewrite",
                        ":in/sub/b.save",
                        ":b.save",
                        "--policy",
                        policy,
                        "--set",
                        "text=SECRET")
                .succeeds();
        assertArrayEquals(program.read("b.save"), program.read("out/sub/b.save"));
    }

    @Test
    void theSummaryCountsWhatBecameOfTheImages() throws IOException {
        program.write("in/bad.save", "no image");
        String out = program.run("bulk", ":in", "--out", ":out", "--json").succeeds().out();
        JsonNode summary = new JsonMapper().readTree(out);
        assertEquals(2, summary.path("delivered").asInt());
        assertEquals(1, summary.path("skipped").asInt());
        assertFalse(summary.path("stopped").asBoolean(true));
        String text = program.run("bulk", ":in", "--out", ":out", "--resume").succeeds().out();
        assertTrue(text.startsWith("2 delivered earlier, 1 skipped; 0 edits"), text);
    }

    /** Of each image, what {@code rewrite --dry-run} shows of it: on the terminal, in --json, in --report. */
    @ParameterizedTest
    @ValueSource(strings = {"edits.js", "edits.py"})
    void aDryRunShowsWhatADryRunOfEachImageShows(String policy) throws IOException {
        program.write(
                "edits.js",
                """
                export const policy = { api: 1, name: 'edits' };
                export function onBegin(ctx) { ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 }); }
                export function onConfig(config) { config.c_info.name = 'web2'; config.vnc = { passwd: 'hunter2' }; }
                export function onRecord(record) { if (record.type === 'X86_TSC_INFO') record.fields.mode = 2; }
                """);
        program.write(
                "edits.py",
                """
                POLICY = {"api": 1, "name": "edits"}
                def on_begin(ctx): ctx.pages.scrub(text="SECRET-API-TOKEN=", length=49)
                def on_config(config, ctx):
                    config["c_info"]["name"] = "web2"
                    config["vnc"] = {"passwd": "hunter2"}
                def on_record(record, ctx):
                    if record.type == "X86_TSC_INFO": record.fields["mode"] = 2
                """);
        String[] bulk = {"bulk", ":in", "--dry-run", "--policy", ":" + policy};
        String text = program.run(bulk).succeeds().out();
        for (String image : List.of("a.save", "sub/b.save")) {
            String alone =
                    program.run("rewrite", ":in/" + image, "--dry-run", "--policy", ":" + policy)
                            .succeeds()
                            .out();
            String shown = alone.substring(0, alone.lastIndexOf("dry run: "));
            assertTrue(shown.contains("web2") && shown.contains("page pfn 0x"), shown);
            assertTrue(text.contains(image + ":\n" + shown), text + "\nexpected\n" + shown);
        }
        assertFalse(text.contains("hunter2"), text);

        var mapper = new JsonMapper();
        JsonNode summary = mapper.readTree(program.run(with(bulk, "--json")).succeeds().out());
        assertEquals(2, summary.path("changing").asInt());
        program.run(with(bulk, "--report", ":report")).succeeds();
        List<String> lines = Files.readAllLines(program.file("report"));
        assertEquals(2, lines.size());
        for (JsonNode image : summary.path("images")) {
            JsonNode alone =
                    mapper.readTree(
                            program.run(
                                            "rewrite",
                                            ":in/" + image.path("file").asText(),
                                            "--dry-run",
                                            "--json",
                                            "--policy",
                                            ":" + policy)
                                    .succeeds()
                                    .out());
            assertEquals(alone.path("diff"), image.path("diff"));
            assertEquals(alone.path("policies"), image.path("policies"));
            assertTrue(
                    lines.stream().anyMatch(line -> line.contains(alone.path("diff").toString())),
                    lines::toString);
        }
        assertEquals(2, summary.path("images").size());
    }

    @Test
    void theDiffsOfADryRunAreBounded() throws IOException {
        for (int i = 0; i < 22; i++)
            Files.copy(program.file("in/a.save"), program.file("in/copy%d.save".formatted(i)));
        program.write(
                "edits.js",
                """
                export const policy = { api: 1, name: 'edits' };
                export function onMetadata(meta) { meta['site.a'] = 'b'; }
                """);
        String[] bulk = {"bulk", ":in", "--dry-run", "--policy", ":edits.js"};
        String text = program.run(bulk).succeeds().out();
        assertEquals(20, text.lines().filter(line -> line.equals("--- site metadata")).count());
        assertTrue(text.contains("… and 4 more images that would change; --report"), text);
        JsonNode summary =
                new JsonMapper().readTree(program.run(with(bulk, "--json")).succeeds().out());
        assertEquals(20, summary.path("images").size());
        assertEquals(24, summary.path("changing").asInt());
        assertEquals("", program.run(with(bulk, "--quiet")).succeeds().out());
    }

    private static String[] with(String[] words, String... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void oneImageThatFailsMakesTheStatusOneAndIsNamedOnOneLine() {
        program.write("new\nline", "no image");
        Program.Outcome outcome = program.run("bulk", ":in", ":new\nline", "--out", ":out");
        assertEquals(1, outcome.status());
        assertTrue(outcome.err().startsWith("xenimage: new\\u000aline: failed: "), outcome.err());
        assertTrue(outcome.out().startsWith("2 delivered, 1 failed"), outcome.out());
    }

    @Test
    void aPolicyThatRanOnNoImageIsMentioned() throws IOException {
        program.write(
                "other.js",
                """
                export const policy = { api: 1, name: 'other', match: { name: 'db-1' } };
                export function onConfig(config, ctx) { config.c_info.name = 'x'; }
                """);
        program.write(
                "pv.js",
                """
                export const policy = { api: 1, name: 'pv', match: { guest: 'pv' } };
                export function onConfig(config, ctx) { config.c_info.name = 'x'; }
                """);
        String[] line = {
            "bulk", ":in", "--out", ":out", "--force", "--policy", ":other.js", "--policy", ":pv.js"
        };
        Program.Outcome text = program.run(line).succeeds();
        assertTrue(
                text.err().contains("policy other: warning: it ran on none of 2 images: "),
                text.err());
        assertFalse(text.err().contains("policy pv"), text.err());
        String[] json = java.util.Arrays.copyOf(line, line.length + 1);
        json[line.length] = "--json";
        JsonNode summary = new JsonMapper().readTree(program.run(json).succeeds().out());
        assertEquals(1, summary.path("neverRan").size());
        assertEquals("other", summary.at("/neverRan/0/policy").asText());
        assertFalse(summary.at("/neverRan/0/reason").asText().isEmpty());
    }

    @Test
    void aReportHasALineForEachImage() throws IOException {
        program.run("bulk", ":in", "--out", ":out", "--report", ":r.jsonl", "--quiet").succeeds();
        assertEquals(2, Files.readAllLines(folder.resolve("r.jsonl")).size());
    }

    @Test
    void anotherRunOverTheSameFolderIsRefused() {
        program.run("bulk", ":in", "--out", ":out").succeeds();
        assertTrue(
                program.run("bulk", ":in", "--out", ":out")
                        .failure()
                        .contains("use --resume to continue"));
        program.run("bulk", ":in", "--out", ":out", "--force").succeeds();
    }

    @Test
    void aDryRunNeedsNoFolder() {
        String out =
                program.run(
                                "bulk",
                                ":in",
                                "--dry-run",
                                "--policy",
                                "scrub-pattern",
                                "--set",
                                "text=SECRET")
                        .succeeds()
                        .out();
        assertTrue(out.contains("2 tried; 2 edits"), out);
    }

    @Test
    void whatDoesNotGoTogetherIsMisuse() {
        assertEquals(ExitStatus.USAGE, program.run("bulk", ":in").status());
        assertEquals(
                ExitStatus.USAGE,
                program.run("bulk", ":in", "--out", ":o", "--jobs", "-1").status());
        assertEquals(
                ExitStatus.USAGE, program.run("bulk", ":in", "--dry-run", "--resume").status());
        assertEquals(
                ExitStatus.USAGE,
                program.run("bulk", ":in", "--out", ":o", "--to", "odd").status());
        assertEquals(
                ExitStatus.USAGE,
                program.run("bulk", ":in", "--out", ":o", "--accept-changes").status());
    }

    @Test
    void aFullTargetFailsWhatDoesNotFitAndNoMore() throws IOException, InterruptedException {
        Path out = Files.createDirectory(folder.resolve("full"));
        assumeTrue(
                shell("mount", "-t", "tmpfs", "-o", "size=3m", "none", out.toString()),
                "a small file system can be made");
        try {
            Program.Outcome outcome =
                    program.run("bulk", ":in", "--out", ":full", "--jobs", "1", "--quiet");
            assertEquals(1, outcome.status());
            assertTrue(outcome.err().contains("sub/b.save: failed: "), outcome.err());
            assertTrue(outcome.err().contains("No space left"), outcome.err());
            assertArrayEquals(program.read("in/a.save"), program.read("full/a.save"));
            assertFalse(Files.exists(out.resolve("sub/b.save")));
            try (Stream<Path> left = Files.list(out.resolve(".xenimage-bulk/new"))) {
                assertEquals(0, left.count());
            }
            assertTrue(shell("mount", "-o", "remount,size=20m", out.toString()));
            program.run("bulk", ":in", "--out", ":full", "--resume").succeeds();
            assertArrayEquals(program.read("in/sub/b.save"), program.read("full/sub/b.save"));
        } finally {
            shell("umount", out.toString());
        }
    }

    private static boolean shell(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
