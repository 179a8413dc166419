package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.cli.shell.CommandTree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * No text of an image, a policy or a file's name reaches the terminal as a control character, whatever the command, in
 * text and in JSON.
 */
class HostileNamesTest {
    /** Clears the screen; goes to the line's start; begins a line; shows what follows backwards; ends a line in C1. */
    private static final String HOSTILE =
            "\u001b[2J\r\nxenimage: forged\u202eevil\u0085\u009b2J\u2028\ue000";

    @TempDir private Path folder;

    private Program program = new Program(Path.of("before-each"));

    @BeforeEach
    void makeHostileImage() throws IOException {
        program = new Program(folder);
        program.run("sample", ":plain.save", "--guest", "hvm", "--memory", "4").succeeds();
        program.write(
                "hostile.js",
                """
                export const policy = { api: 1, name: 'hostile', version: '1%1$s' };
                export function onConfig(config, ctx) {
                  config.c_info.name = '%1$s';
                  ctx.warn('%1$s');
                  ctx.log('%1$s');
                  console.log('%1$s');
                }
                export function onMetadata(meta, ctx) { meta['site.note'] = '%1$s'; }
                """
                        .formatted(json(HOSTILE)));
        program.write(
                "veto.js",
                """
                export const policy = { api: 1, name: 'veto' };
                export function onBegin(ctx) { ctx.veto('%s'); }
                """
                        .formatted(json(HOSTILE)));
        program.write(
                "throws.py",
                "POLICY = {'api': 1, 'name': 'throws'}\n\n\ndef on_begin(ctx):\n    raise ValueError('%s')\n"
                        .formatted(json(HOSTILE)));
        program.write(
                "hostile.test.js",
                "export function testIt(t) { console.log('%1$s'); t.fail('%1$s'); }\n"
                        .formatted(json(HOSTILE)));
        program.write(
                "hostile.json",
                """
                {"xenimage-capabilities": 1, "name": "%1$s", "formats": ["xl"], "streams": [2, 3], "%1$s": 1,
                 "emulators": ["%1$s"]}
                """
                        .formatted(json(HOSTILE)));
        program.run("rewrite", ":plain.save", ":h.save", "--policy", ":hostile.js").succeeds();
        program.run(
                        "rewrite",
                        ":plain.save",
                        "--dry-run",
                        "--policy",
                        ":hostile.js",
                        "--log",
                        ":replayed.log")
                .succeeds();
        program.write(
                "other.js",
                """
                export const policy = { api: 1, name: 'hostile' };
                export function onMetadata(meta, ctx) { meta['site.note'] = 'else'; }
                """);
        program.run(
                        "convert",
                        ":h.save",
                        ":h.native",
                        "--to",
                        "native",
                        "--provenance",
                        "--operator",
                        HOSTILE)
                .succeeds();
        Files.write(
                program.file("cut.save"), java.util.Arrays.copyOf(program.read("h.save"), 200_000));
    }

    private static String json(String text) {
        var escaped = new StringBuilder();
        text.chars().forEach(c -> escaped.append("\\u%04x".formatted(c)));
        return escaped.toString();
    }

