package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.cli.output.ExitStatus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** {@code xenimage salvage}, and how the other commands take what it makes. */
class SalvageCommandTest {
    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeDamagedImage() throws IOException {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "8").succeeds();
        byte[] image = program.read("in.save");
        Files.write(program.file("cut.save"), Arrays.copyOf(image, image.length / 2));
    }

    @Test
    void aCutImageBecomesAPartialOneThatSaysSo() throws IOException {
        String text = program.run("salvage", ":cut.save", ":out.native").succeeds().out();
        assertTrue(text.contains("recovered") && text.contains("added      record END"), text);
        String output = program.run("info", ":out.native").succeeds().out();
        assertTrue(output.contains("partial") && output.contains("sample-pv"), output);
        JsonNode json =
                new JsonMapper().readTree(program.run("info", "--json", ":out.native").out());
        assertTrue(json.at("/partial").size() > 0, json.toString());
        Program.Outcome verdict = program.run("verify", ":out.native");
        assertEquals(ExitStatus.AT_FAULT, verdict.status());
        assertTrue(verdict.out().contains("partial"), verdict.out());
    }

    @Test
    void aPartialImageBecomesNoXlFileUnlessTheLossIsAllowed() {
        program.run("salvage", ":cut.save", ":out.native").succeeds();
        String refusal =
                program.run("convert", ":out.native", ":back.save", "--to", "xl").failure();
        assertTrue(refusal.contains("partial"), refusal);
        program.run("convert", ":out.native", ":back.save", "--to", "xl", "--allow-loss")
                .succeeds();
        program.run("convert", ":out.native", ":again", "--to", "native-stream").succeeds();
        assertTrue(program.run("info", ":again").succeeds().out().contains("partial"));
    }

    @Test
    void theReportAsJsonCountsPagesAndLosses() throws IOException {
        JsonNode report =
                new JsonMapper()
                        .readTree(
                                program.run("salvage", ":cut.save", "--dry-run", "--json")
                                        .succeeds()
                                        .out());
        assertEquals("xl", report.get("format").asText());
        assertTrue(report.at("/recovered/pages").asLong() > 500, report.toString());
        assertTrue(!report.get("whole").asBoolean() && !report.get("added").isEmpty());
        assertEquals(List.of("cut.save", "in.save"), program.files());
    }

    /** What was put in is not a recovery, and what was after the cut is a loss. */
    @Test
    void theAccountTellsWhatIsLostAndNotWhatWasPutIn() throws IOException {
        JsonNode report =
                new JsonMapper()
                        .readTree(program.run("salvage", ":cut.save", "--dry-run", "--json").out());
        JsonNode recovered = report.at("/recovered/elements");
        for (JsonNode added : report.get("added"))
            assertTrue(!recovered.has(added.asText()), report.toString());
        assertTrue(!recovered.has("end of the stream"), report.toString());
        assertTrue(report.get("lost").toString().contains("X86_PV_VCPU_BASIC"), report.toString());
        JsonNode complete =
                new JsonMapper()
                        .readTree(program.run("salvage", ":in.save", "--dry-run", "--json").out());
        assertTrue(complete.at("/recovered/elements").has("record END"), complete.toString());
    }

    /** Config and headers are there, but nothing of the guest's memory: the file is made, and the status says so. */
    @Test
    void notASinglePageIsStatusOne() throws IOException {
        Files.write(program.file("head.save"), Arrays.copyOf(program.read("in.save"), 6000));
        Program.Outcome outcome = program.run("salvage", ":head.save", ":head.native");
        assertEquals(ExitStatus.AT_FAULT, outcome.status());
        assertTrue(outcome.out().contains("no page could be recovered"), outcome.out());
        assertTrue(program.run("info", ":head.native").succeeds().out().contains("partial"));
    }

    @Test
    void aWholeImageIsSaidToBeWhole() {
        String text = program.run("salvage", ":in.save", "--dry-run").succeeds().out();
        assertTrue(text.contains("nothing: the image is intact"), text);
    }

    @Test
    void nothingToRecoverIsStatusOneAndLeavesNothing() {
        program.write("nothing", "x".repeat(100_000));
        Program.Outcome outcome = program.run("salvage", ":nothing", ":out.native");
        assertEquals(ExitStatus.AT_FAULT, outcome.status());
        assertTrue(outcome.out().contains("nothing could be recovered"), outcome.out());
        assertTrue(!program.files().contains("out.native"));
    }

    @Test
    void aMissingOutputAndAnUnknownFormatAreMisuse() {
        assertEquals(ExitStatus.USAGE, program.run("salvage", ":cut.save").status());
        assertEquals(
                ExitStatus.USAGE,
                program.run("salvage", ":cut.save", "--dry-run", "--from", "tar").status());
        assertEquals(
                ExitStatus.USAGE,
                program.run("salvage", ":cut.save", ":out", "--to", "xl").status());
    }

    @Test
    void aRewriteOfAPartialImageKeepsItsMark() {
        program.run("salvage", ":in.save", ":whole.native").succeeds();
        program.run("rewrite", ":whole.native", ":copy.native").succeeds();
        program.run("verify", ":copy.native").succeeds();
    }
}
