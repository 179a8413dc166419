package org.xenimage.cli;

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
import org.xenimage.cli.output.ExitStatus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** {@code policy test}, {@code policy bench} and the tests that {@code policy new} writes. */
class PolicyTestCommandTest {
    @TempDir private Path folder;

    private Program program = new Program(Path.of("before-each"));

    @BeforeEach
    void makePolicy() {
        program = new Program(folder);
        program.write(
                "mine.js",
                """
                export const policy = { api: 1, name: 'mine' };
                export function onConfig(config, ctx) { config.c_info.name = 'other'; }
                """);
        program.write(
                "mine.test.yaml",
                """
                cases:
                  - name: Renames
                    expect: { config: { c_info.name: other } }
                  - name: is wrong
                    expect: { unchanged: true }
                """);
    }

    @ParameterizedTest
    @CsvSource({"new-one.js, new-one.test.js", "new-one.py, test_new_one.py"})
    void aNewPolicyHasTestsThatPass(String policy, String test) throws IOException {
        Program.Outcome made = program.run("policy", "new", ":" + policy).succeeds();
        assertTrue(made.out().contains(test), made.out());
        Program.Outcome run = program.run("policy", "test", ":" + policy, "--coverage").succeeds();
        assertTrue(run.out().contains("2 passed"), run.out());
        assertTrue(run.out().contains("100 %"), run.out());
        program.run("policy", "check", ":" + policy).succeeds();
        Files.delete(program.file(policy));
        String unchanged = program.run("policy", "new", ":" + policy).failure();
        assertTrue(unchanged.contains(test + ": already exists"), unchanged);
        assertFalse(Files.exists(program.file(policy)), "nothing half written");
    }

    @Test
    void theStatusSaysWhetherAllPassed() {
        Program.Outcome all = program.run("policy", "test", ":.");
        assertEquals(ExitStatus.AT_FAULT, all.status());
        assertTrue(all.out().contains("1 passed, 1 failed"), all.out());
        assertTrue(all.out().contains("mine.test.yaml:5:26: unchanged"), all.out());
        assertTrue(
                program.run("policy", "test", ":mine.js", "--filter", "renames")
                        .succeeds()
                        .out()
                        .contains("1 passed"));
        assertTrue(
                program.run("policy", "test", ":.", "--filter", "mine.test*ren?mes")
                        .succeeds()
                        .out()
                        .contains("1 passed"));
        Program.Outcome none = program.run("policy", "test", ":.", "--filter", "nonesuch");
        assertEquals(ExitStatus.AT_FAULT, none.status());
        assertTrue(none.out().contains("no tests found"), none.out());
        assertTrue(program.run("policy", "test", ":missing").failure().contains("missing"));
        for (String odd :
                List.of("--json --tap", "--junit - --json", "--junit - --tap", "--junit x --watch"))
            assertEquals(
                    ExitStatus.USAGE,
                    program.run(("policy test :. " + odd).split(" ")).status(),
                    odd);
    }

