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

/** The commands around the label of a native image: metadata, sign, provenance; and verify of it. */
class LabelCommandsTest {
    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImage() {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pvh", "--memory", "8").succeeds();
        program.run("convert", ":in.save", ":in.native", "--to", "native").succeeds();
        program.run("sign", "--new-key", ":ada.key").succeeds();
        program.run("sign", "--new-key", ":ben.key").succeeds();
    }

    private JsonNode json(String text) throws IOException {
        return new JsonMapper().readTree(text);
    }

    @Test
    void metadataAreSetShownAndDeleted() throws IOException {
        program.run("metadata", ":in.native", "set", "ticket.id=OPS-7=x", "a.b=").succeeds();
        assertEquals(
                "OPS-7=x\n",
                program.run("metadata", ":in.native", "get", "ticket.id").succeeds().out());
        JsonNode all = json(program.run("metadata", "--json", ":in.native").succeeds().out());
        assertEquals("", all.path("a.b").asText());
        assertEquals("OPS-7=x", all.path("ticket.id").asText());
        program.run("metadata", ":in.native", "delete", "ticket.id").succeeds();
        program.run("metadata", ":in.native", "get", "ticket.id").failure();
        program.run("metadata", ":in.native", "delete", "a.b").succeeds();
        program.run("convert", ":in.native", ":out.save", "--to", "xl").succeeds();
        assertArrayEquals(program.read("in.save"), program.read("out.save"));
    }

    @Test
    void metadataThatCannotBeChangedAreRefusedAndNothingIsWritten() {
        byte[] before = program.read("in.native");
        for (String word : new String[] {"site=1", "losses=1", "=1", "key", "a..b=1", "a b=1"})
            assertEquals(2, program.run("metadata", ":in.native", "set", word).status(), word);
        program.run("metadata", ":in.native", "delete", "not.there").failure();
        assertEquals(2, program.run("metadata", ":in.native", "put", "a=1").status());
        program.run("metadata", ":in.save").failure();
        assertArrayEquals(before, program.read("in.native"));
    }

    @Test
    void theChainTellsWhatWasDoneAndWhoSigned() throws IOException {
        program.run(
                        "rewrite",
                        ":in.native",
                        ":clean.native",
                        "--policy",
                        "inject-metadata",
                        "--set",
                        "key=site.checked",
                        "--set",
                        "value=yes",
                        "--provenance",
                        "--at",
                        "2026-01-31T12:00:00Z",
                        "--host",
                        "host1",
                        "--operator",
                        "ada")
                .succeeds();
        program.run("sign", ":clean.native", "--key", ":ada.key").succeeds();
        Program.Outcome output =
                program.run("provenance", "--json", ":clean.native", "--trust", ":ada.key.pub")
                        .succeeds();
        JsonNode report = json(output.out());
        JsonNode first = report.at("/statements/0/statement");
        assertEquals("rewrite", first.path("operation").asText());
        assertEquals("inject-metadata", first.at("/policies/0/name").asText());
        assertEquals(64, first.at("/policies/0/digest").asText().length());
        assertEquals("host1", first.path("host").asText());
        assertEquals("2026-01-31T12:00:00Z", first.path("time").asText());
        assertFalse(first.path("input").asText().equals(report.path("digest").asText()));
        assertEquals(2, report.path("vouchedFor").asInt());
        assertTrue(report.at("/statements/1/signatures/0/trusted").asBoolean());
        String verified = program.run("verify", ":clean.native").succeeds().out();
        assertTrue(verified.contains("signed by "), verified);
    }

    @Test
    void aKeyThatIsNotTrustedIsTold() {
        program.run("provenance", ":in.native").succeeds();
        assertTrue(
                program.run("provenance", ":in.native", "--trust", ":ada.key.pub")
                        .failure()
                        .contains("not signed"));
        program.run("sign", ":in.native", "--key", ":ada.key").succeeds();
        assertTrue(
                program.run("provenance", ":in.native", "--trust", ":ben.key.pub")
                        .failure()
                        .contains("wrong key"));
    }

