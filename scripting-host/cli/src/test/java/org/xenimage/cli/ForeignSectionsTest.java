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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Sections that another site defines, in every command: an optional one is still there afterwards, a mandatory one is
 * refused by its name, and nothing is written. The image also has a section of this site, which a policy edits.
 */
class ForeignSectionsTest {
    private static final String OWN = "here.log";
    private static final String OPTIONAL = "elsewhere.screen";
    private static final String MANDATORY = "elsewhere.lock";

    /** Commands that read no native image: other input, or a toolstack's stream, which holds no sections. */
    private static final List<String> OTHERS =
            List.of(
                    "agent",
                    "capabilities",
                    "completion",
                    "help",
                    "policy",
                    "relay",
                    "restore",
                    "sample",
                    "save",
                    "save-helper");

    private static final String SECTION_POLICY =
            """
            export const policy = { api: 1, name: 'own' };
            export function onSection(section, ctx) {
              ctx.log(section.name);
              if (section.name === 'here.log') section.text = 'redacted';
              if (section.name.startsWith('.')) section.drop();
            }
            """;

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImage() {
        program = new Program(folder);
        program.write("log", "password: hunter2\n");
        program.write("other", "what the other site keeps here");
        program.write("own.js", SECTION_POLICY);
        program.write("commit.txt", ":commit " + program.file("out") + "\n");
        program.write("here.json", "{\"sections\": {\"" + OWN + "\": {\"type\": \"text/plain\"}}}");
        program.write(
                "both.json", "{\"sections\": {\"" + OWN + "\": {}, \"" + MANDATORY + "\": {}}}");
        program.run("sample", ":in.save", "--guest", "pvh", "--memory", "4").succeeds();
        program.run("convert", ":in.save", ":in.native", "--to", "native").succeeds();
        program.run("sign", "--new-key", ":ada.key").succeeds();
        program.run("section", "add", ":in.native", OWN, ":log", "--type", "text/plain").succeeds();
        program.run("section", "add", ":in.native", OPTIONAL, ":other", "--type", "x").succeeds();
    }

    /** What each command that writes does to an image, and where its output is; those that edit in place: the image. */
    private static Map<String, List<String>> writing(String image) {
        Map<String, List<String>> lines = new LinkedHashMap<>();
        lines.put("rewrite " + image + " :out --policy :own.js", List.of("out"));
        lines.put("convert " + image + " :out --to native-stream", List.of("out"));
        lines.put("convert " + image + " :out --to native --compress zstd", List.of("out"));
        lines.put("bulk " + image + " --out :folder --policy :own.js", List.of("folder/out"));
        lines.put("salvage " + image + " :out", List.of("out"));
        lines.put("dump " + image + " :dump", List.of());
        lines.put("load :dump :out", List.of("out"));
        lines.put("console " + image + " -f :commit.txt", List.of("out"));
        lines.put("metadata " + image + " set a.b=c", List.of(image.substring(1)));
        lines.put("sign " + image + " --key :ada.key", List.of(image.substring(1)));
        lines.put("sign " + image + " --key :ada.key -o :out", List.of("out"));
        lines.put("section add " + image + " here.more :log", List.of(image.substring(1)));
        lines.put("section drop " + image + " here.more", List.of(image.substring(1)));
        return lines;
    }

    private static List<String> reading(String image) {
        return List.of(
                "info " + image,
                "verify " + image,
                "can-restore " + image + " --host 4.17",
                "diff " + image + " " + image,
                "extract config " + image + " -o :part --force",
                "extract metadata " + image + " -o :part --force",
                "extract record " + image + " END -o :part --force",
                "extract pages " + image + " --pfn 0 -o :part --force",
                "metadata " + image,
                "provenance " + image,
                "console " + image + " -c 1",
                "section list " + image,
                "section get " + image + " " + OPTIONAL + " -o :part --force");
    }

    private Program.Outcome run(String line) {
        return program.run(line.split(" "));
    }

    private String content(String image, String name) throws IOException {
        program.run("section", "get", image, name, "-o", ":got", "--force").succeeds();
        return Files.readString(program.file("got"));
    }