    /** Command lines that show something of the image, of a policy, or of a name; some fail. */
    private Map<String, List<List<String>>> lines() {
        Map<String, List<List<String>>> lines = new TreeMap<>();
        String odd = "odd\u001b[31m\r\u202e.save";
        lines.put(
                "info",
                List.of(
                        line(":h.save"),
                        line(":h.native", "--records"),
                        line(":cut.save"),
                        line(":" + odd)));
        lines.put(
                "verify",
                List.of(line(":h.save"), line(":h.native"), line(":cut.save"), line(":" + odd)));
        lines.put(
                "can-restore",
                List.of(
                        line(":h.save", "--host", ":hostile.json"),
                        line(":h.save", "--host", ":" + odd),
                        line(":" + odd, "--host", "4.17")));
        lines.put(
                "capabilities",
                List.of(
                        line("--file", ":hostile.json"),
                        line("--xen", odd),
                        line("--xen", "4.17", "--name", odd),
                        line("--xl-info", ":hostile.json")));
        lines.put(
                "rewrite",
                List.of(
                        line(":h.save", "--dry-run", "--policy", ":hostile.js"),
                        line(":h.save", "--dry-run", "--policy", ":hostile.js", "--log", "-"),
                        line(":h.save", "--dry-run", "--policy", ":hostile.js", "--trace"),
                        line(":h.save", "--dry-run", "--shadow", ":hostile.js"),
                        line(":h.save", "--dry-run", "--shadow", ":throws.py", "--trace-log", "-"),
                        line(":h.save", ":o", "--policy", ":veto.js"),
                        line(":h.save", ":o", "--policy", ":throws.py"),
                        line(":h.save", ":o", "--policy", ":" + odd + ".js"),
                        line(":h.save", ":o", "--site", ":" + odd)));
        lines.put(
                "convert",
                List.of(
                        line(":h.save", "--to", "libxc-v2", "--explain"),
                        line(":cut.save", ":o", "--to", "native"),
                        line(":" + odd, ":o", "--to", "xl")));
        lines.put(
                "bulk",
                List.of(
                        line(
                                ":h.save",
                                ":cut.save",
                                ":" + odd,
                                "--dry-run",
                                "--policy",
                                ":hostile.js",
                                "--report",
                                "-")));
        lines.put(
                "diff",
                List.of(
                        line(":plain.save", ":h.save", "--pages"),
                        line(":h.save", ":plain.save"),
                        line(":" + odd, ":h.save")));
        lines.put("salvage", List.of(line(":cut.save", "--dry-run"), line(":" + odd, "--dry-run")));
        lines.put("save", List.of(line(odd, ":o", "--xl", "false")));
        lines.put(
                "restore",
                List.of(line(":cut.save", "--xl", "false"), line(":" + odd, "--xl", "false")));
        lines.put(
                "save-helper",
                List.of(
                        line(
                                "--policy",
                                ":" + odd + ".js",
                                "--",
                                "--save-domain",
                                "1048576",
                                "-1",
                                odd,
                                "0"),
                        line("--", odd)));
        lines.put("relay", List.of(line("--policy", ":" + odd + ".js", "--", "false")));
        lines.put("extract config", List.of(line(":" + odd)));
        lines.put("extract metadata", List.of(line(":" + odd)));
        lines.put("extract record", List.of(line(":h.save", odd), line(":" + odd, "END")));
        lines.put(
                "extract pages",
                List.of(line(":h.save", "--pfn", odd), line(":" + odd, "--pfn", "1")));
        lines.put("dump", List.of(line(":cut.save", ":" + odd + "/x")));
        lines.put("load", List.of(line(":" + odd, ":o")));
        lines.put("section list", List.of(line(":" + odd)));
        lines.put(
                "section get",
                List.of(line(":h.native", odd), line(":h.native", "a.b", "-o", ":missing/" + odd)));
        lines.put(
                "section add",
                List.of(line(":h.native", odd, ":h.save"), line(":h.native", "a.b", ":" + odd)));
        lines.put("section drop", List.of(line(":h.native", odd)));
        lines.put(
                "metadata",
                List.of(
                        line(":h.native"),
                        line(":h.native", "get", "site.note"),
                        line(":h.native", "get", odd)));
        lines.put("sign", List.of(line(":h.native", "--key", ":" + odd)));
        lines.put("provenance", List.of(line(":h.native"), line(":" + odd)));
        lines.put(
                "console",
                List.of(
                        line(":h.save", "-c", "image.name"),
                        line(":h.save", "-c", "console.log(image.name)"),
                        line(":h.save", "-c", "throw new Error(image.name)"),
                        line(":" + odd, "-c", "1")));
        lines.put("sample", List.of(line(":" + odd + "/x", "--guest", "pv")));
        lines.put("policy types", List.of(line(":" + odd), line(":" + odd + "/x/y")));
        lines.put("policy new", List.of(line(":" + odd + "/x.js")));
        lines.put("policy check", List.of(line(":hostile.js"), line(":" + odd + ".js")));
        lines.put("policy show", List.of(line(":hostile.js"), line(":" + odd + ".js")));
        lines.put("policy test", List.of(line(":hostile.test.js"), line(":" + odd)));
        lines.put(
                "policy bench",
                List.of(
                        line(":hostile.js", "--seconds", "0", "--image", ":h.save"),
                        line(":" + odd + ".js")));
        lines.put(
                "policy replay",
                List.of(
                        line(":hostile.js", ":h.save"),
                        line(":" + odd),
                        line(":replayed.log"),
                        line(":replayed.log", "--policy", ":other.js")));
        lines.put("policy list", List.of(line()));
        lines.put(
                "policy bundle", List.of(line(":" + odd, "-o", ":o"), line(":.", "-o", ":" + odd)));
        lines.put("policy verify", List.of(line(":" + odd), line(":hostile.js")));
        lines.put("agent", List.of(line(odd), line("--warm", odd), line("--status")));
        lines.put("completion", List.of(line(odd)));
        lines.put("help", List.of(line(odd)));
        return lines;
    }

    private static List<String> line(String... words) {
        return List.of(words);
    }

    @Test
    void noCommandLetsAControlCharacterThrough() throws IOException {
        var walked = new TreeSet<String>();
        for (var command : lines().entrySet()) {
            walked.add(command.getKey());
            for (List<String> rest : command.getValue()) {
                for (boolean json : new boolean[] {false, true}) {
                    List<String> words = new ArrayList<>(List.of(command.getKey().split(" ")));
                    if (json) words.add("--json");
                    words.addAll(rest);
                    Program.Outcome outcome = program.run(words.toArray(String[]::new));
                    harmless(words, outcome.out());
                    harmless(words, outcome.err());
                    assertTrue(outcome.status() != 3, words + outcome.err());
                    if (json && outcome.status() != 0) oneErrorInJson(words, outcome);
                }
            }
        }
        assertEquals(commands(), walked, "the commands that were walked");
    }

    private static Set<String> commands() {
        var names = new TreeSet<String>();
        for (CommandTree.Entry command : CommandTree.of(XenimageCommand.all()).commands())
            if (!command.group()) names.add(command.path());
        return names;
    }

    private static void harmless(List<String> words, String text) {
        text.codePoints()
                .forEach(point -> {
                    int type = Character.getType(point);
                    boolean bad =
                            point != '\n'
                                    && ((type == Character.CONTROL && point != '\t')
                                            || type == Character.FORMAT
                                            || type == Character.LINE_SEPARATOR
                                            || type == Character.PARAGRAPH_SEPARATOR);
                    assertFalse(bad, () -> words + ": U+%04X in ".formatted(point) + text);
                });
        // What the user's own code prints may have lines; nothing else may.
        if (!words.contains("console.log(image.name)"))
            assertFalse(
                    text.lines().anyMatch(line -> line.startsWith("xenimage: forged")),
                    words + text);
    }

    private static void oneErrorInJson(List<String> words, Program.Outcome outcome)
            throws IOException {
        var mapper = new JsonMapper();
        List<String> lines =
                Stream.concat(outcome.out().lines(), outcome.err().lines())
                        .filter(line -> line.startsWith("{"))
                        .toList();
        assertFalse(lines.isEmpty(), words + ": no object; " + outcome.out() + outcome.err());
        for (String line : lines) mapper.readTree(line);
    }
}