    private void inject(String... more) {
        String[] line = {
            "rewrite",
            ":in.native",
            ":edited.native",
            "--policy",
            "inject-metadata",
            "--set",
            "key=site.checked",
            "--set",
            "value=yes",
            "--operator",
            "ada",
            "--force"
        };
        String[] all = java.util.Arrays.copyOf(line, line.length + more.length);
        System.arraycopy(more, 0, all, line.length, more.length);
        program.run(all).succeeds();
    }

    @Test
    void aRewriteOfAnImageWithAChainAddsItsStatementByItself() throws IOException {
        program.run("sign", ":in.native", "--key", ":ada.key").succeeds();
        inject();
        JsonNode report =
                json(program.run("provenance", "--json", ":edited.native").succeeds().out());
        assertEquals(2, report.path("statements").size());
        JsonNode added = report.at("/statements/1/statement");
        assertEquals("rewrite", added.path("operation").asText());
        assertEquals("ada", added.path("operator").asText());
        assertEquals("inject-metadata", added.at("/policies/0/name").asText());
        assertEquals(
                report.at("/statements/0/statement/digest").asText(), added.path("input").asText());
        program.run("verify", ":edited.native").succeeds();
    }

    @Test
    void theChainEndsWhereTheUserSaysSo() {
        program.run("sign", ":in.native", "--key", ":ada.key").succeeds();
        inject("--no-provenance");
        assertTrue(
                program.run("provenance", ":edited.native").succeeds().out().contains("no statem"));
        program.run("verify", ":edited.native").succeeds();
        Program.Outcome ended =
                program.run(
                        "convert",
                        ":in.native",
                        ":other.native",
                        "--to",
                        "native",
                        "--no-provenance");
        assertTrue(ended.succeeds().err().contains("ends with 1 statement"), ended.err());
    }

    @Test
    void aSignedCopyIsMadeWholeAndTheSourceIsKept() throws IOException {
        byte[] before = program.read("in.native");
        program.run("sign", ":in.native", "--key", ":ada.key", "-o", ":signed.native").succeeds();
        assertArrayEquals(before, program.read("in.native"));
        program.run("provenance", ":signed.native", "--trust", ":ada.key.pub").succeeds();
        program.run("sign", ":in.native", "--key", ":ada.key", "-o", ":signed.native").failure();
        program.run("sign", ":in.native", "--key", ":in.save", "-o", ":other.native").failure();
        assertFalse(program.files().contains("other.native"));
        assertFalse(program.files().stream().anyMatch(name -> name.startsWith(".")));
        assertEquals(2, program.run("sign", ":in.native").status());
        assertEquals(2, program.run("sign").status());
        assertEquals(
                2,
                program.run("sign", ":in.native", "--key", ":ada.key", "--at", "today").status());
    }

    @Test
    void aStreamIsShownButNotChanged() {
        program.run("sign", ":in.native", "--key", ":ada.key").succeeds();
        program.run("convert", ":in.native", ":in.stream", "--to", "native-stream").succeeds();
        program.run("provenance", ":in.stream", "--trust", ":ada.key.pub").succeeds();
        program.run("metadata", ":in.stream").succeeds();
        assertTrue(
                program.run("metadata", ":in.stream", "set", "a.b=c")
                        .failure()
                        .contains("--to native"));
    }

    @Test
    void provenanceIsRefusedWhereTheFormatKeepsNone() {
        program.run("rewrite", ":in.save", ":out.save", "--provenance").failure();
        assertEquals(
                2,
                program.run("convert", ":in.save", ":out", "--to", "libxc-v3", "--provenance")
                        .status());
    }

    @Test
    void verifyReadsTheContentOfANativeImage() throws IOException {
        byte[] image = program.read("in.native");
        image[(1 << 20) + 5000] ^= 1;
        Files.write(program.file("bad.native"), image);
        Program.Outcome verified = program.run("verify", ":bad.native");
        assertEquals(1, verified.status());
        assertTrue(verified.out().contains("crc"), verified.out());
    }

    @Test
    void aRewriteWithoutPoliciesGivesTheSameImage() {
        for (String how : new String[] {"none", "zstd"}) {
            program.run(
                            "convert",
                            ":in.save",
                            ":made",
                            "--to",
                            "native",
                            "--compress",
                            how,
                            "--force")
                    .succeeds();
            program.run("rewrite", ":made", ":again", "--force").succeeds();
            assertArrayEquals(program.read("made"), program.read("again"), how);
        }
    }
}
