package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code onSection} and {@code ctx.addSection}, by the commands that run policies. */
class SectionHookTest {
    private static final String LOG = "example.console-log";
    private static final String SCREEN = "example.screenshot";
    private static final String NOTE = "example.note";

    /** Redacts the one section, drops the other, and adds a third one. */
    private static final String JAVASCRIPT =
            """
            export const policy = { api: 1, name: 'sections', on: ['rewrite'] };
            export function onBegin(ctx) { ctx.addSection('example.note', 'text/plain', 'by ' + ctx.operator); }
            export function onSection(section, ctx) {
              ctx.log(`${section.name} ${section.type} ${section.mandatory} ${section.length}`);
              if (section.name === 'example.screenshot') section.drop();
              else section.text = section.text.replaceAll('hunter2', '*******');
            }
            export function onEnd(summary, ctx) { ctx.log(`${summary.edits} edits`); }
            """;

    private static final String PYTHON =
            """
            POLICY = {'api': 1, 'name': 'sections', 'on': ['rewrite']}
            def on_begin(ctx):
                ctx.add_section('example.note', 'text/plain', 'by ' + ctx.operator)
            def on_section(section, ctx):
                ctx.log(f'{section.name} {section.type} {str(section.mandatory).lower()} {section.length}')
                if section.name == 'example.screenshot':
                    section.drop()
                else:
                    section.text = section.text.replace('hunter2', '*******')
            def on_end(summary, ctx):
                ctx.log(f"{summary['edits']} edits")
            """;

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImage() {
        program = new Program(folder);
        program.write("console.txt", "login: root\npassword: hunter2\n");
        program.write("screen.png", "\u0089PNG");
        program.run("sample", ":in.save", "--guest", "pvh", "--memory", "4").succeeds();
        program.run("convert", ":in.save", ":in.native", "--to", "native").succeeds();
        add(LOG, ":console.txt", "--type", "text/plain");
        add(SCREEN, ":screen.png", "--type", "image/png");
        program.run("convert", ":in.native", ":in.stream", "--to", "native-stream").succeeds();
    }

    private void add(String... more) {
        List<String> line = new ArrayList<>(List.of("section", "add", ":in.native"));
        line.addAll(List.of(more));
        program.run(line.toArray(String[]::new)).succeeds();
    }

    /** Writes a policy, with a header if it has none, and returns its file. */
    private String policy(Language language, String javaScript, String python) {
        return switch (language) {
            case JAVASCRIPT -> {
                String header = "export const policy = { api: 1, name: 'tested' }; ";
                String source = javaScript.contains("api: 1") ? javaScript : header + javaScript;
                yield ":" + program.write("tested.js", source).getFileName();
            }
            case PYTHON -> {
                String header = "POLICY = {'api': 1, 'name': 'tested'}\n";
                String source = python.contains("'api': 1") ? python : header + python;
                yield ":" + program.write("tested.py", source).getFileName();
            }
        };
    }

    private Program.Outcome rewrite(String in, String out, String policy, String... more) {
        List<String> line =
                new ArrayList<>(
                        List.of("rewrite", in, out, "--policy", policy, "--operator", "ada"));
        line.addAll(List.of(more));
        return program.run(line.toArray(String[]::new));
    }

    private List<String> names(String image) throws IOException {
        List<String> names = new ArrayList<>();
        String listed = program.run("section", "list", "--json", image).succeeds().out();
        for (JsonNode one : new JsonMapper().readTree(listed).path("sections"))
            names.add(one.path("name").asText());
        return names;
    }

    private String content(String image, String name) throws IOException {
        program.run("section", "get", image, name, "-o", ":got", "--force").succeeds();
        return Files.readString(program.file("got"));
    }