    /** The file of a bulk run, wherever it put it. */
    private String output(String name) throws IOException {
        if (!name.startsWith("folder")) return name;
        try (Stream<Path> all = Files.walk(program.file("folder"))) {
            return all.filter(one -> one.toString().endsWith(".native"))
                    .map(one -> folder.relativize(one).toString())
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void remove(String name) throws IOException {
        Path root = program.file(name);
        if (!Files.exists(root)) return;
        try (Stream<Path> all = Files.walk(root)) {
            for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList())
                Files.delete(one);
        }
    }

    @Test
    void everyCommandIsHere() {
        Set<String> named = new TreeSet<>(OTHERS);
        for (String line : writing(":x").keySet()) named.add(line.substring(0, line.indexOf(' ')));
        for (String line : reading(":x")) named.add(line.substring(0, line.indexOf(' ')));
        assertEquals(new TreeSet<>(XenimageCommand.all().getSubcommands().keySet()), named);
    }

    @Test
    void anOptionalSectionOfAnotherSiteSurvivesEveryCommand() throws IOException {
        byte[] before = program.read("in.native");
        for (String line : reading(":in.native")) {
            // No host takes a native image as it is.
            int expected = line.startsWith("can-restore") ? 1 : 0;
            Program.Outcome outcome = run(line);
            assertEquals(expected, outcome.status(), line + outcome.out() + outcome.err());
        }
        assertArrayEquals(before, program.read("in.native"));
        for (var one : writing(":in.native").entrySet()) {
            String line = one.getKey();
            run(line).succeeds();
            for (String name : one.getValue()) {
                String image = ":" + output(name);
                assertEquals("what the other site keeps here", content(image, OPTIONAL), line);
                boolean edited = line.contains("own.js");
                assertEquals(
                        edited ? "redacted" : "password: hunter2\n", content(image, OWN), line);
                // A recovered image is partial, which verify says.
                if (!line.startsWith("salvage")) run("verify " + image).succeeds();
            }
            remove("out");
            remove("folder");
        }
    }

    @Test
    void aMandatorySectionOfAnotherSiteIsRefusedByItsName() throws IOException {
        run("dump :in.native :dump").succeeds();
        run("section add :in.native " + MANDATORY + " :other --mandatory").succeeds();
        byte[] before = program.read("in.native");
        List<String> lines = new ArrayList<>(reading(":in.native"));
        lines.addAll(writing(":in.native").keySet());
        // These show and change sections by their names, whoever knows them; a dump is no image.
        lines.removeIf(line -> line.startsWith("section") || line.startsWith("load"));
        // What is salvaged is kept as it is, and stays mandatory.
        lines.removeIf(line -> line.startsWith("salvage"));
        run("salvage :in.native :out").succeeds();
        assertTrue(run("info :out").err().contains(MANDATORY));
        remove("out");
        for (String line : lines) {
            String own = line.startsWith("dump") ? line.replace(":dump", ":other.dump") : line;
            Program.Outcome refused = run(own + " --section-schema :here.json");
            assertTrue(refused.status() != 0, line);
            String told = refused.out() + refused.err();
            if (line.startsWith("bulk")) told += report();
            assertTrue(told.contains(MANDATORY), line + ": " + told);
            assertFalse(Files.exists(program.file("out")), line);
            assertArrayEquals(before, program.read("in.native"), line);
            remove("folder");
            if (line.startsWith("sign")) continue;
            assertTrue(
                    run(own + " --section-schema :both.json").status() < 2,
                    line + " by a site that knows it");
            remove("out");
            remove("folder");
            remove("other.dump");
            Files.write(program.file("in.native"), before);
        }
    }

    private String report() throws IOException {
        var all = new StringBuilder();
        try (Stream<Path> files = Files.walk(program.file("folder"))) {
            for (Path file : files.filter(Files::isRegularFile).toList())
                all.append(Files.readString(file));
        }
        return all.toString();
    }

    @Test
    void theSectionsOfTheFormatItselfAreNeverOfferedAndCannotBeDropped() throws IOException {
        run("sign :in.native --key :ada.key").succeeds();
        run("convert :in.native :in.stream --to native-stream").succeeds();
        for (String image : List.of("in.native", "in.stream")) {
            run("rewrite :" + image + " :out --policy :own.js --log :log.jsonl --force").succeeds();
            List<String> seen = new ArrayList<>();
            for (String line : Files.readAllLines(program.file("log.jsonl"))) {
                JsonNode entry = new JsonMapper().readTree(line);
                if (entry.has("log")) seen.add(entry.path("log").asText());
            }
            assertEquals(List.of(OWN, OPTIONAL), seen, image);
            run("verify :out").succeeds();
            Files.delete(program.file("log.jsonl"));
        }
        byte[] before = program.read("in.native");
        JsonNode sections =
                new JsonMapper()
                        .readTree(run("info --json :in.native").succeeds().out())
                        .at("/container/sections");
        assertTrue(sections.size() > 3, sections::toString);
        for (JsonNode section : sections) {
            String name = section.path("name").asText();
            if (name.startsWith(".site.")) continue;
            for (String action : List.of("drop :in.native " + name, "get :in.native " + name))
                assertTrue(run("section " + action).status() != 0, name);
            assertTrue(
                    run("section add :in.native " + name + " :log --replace").status() != 0, name);
            String policy =
                    "export const policy = { api: 1, name: 'bad' };\n"
                            + "export function onBegin(ctx) { ctx.addSection('"
                            + name
                            + "', 'x', 'y'); }";
            program.write("bad.js", policy);
            String told = run("rewrite :in.native :bad --policy :bad.js").failure();
            assertTrue(told.contains("is not the name of a section"), told);
            assertFalse(Files.exists(program.file("bad")), name);
        }
        assertArrayEquals(before, program.read("in.native"));
    }
}
