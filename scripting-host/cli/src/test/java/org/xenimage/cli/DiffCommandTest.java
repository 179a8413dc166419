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
}
