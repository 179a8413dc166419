package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The commands that only look: info, verify, extract, policy, completion. */
class ReportCommandsTest {
    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeSample() {
        program = new Program(folder);
        program.run(
                        "sample",
                        ":in.save",
                        "--guest",
                        "hvm",
                        "--memory",
                        "8",
                        "--vcpus",
                        "2",
                        "--name",
                        "web1")
                .succeeds();
    }

    @Test
    void infoTellsGuestPagesAndRecords() throws IOException {
        String text = program.run("info", "--records", ":in.save").succeeds().out();
        assertTrue(
                text.contains("web1") && text.contains("HVM") && text.contains("HVM_CONTEXT"),
                text);
        JsonNode json =
                new JsonMapper()
                        .readTree(program.run("info", "--json", ":in.save").succeeds().out());
        assertEquals("hvm", json.at("/guest/type").asText());
        assertEquals("COMPLETE", json.at("/ending").asText());
        assertEquals(Files.size(program.file("in.save")), json.at("/size").asLong());
        assertTrue(json.at("/pages/withContents").asLong() > 1000, json.toString());
    }

    @Test
    void infoOfADamagedImageTellsWhatThereIsAndFails() throws IOException {
        byte[] image = program.read("in.save");
        Files.write(program.file("cut.save"), Arrays.copyOf(image, image.length / 2));
        Program.Outcome outcome = program.run("info", ":cut.save");
        assertTrue(
                outcome.out().contains("web1") && outcome.out().contains("truncated"),
                outcome.out());
        assertTrue(outcome.failure().contains("cut.save"));
    }

    @Test
    void verifyFindsNothingInASampleAndEverythingInAWreck() throws IOException {
        assertTrue(program.run("verify", ":in.save").succeeds().out().contains("well formed"));
        byte[] image = program.read("in.save");
        Files.write(program.file("cut.save"), Arrays.copyOf(image, image.length - 8));
        Program.Outcome outcome = program.run("verify", "--json", ":cut.save");
        assertEquals(1, outcome.status());
        JsonNode json = new JsonMapper().readTree(outcome.out());
        assertEquals(1, json.at("/errors").asInt());
        assertEquals("readable", json.at("/findings/0/rule").asText());
    }

    @Test
    void strictMakesWarningsCount() throws IOException {
        byte[] image = program.read("in.save");
        Files.write(program.file("tail.save"), Arrays.copyOf(image, image.length + 5));
        program.run("verify", ":tail.save").succeeds();
        assertEquals(1, program.run("verify", "--strict", ":tail.save").status());
    }

    @Test
    void extractGivesTheConfigAsItStands() throws IOException {
        program.run("extract", "config", ":in.save", "-o", ":config").succeeds();
        assertEquals(
                "web1",
                new JsonMapper().readTree(program.read("config")).at("/c_info/name").asText());
    }

    @Test
    void extractGivesARecordAsBytesAndAsFields() throws IOException {
        program.run("extract", "record", ":in.save", "TSC_INFO", "-o", ":tsc").succeeds();
        assertEquals(24, program.read("tsc").length);
        program.run("extract", "record", ":in.save", "HVM_PARAMS", "--json", "-o", ":params")
                .succeeds();
        JsonNode params = new JsonMapper().readTree(program.read("params"));
        assertEquals("HVM_PARAMS", params.at("/type").asText());
        assertTrue(params.at("/fields/param").size() > 3, params.toString());
    }

    @Test
    void extractGivesPagesInTheOrderAskedFor() throws IOException {
        program.run("extract", "pages", ":in.save", "--pfn", "0x10-0x12", "-o", ":three")
                .succeeds();
        program.run("extract", "pages", ":in.save", "--pfn", "18,17", "-o", ":two").succeeds();
        byte[] three = program.read("three");
        byte[] two = program.read("two");
        assertEquals(3 * 4096, three.length);
        assertArrayEquals(Arrays.copyOfRange(three, 2 * 4096, 3 * 4096), Arrays.copyOf(two, 4096));
        assertArrayEquals(
                Arrays.copyOfRange(three, 4096, 2 * 4096), Arrays.copyOfRange(two, 4096, 2 * 4096));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0xffffff", "x", "5-4", ""})
    void extractRefusesPagesThatAreNotThere(String pfns) {
        assertTrue(
                program.run("extract", "pages", ":in.save", "--pfn", pfns, "-o", ":out").status()
                        > 0);
        assertEquals(List.of("in.save"), program.files());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mine.js", "mine.py"})
    void aNewPolicyIsInOrder(String name) {
        program.run("policy", "new", ":" + name).succeeds();
        assertTrue(
                program.run("policy", "check", ":" + name).succeeds().out().contains("greeting"));
        program.run("rewrite", ":in.save", ":out.save", "--policy", ":" + name).succeeds();
        program.run("policy", "new", ":" + name).failure();
    }

    @Test
    void everyLibraryPolicyIsInOrder() {
        String list = program.run("policy", "list").succeeds().out();
        assertTrue(list.contains("scrub-pattern") && list.contains("cpuid-mask"), list);
        program.run("policy", "check", "scrub-pattern.js", "scrub-pattern.py", "cpuid-mask.py")
                .succeeds();
    }

    @Test
    void helpAndCompletionNameEveryCommand() {
        String help = program.run("--help").succeeds().out();
        String completion = program.run("completion").succeeds().out();
        for (String command :
                new String[] {"info", "verify", "rewrite", "extract", "sample", "policy"}) {
            assertTrue(help.contains(command), help);
            assertTrue(completion.contains(command), command);
            assertTrue(
                    program.run(command, "--help").succeeds().out().contains("Examples:"), command);
        }
    }
}
