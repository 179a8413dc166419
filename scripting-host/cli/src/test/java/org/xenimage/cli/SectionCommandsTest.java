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
import java.util.List;
import java.util.Random;

/** The sections of sites: {@code section}, and what the other commands make of them. */
class SectionCommandsTest {
    private static final String LOG = "example.console-log";
    private static final String SCREEN = "example.screenshot";

    @TempDir private Path folder;

    private Program program;

    /** Longer than a piece, and does not compress. */
    private final byte[] screen = new byte[(1 << 20) + 12345];

    @BeforeEach
    void makeImage() throws IOException {
        program = new Program(folder);
        new Random(7).nextBytes(screen);
        Files.write(program.file("screen.png"), screen);
        program.write("console.txt", "Linux version 6.1.0\n".repeat(1000));
        program.write("empty", "");
        program.write("key", "0123456789abcdef".repeat(4) + "\n");
        program.write(
                "schema.json", "{\"sections\": {\"" + SCREEN + "\": {\"type\": \"image/png\"}}}");
        program.run("sample", ":in.save", "--guest", "pvh", "--memory", "4").succeeds();
        program.run("convert", ":in.save", ":in.native", "--to", "native").succeeds();
    }

    private JsonNode json(String... line) throws IOException {
        return new JsonMapper().readTree(program.run(line).succeeds().out());
    }

    private void add(String image, String... more) {
        List<String> line = new ArrayList<>(List.of("section", "add", image));
        line.addAll(List.of(more));
        program.run(line.toArray(String[]::new)).succeeds();
    }

    private void addBoth(String image) {
        add(image, LOG, ":console.txt", "--type", "text/plain", "--key-file", ":key");
        add(image, SCREEN, ":screen.png", "--type", "image/png", "--key-file", ":key");
    }

    /** Both sections of an image have what was put in. */
    private void assertBoth(String image) {
        for (String[] one : new String[][] {{LOG, "console.txt"}, {SCREEN, "screen.png"}}) {
            program.run(
                            "section",
                            "get",
                            image,
                            one[0],
                            "-o",
                            ":got",
                            "--force",
                            "--key-file",
                            ":key")
                    .succeeds();
            assertArrayEquals(program.read(one[1]), program.read("got"), image + " " + one[0]);
        }
    }

    @Test
    void aFileIsPutInListedShownReplacedAndDropped() throws IOException {
        addBoth(":in.native");
        add(":in.native", "example.empty", ":empty");
        assertBoth(":in.native");
        JsonNode all = json("section", "list", "--json", ":in.native").path("sections");
        assertEquals(3, all.size());
        assertEquals(SCREEN, all.path(1).path("name").asText());
        assertEquals("image/png", all.path(1).path("type").asText());
        assertFalse(all.path(1).path("mandatory").asBoolean());
        assertEquals(screen.length, all.path(1).path("length").asLong());
        String list = program.run("section", "list", ":in.native").succeeds().out();
        assertTrue(list.contains("text/plain") && list.contains("20000 bytes"), list);
        program.run("section", "get", ":in.native", "example.empty", "-o", ":none").succeeds();
        assertEquals(0, program.read("none").length);

        String again = program.run("section", "add", ":in.native", LOG, ":screen.png").failure();
        assertTrue(again.contains("--replace"), again);
        add(":in.native", LOG, ":screen.png", "--replace");
        program.run("section", "get", ":in.native", LOG, "-o", ":got", "--force").succeeds();
        assertArrayEquals(screen, program.read("got"));
        program.run("section", "drop", ":in.native", LOG).succeeds();
        program.run("section", "drop", ":in.native", "example.empty").succeeds();
        assertEquals(1, json("section", "list", "--json", ":in.native").path("sections").size());
        String gone = program.run("section", "get", ":in.native", LOG, "-o", ":x").failure();
        assertTrue(gone.contains("has no section " + LOG + "; it has " + SCREEN), gone);
        program.run("verify", ":in.native").succeeds();
        program.run("section", "drop", ":in.native", SCREEN).succeeds();
        program.run("convert", ":in.native", ":out.save", "--to", "xl").succeeds();
        assertArrayEquals(program.read("in.save"), program.read("out.save"));
    }

