package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** {@code xenimage diff}: what it prints, and its exit status, which is that of diff(1). */
class DiffCommandTest {
    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeSample() {
        program = new Program(folder);
        program.run("sample", ":a.save", "--guest", "pv", "--memory", "4").succeeds();
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "native-stream"})
    void anImageIsTheSameInAnotherFormat(String format) {
        program.run("convert", ":a.save", ":b", "--to", format).succeeds();
        Program.Outcome outcome = program.run("diff", ":a.save", ":b").succeeds();
        assertEquals("", outcome.out());
    }

    @Test
    void imagesThatDifferAreStatusOneAndSaidByName() throws IOException {
        program.run("sample", ":b.save", "--guest", "pv", "--memory", "4", "--name", "web2")
                .succeeds();
        Program.Outcome outcome = program.run("diff", "--pages", ":a.save", ":b.save");
        assertEquals(1, outcome.status());
        assertTrue(
                outcome.out().contains("config c_info.name: \"sample-pv\" → \"web2\""),
                outcome.out());
        JsonNode json =
                new JsonMapper()
                        .readTree(program.run("diff", "--json", ":a.save", ":b.save").out());
        assertEquals("config", json.at("/differences/0/part").asText());
        assertEquals(false, json.get("same").asBoolean());
        assertEquals("", program.run("diff", "--quiet", ":a.save", ":b.save").out());
    }

    @Test
    void anImageThatCannotBeReadIsStatusTwo() {
        program.write("b.save", "no image".repeat(20));
        Program.Outcome outcome = program.run("diff", ":a.save", ":b.save");
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().contains("b.save"), outcome.err());
        assertEquals(2, program.run("diff", ":a.save", ":missing").status());
        assertEquals(2, program.run("diff", ":a.save").status());
        assertEquals(2, program.run("diff", "-", "-").status());
    }

    @Test
    void whatACoreCannotHoldIsSaidOnce() throws IOException {
        program.run("sample", ":save", "--guest", "hvm", "--memory", "4").succeeds();
        program.run("convert", ":save", ":core", "--to", "dump-core", "--allow-loss").succeeds();
        for (String[] line :
                new String[][] {{"diff", ":save", ":core"}, {"diff", ":core", ":save"}}) {
            Program.Outcome outcome = program.run(line);
            assertEquals(1, outcome.status(), outcome.err());
            List<String> lines = outcome.out().lines().toList();
            assertTrue(lines.getFirst().contains("a dump-core cannot hold"), lines.getFirst());
            assertTrue(lines.getFirst().contains("values of the config"), lines.getFirst());
            // What is left: records of the core alone, and pages.
            assertTrue(lines.size() < 6, outcome.out());
        }
        JsonNode json =
                new JsonMapper().readTree(program.run("diff", ":save", ":core", "--json").out());
        assertTrue(json.at("/notInCore/config").asInt() > 10, json.toString());
        assertTrue(json.path("differences").size() < 6, json.toString());
    }
}