    @ParameterizedTest
    @CsvSource({
        "JAVASCRIPT, in.native, false", "PYTHON, in.native, false", "JAVASCRIPT, in.stream, false",
        "PYTHON, in.stream, false", "JAVASCRIPT, in.native, true", "PYTHON, in.stream, true"
    })
    void aSectionIsReadReplacedDroppedAndAdded(Language language, String image, boolean isolated)
            throws IOException {
        String policy = policy(language, JAVASCRIPT, PYTHON);
        List<String> more = new ArrayList<>(List.of("--log", ":log"));
        if (isolated) more.add("--isolate");
        rewrite(":" + image, ":out", policy, more.toArray(String[]::new)).succeeds();
        assertEquals(List.of(LOG, NOTE), names(":out"));
        assertEquals("login: root\npassword: *******\n", content(":out", LOG));
        assertEquals("by ada", content(":out", NOTE));
        program.run("verify", ":out").succeeds();
        String log = Files.readString(program.file("log"));
        assertTrue(log.contains(LOG + " text/plain false 30"), log);
        assertTrue(log.contains("\"3 edits\""), log);
        assertTrue(log.contains("\"element\":\"section " + SCREEN + "\",\"path\":\"drop\""), log);
        assertTrue(log.contains("\"element\":\"section " + NOTE + "\",\"path\":\"add\""), log);
    }

    @ParameterizedTest
    @EnumSource
    void aDryRunShowsTheSectionsAsADiff(Language language) {
        String policy = policy(language, JAVASCRIPT, PYTHON);
        String shown =
                program.run("rewrite", ":in.native", "--policy", policy, "--dry-run")
                        .succeeds()
                        .out();
        assertTrue(shown.contains("section " + LOG + ":"), shown);
        assertTrue(shown.contains("-section " + SCREEN), shown);
        assertTrue(shown.contains("+section " + NOTE), shown);
        assertFalse(Files.exists(program.file("out")));
    }