    @Test
    void sectionsAreShownByInfoAndComparedByDiff() throws IOException {
        Files.copy(program.file("in.native"), program.file("other.native"));
        addBoth(":in.native");
        addBoth(":other.native");
        String info = program.run("info", ":in.native").succeeds().out();
        assertTrue(info.contains(LOG + ", text/plain, optional, 20000 bytes"), info);
        JsonNode sites = json("info", "--json", ":in.native").at("/container/siteSections");
        assertEquals(SCREEN, sites.path(1).path("name").asText());
        program.run("diff", ":in.native", ":other.native").succeeds();
        add(":other.native", LOG, ":screen.png", "--type", "text/plain", "--replace");
        Program.Outcome differs = program.run("diff", ":in.native", ":other.native");
        assertEquals(1, differs.status());
        assertTrue(differs.out().contains("section." + LOG + ".sha256"), differs.out());
    }

    @Test
    void sectionsGoThroughADumpAndBothForms() {
        addBoth(":in.native");
        program.run("dump", ":in.native", ":dump").succeeds();
        program.run("load", ":dump", ":loaded.native").succeeds();
        assertBoth(":loaded.native");
        program.run("convert", ":in.native", ":stream", "--to", "native-stream").succeeds();
        assertBoth(":stream");
        program.run("convert", ":stream", ":again.native", "--to", "native").succeeds();
        assertBoth(":again.native");
        program.run("verify", ":stream").succeeds();
    }

    @Test
    void sectionsAreCompressedAndEncryptedAsTheImageIs() throws IOException {
        addBoth(":in.native");
        String marker = "Linux version 6.1.0\nLinux version";
        assertTrue(contains("in.native", marker));
        program.run("convert", ":in.native", ":small", "--to", "native", "--compress", "zstd")
                .succeeds();
        assertBoth(":small");
        assertFalse(contains("small", marker));
        program.run(
                        "convert",
                        ":in.native",
                        ":secret",
                        "--to",
                        "native",
                        "--encrypt",
                        "--key-file",
                        ":key")
                .succeeds();
        assertBoth(":secret");
        assertFalse(contains("secret", marker));
        assertEquals(2, json("section", "list", "--json", ":secret").path("sections").size());
        String sealed = program.run("section", "get", ":secret", LOG, "-o", ":x").failure();
        assertTrue(sealed.contains("key"), sealed);
        // Put into an encrypted image, they are encrypted at once; without the key they cannot be.
        byte[] before = program.read("secret");
        program.run("section", "add", ":secret", "example.other", ":console.txt").failure();
        assertArrayEquals(before, program.read("secret"));
        add(":secret", "example.other", ":console.txt", "--key-file", ":key");
        assertFalse(contains("secret", marker));
        program.run("verify", ":secret", "--key-file", ":key").succeeds();
        program.run(
                        "convert",
                        ":secret",
                        ":open",
                        "--to",
                        "native",
                        "--decrypt",
                        "--key-file",
                        ":key")
                .succeeds();
        assertBoth(":open");
        assertTrue(contains("open", marker));
    }

    private boolean contains(String file, String text) {
        String all = new String(program.read(file), java.nio.charset.StandardCharsets.ISO_8859_1);
        return all.contains(text);
    }

    @Test
    void aConversionSaysWhichSectionsItLoses() {
        addBoth(":in.native");
        String lost =
                program.run("convert", ":in.native", ":out.save", "--to", "xl").succeeds().err();
        String expected = "loses: sections that xl has no place for: %s, %s".formatted(LOG, SCREEN);
        assertTrue(lost.contains(expected), lost);
        // Those of a stream come after its pages.
        program.run("convert", ":in.native", ":stream", "--to", "native-stream").succeeds();
        for (String[] more :
                new String[][] {{":other.save"}, {":dry.save", "--dry-run"}, {"--explain"}}) {
            List<String> line = new ArrayList<>(List.of("convert", ":stream", "--to", "xl"));
            line.addAll(List.of(more));
            String told = program.run(line.toArray(String[]::new)).succeeds().err();
            assertEquals(1, told.split("loses: sections", -1).length - 1, told);
            assertTrue(told.contains(expected), told);
        }
    }

    @Test
    void aSignatureCoversTheSections() {
        program.run("sign", "--new-key", ":ada.key").succeeds();
        addBoth(":in.native");
        program.run("sign", ":in.native", "--key", ":ada.key").succeeds();
        program.run("provenance", ":in.native", "--trust", ":ada.key.pub").succeeds();
        add(":in.native", LOG, ":screen.png", "--replace", "--operator", "mallory");
        // The chain is sound, because the change has a statement; but nobody trusted signed it.
        program.run("provenance", ":in.native").succeeds();
        String unsigned =
                program.run("provenance", ":in.native", "--trust", ":ada.key.pub").failure();
        assertTrue(unsigned.contains("no trusted key"), unsigned);
        program.run("sign", ":in.native", "--key", ":ada.key").succeeds();
        program.run("provenance", ":in.native", "--trust", ":ada.key.pub").succeeds();
        program.run("verify", ":in.native").succeeds();
    }