    @Test
    void sectionsAreExpectedByTheirFieldsAndEveryEditOfOneMustBeNamed() {
        program.write(
                "site.json",
                """
                {"sections": {"a.usage": {"type": "x-usage", "fields": [
                  {"name": "version", "type": "u8"}, {"name": "load", "type": "u8"}]}}}
                """);
        program.write(
                "sec.js",
                """
                export const policy = { api: 1, name: 'sec' };
                export function onBegin(ctx) { ctx.addSection('a.note', 'text/plain', 'hello'); }
                export function onSection(section) {
                  if (section.name === 'a.screen') section.drop();
                  if (section.fields) { section.fields.load = 9; section.mandatory = true; }
                }
                """);
        String edits =
                "{ a.usage: { mandatory: true, fields: { load: 9 } }, a.note: { found: hell }, a.screen: absent }";
        program.write(
                "sec.test.yaml",
                """
                schema: site.json
                sample:
                  sections:
                    a.usage: { fields: { version: 1, load: 5 } }
                    a.screen: { type: image/png, hex: 89504e }
                cases:
                  - { name: right, expect: { edits: 4, sections: %s } }
                  - { name: field, expect: { sections: %s } }
                  - { name: unnamed, expect: { sections: %s } }
                  - { name: present, expect: { sections: %s } }
                  - { name: never, expect: { sections: %s } }
                  - { name: missing, expect: { others: allowed, sections: { a.other: { text: x } } } }
                  - { name: typo, expect: { others: allowed, sections: { a.usage: { fields: { laod: 9 } } } } }
                  - { name: unchanged, expect: { unchanged: true } }
                """
                        .formatted(
                                edits,
                                edits.replace("9", "8"),
                                edits.replace("mandatory: true, ", ""),
                                edits.replace("absent", "{ hex: 89504e }"),
                                edits.replace("found: hell", "gone: bye")));
        program.write(
                "sec.test.js",
                """
                export function testLooksAtSections(t) {
                  const result = t.run({ schema: 'site.json',
                    sample: { sections: { 'a.usage': { fields: { version: 1, load: 5 } } } } });
                  t.equal(result.sections.length, 2);
                  t.equal(result.sections[1].name, 'a.note');
                  t.equal(result.sections[1].text, 'hello');
                  t.equal(result.sections[0].fields, { version: 1, load: 9 });
                  t.ok(result.sections[0].mandatory);
                }
                """);
        String told = program.run("policy", "test", ":sec.js").out();
        for (String expected :
                List.of(
                        "2 passed, 7 failed",
                        "section a.usage load",
                        "an edit that the case does not name: section a.usage mandatory",
                        "an edit that the case does not name: section a.screen drop",
                        "section a.screen",
                        "section a.note gone: it had no \"bye\" before the run",
                        "section a.other",
                        "section a.usage laod (did you mean load?)",
                        "an edit that the case does not name: section a.note add"))
            assertTrue(told.contains(expected), expected + ": " + told);
        String[][] wrong = {
            {"sample: { format: xl, sections: { a.b: { text: x } } }", "expected native"},
            {"sample: { sections: { a.b: { text: x, hex: '00' } } }", "one of text, hex, fields"},
            {"sample: { sections: { a.b: { fields: { x: 1 } } } }", "has no fields of a.b"},
            {"sample: { sections: { B: { text: x } } }", "is not the name"},
            {"sample: { sections: { a.usage: { fields: { version: 1 } } } }", "load: is missing"},
            {"sample: { sections: { a.usage: { fields: { version: 1, load: 256 } } } }", "u8"},
            {"schema: none.json", "none.json"},
            {"expect: { sections: { a.b: { contents: x } } }", "contents"},
            {"expect: { sections: { a.b: gone } }", "keys, or absent"},
            {"expect: { sections: { B: absent } }", "is not the name"},
        };
        for (String[] one : wrong) {
            String expect =
                    one[0].startsWith("expect") ? one[0] : "expect: { outcome: ran }, " + one[0];
            program.write(
                    "sec.test.yaml", "schema: site.json\ncases: [{ name: one, " + expect + " }]\n");
            told = program.run("policy", "test", ":sec.test.yaml").out();
            assertTrue(told.contains(one[1]), one[0] + ": " + told);
            assertTrue(told.contains("0 passed") || told.contains("broken"), told);
        }
    }

    @Test
    void reportsGoWhereTheyAreWanted() throws IOException {
        String json = program.run("policy", "test", ":.", "--json").out();
        List<String> lines = json.lines().toList();
        assertEquals(3, lines.size(), json);
        JsonNode failed = new JsonMapper().readTree(lines.get(1));
        assertEquals("failed", failed.path("status").asText());
        assertEquals("unchanged", failed.path("mismatches").path(1).path("what").asText(), json);
        assertEquals(1, new JsonMapper().readTree(lines.get(2)).path("passed").asInt());

        String tap = program.run("policy", "test", ":.", "--tap").out();
        assertTrue(tap.startsWith("TAP version 13\n1..2\nok 1 - "), tap);

        program.run("policy", "test", ":.", "--junit", ":report.xml");
        String file = Files.readString(program.file("report.xml"));
        assertTrue(file.contains("<testsuite name=") && file.contains("tests=\"2\""), file);
        String standard = program.run("policy", "test", ":.", "--junit", "-").out();
        assertTrue(standard.startsWith("<?xml") && standard.endsWith("</testsuites>\n"), standard);
        String same = program.run("policy", "test", ":.", "--junit", ":mine.js").err();
        assertTrue(same.contains("this run reads this file"), same);
        assertTrue(Files.readString(program.file("mine.js")).contains("onConfig"));
    }