    @Test
    void anImageThatHoldsNoSectionsTakesNoneAndHasNone() {
        String adds =
                policy(
                        Language.JAVASCRIPT,
                        "export function onBegin(ctx) { ctx.addSection('example.note', 'text/plain', 'x'); }",
                        "");
        String told = rewrite(":in.save", ":out", adds).failure();
        assertTrue(told.contains("written as xl, which has no place for sections"), told);
        assertTrue(told.contains("tested.js:1"), told);
        assertFalse(Files.exists(program.file("out")));
        String reads =
                policy(
                        Language.JAVASCRIPT,
                        "export function onSection(section, ctx) { section.drop(); }",
                        "");
        String warned = rewrite(":in.save", ":out", reads).succeeds().out();
        assertTrue(warned.contains("onSection is not called: the format xl has no"), warned);
        assertArrayEquals(program.read("in.save"), program.read("out"));
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT, false", "PYTHON, false", "JAVASCRIPT, true"})
    void aVetoOfASectionLeavesNothing(Language language, boolean isolated) {
        String policy =
                policy(
                        language,
                        "export function onSection(section, ctx) {"
                                + " if (section.text.includes('hunter2')) ctx.veto('a password'); }",
                        "def on_section(section, ctx):\n    if 'hunter2' in section.text: ctx.veto('a password')\n");
        String told =
                (isolated
                                ? rewrite(":in.native", ":out", policy, "--isolate")
                                : rewrite(":in.native", ":out", policy))
                        .failure();
        assertTrue(told.contains("vetoed: a password"), told);
        assertTrue(told.contains("section " + LOG), told);
        assertFalse(Files.exists(program.file("out")));
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT, false", "PYTHON, false", "JAVASCRIPT, true"})
    void aSkippedPolicyHasChangedNoSection(Language language, boolean isolated) throws IOException {
        String policy =
                policy(
                        language,
                        JAVASCRIPT
                                .replace("on: [", "onError: 'skip', on: [")
                                .replace("ctx.log(`${summary.edits} edits`)", "null.x"),
                        PYTHON.replace("'on': [", "'onError': 'skip', 'on': [")
                                .replace("ctx.log(f\"{summary['edits']} edits\")", "1/0"));
        byte[] before = program.read("in.native");
        (isolated
                        ? rewrite(":in.native", ":out", policy, "--isolate")
                        : rewrite(":in.native", ":out", policy))
                .succeeds();
        assertEquals(List.of(LOG, SCREEN), names(":out"));
        assertEquals("login: root\npassword: hunter2\n", content(":out", LOG));
        assertArrayEquals(before, program.read("in.native"));
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT, false", "PYTHON, false", "JAVASCRIPT, true"})
    void aStreamKeepsItsMandatorySections(Language language, boolean isolated) throws IOException {
        program.write(
                "schema.json", "{\"sections\": {\"" + SCREEN + "\": {\"type\": \"image/png\"}}}");
        add(SCREEN, ":screen.png", "--type", "image/png", "--mandatory", "--replace");
        String[] schema = {"--section-schema", ":schema.json"};
        program.run(
                        "convert",
                        ":in.native",
                        ":must.stream",
                        "--to",
                        "native-stream",
                        schema[0],
                        schema[1])
                .succeeds();
        String drops =
                policy(
                        language,
                        "export function onSection(section, ctx) { if (section.mandatory) section.drop(); }",
                        "def on_section(section, ctx):\n    if section.mandatory: section.drop()\n");
        List<String> more = new ArrayList<>(List.of(schema));
        if (isolated) more.add("--isolate");
        String told = rewrite(":must.stream", ":out", drops, more.toArray(String[]::new)).failure();
        assertTrue(told.contains("cannot drop the mandatory section " + SCREEN), told);
        assertFalse(Files.exists(program.file("out")));
        rewrite(":in.native", ":out", drops, more.toArray(String[]::new)).succeeds();
        assertEquals(List.of(LOG), names(":out"));
        String adds =
                policy(
                        language,
                        "export function onBegin(ctx) { ctx.addSection('a.b', 'x', 'y', true); }",
                        "def on_begin(ctx):\n    ctx.add_section('a.b', 'x', 'y', True)\n");
        told = rewrite(":in.stream", ":other", adds).failure();
        assertTrue(told.contains("cannot add the mandatory section a.b"), told);
    }

    @ParameterizedTest
    @EnumSource
    void hostileValuesAreRefusedInPlainWords(Language language) {
        String[][] wrong = {
            {"section.name = 'a.b'", "section.name = 'a.b'", "section.name cannot be set"},
            {"section.type = 'a b'", "section.type = 'a b'", "is not the type of a section"},
            {"section.type = 1", "section.type = 1", "section.type: expected a string"},
            {"section.mandatory = 1", "section.mandatory = 'yes'", "expected true or false"},
            {"section.bytes = {}", "section.bytes = {}", "section.bytes"},
            {"section.text = '\\ud800'", "section.text = '\\ud800'", "unpaired surrogate"},
            {"section.bytes = [256]", "section.bytes = [256]", "section.bytes"},
            {"section.txt = 'x'", "section.txt = 'x'", "section has no txt"},
            {
                "ctx.addSection('x', 'y', 'z')",
                "ctx.add_section('x', 'y', 'z')",
                "'x' is not the name"
            },
            {
                "ctx.addSection('.shstrtab', 'y', 'z')",
                "ctx.add_section('.shstrtab', 'y', 'z')",
                "is not the name"
            },
            {"ctx.addSection('a.b', 'y')", "ctx.add_section('a.b', 'y')", "needs content"},
            {
                "ctx.addSection('a.b', 'y', { x: 1 })",
                "ctx.add_section('a.b', 'y', {'x': 1})",
                "content"
            },
            {
                "ctx.addSection('" + LOG + "', 'y', 'z')",
                "ctx.add_section('" + LOG + "', 'y', 'z')",
                "already has one"
            },
            {
                "for (let i = 0; i < 99; i++) ctx.addSection('a.b' + i, 'y', 'z')",
                "for i in range(99): ctx.add_section('a.b' + str(i), 'y', 'z')",
                "at most 64 sections"
            },
            {
                "section.bytes = new Uint8Array((64 << 20) + 1)",
                "section.bytes = bytes((64 << 20) + 1)",
                "limit of 65536 KiB"
            }
        };
        for (String[] one : wrong) {
            String policy =
                    policy(
                            language,
                            "export function onSection(section, ctx) { " + one[0] + "; }",
                            "def on_section(section, ctx):\n    " + one[1] + "\n");
            String told = rewrite(":in.native", ":out", policy).failure();
            assertTrue(told.contains(one[2]), one[0] + ": " + told);
            assertTrue(told.contains("tested."), told);
            assertFalse(Files.exists(program.file("out")), one[0]);
        }
    }
}