    @Test
    void aMandatorySectionThatNobodyDescribedIsRefusedByItsNameInEveryCommand() throws IOException {
        program.run("sign", "--new-key", ":ada.key").succeeds();
        program.run("sign", ":in.native", "--key", ":ada.key").succeeds();
        add(":in.native", SCREEN, ":screen.png", "--type", "image/png", "--mandatory");
        program.run(
                        "convert",
                        ":in.native",
                        ":in.stream",
                        "--to",
                        "native-stream",
                        "--section-schema",
                        ":schema.json")
                .succeeds();
        for (String image : List.of(":in.native", ":in.stream")) {
            List<List<String>> lines =
                    List.of(
                            List.of("info", image),
                            List.of("verify", image),
                            List.of("rewrite", image, ":out"),
                            List.of("convert", image, ":out", "--to", "xl"),
                            List.of("diff", image, image),
                            List.of("dump", image, ":dumped"),
                            List.of("extract", "config", image, "-o", ":out"),
                            List.of("extract", "metadata", image, "-o", ":out"),
                            List.of("extract", "record", image, "END", "-o", ":out"),
                            List.of("extract", "pages", image, "--pfn", "0", "-o", ":out"),
                            List.of("metadata", image),
                            List.of("provenance", image),
                            List.of("sign", image, "--key", ":ada.key", "-o", ":out"),
                            List.of("bulk", image, "--out", ":folder", "--force"));
            for (List<String> line : lines) {
                Program.Outcome refused = program.run(line.toArray(String[]::new));
                assertTrue(refused.status() != 0, line.toString()); // 2 of diff: it cannot compare
                String told = refused.out() + refused.err();
                if (line.contains("--out")) told += Files.readString(report());
                assertTrue(told.contains(SCREEN), line + ": " + told);
                assertFalse(Files.exists(program.file("out")), line.toString());
                List<String> known = new ArrayList<>(line);
                known.addAll(List.of("--section-schema", ":schema.json"));
                if (List.of("info", "verify", "rewrite", "metadata").contains(line.getFirst()))
                    program.run(known.toArray(String[]::new)).succeeds();
                Files.deleteIfExists(program.file("out"));
            }
        }
        program.run("section", "list", ":in.native").succeeds();
        program.run("section", "drop", ":in.native", SCREEN).succeeds();
        program.run("info", ":in.native").succeeds();
    }

    /** What a bulk run says of its images. */
    private Path report() throws IOException {
        try (var all = Files.walk(program.file("folder"))) {
            return all.filter(one -> one.toString().contains("report"))
                    .findFirst()
                    .orElse(program.file("empty"));
        }
    }

    @Test
    void wrongNamesAndTypesAndFilesAreMisuse() {
        byte[] before = program.read("in.native");
        for (String name : List.of("console", "Example.log", "example..log", "a.".repeat(30) + "b"))
            assertEquals(
                    2, program.run("section", "add", ":in.native", name, ":console.txt").status());
        assertEquals(
                2,
                program.run("section", "add", ":in.native", LOG, ":console.txt", "--type", "a b")
                        .status());
        program.run("section", "add", ":in.native", LOG, ":nothing").failure();
        program.run("section", "list", ":in.save").failure();
        assertArrayEquals(before, program.read("in.native"));
    }

    @Test
    void aWrongSchemaIsRefusedWithItsLine() throws IOException {
        String[][] wrong = {
            {"{\"sections\":\n {\"Example\": {}}}", ":2"},
            {"{\"sections\": {\n\"a.b\": {\"type\": \"x\",\n \"kind\": 1}}}", ":3"},
            {"{\n\"section\": {}}", ":2"},
            {"{\n\"sections\": []}", ":2"},
            {"{\n\"sections\": {\"a.b\": 1}}", ":2"}
        };
        for (String[] one : wrong) {
            program.write("wrong.json", one[0]);
            String told =
                    program.run("info", ":in.native", "--section-schema", ":wrong.json").failure();
            assertTrue(told.contains("wrong.json" + one[1]), told);
        }
        program.write("wrong.json", "{\"sections\":\n {");
        program.run("info", ":in.native", "--section-schema", ":wrong.json").failure();
    }
}