    @Test
    @Timeout(300)
    void watchingRunsAgainAfterAChange() throws InterruptedException {
        List<Program.Outcome> outcomes = new CopyOnWriteArrayList<>();
        Thread thread =
                new Thread(
                        () -> outcomes.add(program.run("policy", "test", ":mine.js", "--watch")));
        thread.start();
        awaitIdle(thread);
        program.write(
                "mine.test.yaml",
                "cases: [{name: again, expect: {config: {c_info.name: other}}}]\n");
        awaitRun(thread);
        awaitIdle(thread);
        thread.interrupt();
        thread.join();
        assertEquals(ExitStatus.FINE, outcomes.getFirst().status(), outcomes.getFirst().out());
        assertTrue(outcomes.getFirst().out().contains("again"), outcomes.getFirst().out());
    }

    /** Waits until the thread looks at the folder. */
    private static void awaitIdle(Thread thread) throws InterruptedException {
        while (!isWatching(thread)) Thread.sleep(20);
    }

    private static void awaitRun(Thread thread) throws InterruptedException {
        while (isWatching(thread)) Thread.sleep(1);
    }

    private static boolean isWatching(Thread thread) {
        return List.of(thread.getStackTrace()).stream()
                .anyMatch(frame -> frame.getMethodName().equals("awaitChange"));
    }

    @Test
    void benchSaysWhatEachHookCosts() throws IOException {
        Program.Outcome text =
                program.run("policy", "bench", ":mine.js", "--seconds", "0").succeeds();
        assertTrue(text.out().contains("onConfig") && text.out().contains("2 runs"), text.out());
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "4").succeeds();
        JsonNode json =
                new JsonMapper()
                        .readTree(
                                program.run(
                                                "policy",
                                                "bench",
                                                "rename-domain",
                                                "--set",
                                                "to=x",
                                                "--image",
                                                ":in.save",
                                                "--seconds",
                                                "0",
                                                "--json")
                                        .succeeds()
                                        .out());
        assertEquals("onConfig", json.path("hooks").path(0).path("hook").asText());
        assertEquals(1, json.path("hooks").path(0).path("calls").asInt());
        assertTrue(json.path("hooks").path(0).path("perCallNanoseconds").asLong() > 0);
    }

    @Test
    void testsInAPolicyFolderAreNoPolicies() {
        program.write("mine.test.js", "export function testNothing(t) {}\n");
        program.write("test_mine.py", "def test_nothing(t): pass\n");
        program.run("sample", ":../in.save", "--guest", "pv", "--memory", "4", "--force")
                .succeeds();
        String out =
                program.run("rewrite", ":../in.save", "--dry-run", "--policies", ":.")
                        .succeeds()
                        .out();
        assertTrue(out.contains("mine: 1 edit"), out);
        program.write("test_other.py", "def test_nothing(t): pass\n");
        String failure =
                program.run("rewrite", ":../in.save", "--dry-run", "--policies", ":.").failure();
        assertTrue(failure.contains("test_other.py"), "a file beside no policy is one: " + failure);
    }

    @Test
    void aModuleIsAnInputOfEveryRunAndRunsInBulk() throws IOException {
        Files.createDirectory(program.file("lib"));
        program.write("lib/name.js", "export const name = 'from-a-module';\n");
        program.write(
                "mine.js",
                """
                import { name } from './lib/name.js';
                export const policy = { api: 1, name: 'mine' };
                export function onConfig(config, ctx) { config.c_info.name = name; }
                """);
        program.run("sample", ":a.save", "--guest", "pv", "--memory", "4").succeeds();
        String unchanged =
                program.run("rewrite", ":a.save", ":lib/name.js", "--force", "--policy", ":mine.js")
                        .failure();
        assertTrue(unchanged.contains("this run reads this file"), unchanged);
        assertTrue(Files.readString(program.file("lib/name.js")).contains("from-a-module"));
        Program.Outcome bulk =
                program.run(
                                "bulk",
                                ":a.save",
                                "--out",
                                ":out",
                                "--policy",
                                ":mine.js",
                                "--report",
                                ":report")
                        .succeeds();
        assertTrue(bulk.out().contains("1 edit") || bulk.err().contains("1 edit"), bulk.toString());
        String info = program.run("info", ":out/a.save").succeeds().out();
        assertTrue(info.contains("from-a-module"), info);
        assertTrue(
                program.run("policy", "test", ":mine.js", "--filter", "is wrong")
                        .out()
                        .contains("from-a-module"));
    }
}
