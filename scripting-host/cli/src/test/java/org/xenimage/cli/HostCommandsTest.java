package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.toolstack.StandInXl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

class HostCommandsTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir private Path folder;

    private Program program = new Program(Path.of("before-each"));

    @BeforeEach
    void makeImage() {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "4").succeeds();
    }

    private String json(String... words) {
        return program.run(words).out();
    }

    @Test
    void oneImageIsHeldAgainstManyHosts() {
        program.run("capabilities", "--xen", "4.17", "--name", "xen2", "-o", ":xen2.json")
                .succeeds();
        Program.Outcome outcome =
                program.run("can-restore", ":in.save", "--host", "4.13", "--host", ":xen2.json");
        assertEquals(1, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("Xen 4.13  after changes"), outcome.out());
        assertTrue(outcome.out().contains("xen2      yes"), outcome.out());
        assertTrue(outcome.out().contains("record X86_CPUID_POLICY"), outcome.out());
        program.run("can-restore", ":in.save", "--host", ":xen2.json").succeeds();
    }

    @Test
    void itsJsonNamesEachThingThatBlocks() throws IOException {
        JsonNode report =
                JSON.readTree(json("can-restore", "--json", ":in.save", "--host", "4.13"));
        assertFalse(report.path("canRestore").asBoolean(true));
        assertEquals(2, report.at("/form/stream").asInt());
        assertEquals("stream", report.at("/fallbacks/0/reasons/0/kind").asText());
        assertFalse(report.at("/fallbacks/0/loss").asText().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pv", "hvm", "pvh"})
    void whatIsMadeForAHostThatHostRestores(String guest) {
        program.run("sample", ":guest.save", "--guest", guest, "--memory", "8").succeeds();
        Program.Outcome made = program.run("convert", ":guest.save", ":old.save", "--for", "4.13");
        assertEquals(0, made.status(), made.err());
        assertTrue(made.err().contains("loses: "), made.err());
        program.run("can-restore", ":old.save", "--host", "4.13").succeeds();
        program.run("verify", ":old.save").succeeds();
        program.run("rewrite", ":guest.save", ":again.save", "--for", "4.13").succeeds();
        assertArrayEquals(program.read("old.save"), program.read("again.save"));
    }

    @Test
    void aNativeImageBecomesWhatXlReads() {
        program.run("convert", ":in.save", ":in.native", "--to", "native").succeeds();
        program.run("convert", ":in.native", ":out.save", "--for", "4.17").succeeds();
        assertArrayEquals(program.read("in.save"), program.read("out.save"));
        Program.Outcome kept = program.run("rewrite", ":in.native", ":kept", "--for", "4.17");
        assertEquals(1, kept.status(), kept.err());
        assertTrue(kept.err().contains("format native"), kept.err());
        assertFalse(Files.exists(program.file("kept")));
    }

    @Test
    void whatTheHostTakesStaysByteForByte() {
        program.run("convert", ":in.save", ":same.save", "--for", "4.17").succeeds();
        assertArrayEquals(program.read("in.save"), program.read("same.save"));
        program.run("rewrite", ":in.save", ":also.save", "--for", "4.17").succeeds();
        assertArrayEquals(program.read("in.save"), program.read("also.save"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"convert", "rewrite"})
    void theExplanationComesBeforeAByteMovesAndWritesNothing(String command) throws IOException {
        Program.Outcome told = program.run(command, ":in.save", "--for", "4.13", "--explain");
        assertEquals(0, told.status(), told.err());
        assertTrue(told.out().contains("helps: write libxc stream version 2"), told.out());
        JsonNode plan =
                JSON.readTree(
                        json(command, ":in.save", ":o", "--for", "4.13", "--explain", "--json"));
        assertEquals("after changes", plan.path("verdict").asText());
        assertFalse(Files.exists(program.file("o")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"convert", "rewrite"})
    void whatAHostRefusesIsNotWritten(String command) {
        program.run("sample", ":pvh.save", "--guest", "pvh", "--memory", "4").succeeds();
        Program.Outcome refused = program.run(command, ":pvh.save", ":out", "--for", "4.9");
        assertEquals(1, refused.status(), refused.err());
        assertTrue(refused.err().contains("guest pvh"), refused.err());
        assertFalse(Files.exists(program.file("out")));
    }

    /** The sample guest has used AVX: a host without it restores no form of the image. */
    @Test
    void stateThatTheHostLacksIsFoundAfterThePages() throws IOException {
        program.run("capabilities", "--xen", "4.17", "-o", ":plain.json").succeeds();
        String host =
                Files.readString(program.file("plain.json"))
                        .replaceFirst(
                                "\"pageSizes\"",
                                """
                                "pv": {"cpuid": ["00000000:ffffffff -> 0000000d:00000000:00000000:00000000",
                                "00000001:ffffffff -> 00000000:00000000:04000000:ffffffff"]}, "pageSizes\"\
                                """);
        program.write("small.json", host);
        for (String command : new String[] {"convert", "rewrite"}) {
            Program.Outcome refused =
                    program.run(command, ":in.save", ":out", "--for", ":small.json");
            assertEquals(1, refused.status(), refused.err());
            assertTrue(refused.err().contains("xcr0_accum of a vCPU: avx"), refused.err());
            assertFalse(Files.exists(program.file("out")));
        }
    }

    /** The host has the guest's processor without AES: what a policy hid need not be hidden again. */
    @Test
    void whatPoliciesMadeIsHeldAgainstTheHost() throws IOException {
        program.write("small.json", withoutAes());
        Program.Outcome told = program.run("rewrite", ":in.save", ":a", "--for", ":small.json");
        assertEquals(0, told.status(), told.err());
        assertTrue(told.err().contains("hide CPU features: aesni"), told.err());
        Program.Outcome quiet =
                program.run(
                        "rewrite",
                        ":in.save",
                        ":b",
                        "--for",
                        ":small.json",
                        "--policy",
                        "cpuid-mask",
                        "--set",
                        "features=[\"aesni\"]");
        assertEquals(0, quiet.status(), quiet.err());
        assertFalse(quiet.err().contains("hide"), quiet.err());
        assertArrayEquals(program.read("a"), program.read("b"));
        program.run("can-restore", ":a", "--host", ":small.json").succeeds();
    }

    private String withoutAes() throws IOException {
        ObjectNode host = (ObjectNode) JSON.readTree(json("capabilities", "--xen", "4.17"));
        program.run(
                        "extract",
                        "record",
                        "--json",
                        ":in.save",
                        "X86_CPUID_POLICY",
                        "-o",
                        ":policy.json")
                .succeeds();
        JsonNode record = JSON.readTree(program.read("policy.json"));
        ArrayNode rows = host.putObject("pv").putArray("cpuid");
        for (JsonNode leaf : record.at("/fields/leaves")) {
            long ecx = leaf.path("ecx").asLong();
            rows.add(
                    "%08x:%08x -> %08x:%08x:%08x:%08x"
                            .formatted(
                                    leaf.path("leaf").asLong(),
                                    leaf.path("subleaf").asLong(),
                                    leaf.path("eax").asLong(),
                                    leaf.path("ebx").asLong(),
                                    leaf.path("leaf").asLong() == 1 ? ecx & ~(1L << 25) : ecx,
                                    leaf.path("edx").asLong()));
        }
        return host.toString();
    }

    @Test
    void aDomainIsSavedForAHost() throws IOException {
        StandInXl xl = StandInXl.install(folder.resolve("xl"), program.read("in.save"));
        Program.Outcome saved =
                program.run(
                        "save", "web1", ":web1.save", "--for", "4.13", "--xl", xl.program() + "");
        assertEquals(0, saved.status(), saved.err());
        assertTrue(saved.err().contains("for Xen 4.13: write libxc stream version 2"), saved.err());
        program.run("can-restore", ":web1.save", "--host", "4.13").succeeds();
    }

    @Test
    void aDomainThatTheHostCannotRestoreGoesOn() throws IOException {
        program.run("sample", ":pvh.save", "--guest", "pvh", "--memory", "4").succeeds();
        StandInXl xl = StandInXl.install(folder.resolve("xl"), program.read("pvh.save"));
        Program.Outcome refused =
                program.run(
                        "save", "web1", ":web1.save", "--for", "4.9", "--xl", xl.program() + "");
        assertEquals(1, refused.status(), refused.err());
        assertEquals("running", Files.readString(folder.resolve("xl/domain")).strip());
        assertFalse(Files.exists(program.file("web1.save")));
    }

    @Test
    void unknownKeysAreTold() {
        program.write(
                "new.json",
                "{\"xenimage-capabilities\": 1, \"formats\": [\"xl\"], \"streams\": [3], \"colour\": 1}");
        Program.Outcome outcome = program.run("can-restore", ":in.save", "--host", ":new.json");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("colour is not known"), outcome.err());
        assertTrue(outcome.out().contains("not judged: the guest"), outcome.out());
    }

    /** Without the record of its CPU an image is whole for the reader, but not for Xen. */
    @Test
    void anImageThatIsNotWellFormedIsRefused() throws IOException {
        byte[] image = program.read("in.save");
        byte[] type = {0x04, 0, 0, 0, 0x38, 0x14, 0, 0}; // X86_PV_VCPU_BASIC of 5,176 bytes
        int at =
                new String(image, StandardCharsets.ISO_8859_1)
                        .indexOf(new String(type, StandardCharsets.ISO_8859_1));
        assertTrue(at > 0, "the sample has such a record");
        image[at] = 0x01;
        image[at + 3] = (byte) 0x80; // optional, and unknown
        Files.write(program.file("bad.save"), image);
        Program.Outcome outcome = program.run("can-restore", ":bad.save", "--host", "4.17");
        assertEquals(1, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("Xen 4.17  no"), outcome.out());
        assertTrue(outcome.out().contains("X86_PV_VCPU_BASIC of vCPU 0"), outcome.out());
    }

    @Test
    void anImageThatNoHostRestoresIsRefused() {
        program.run("convert", ":in.save", ":core", "--to", "dump-core", "--allow-loss").succeeds();
        Program.Outcome outcome = program.run("can-restore", ":core", "--host", "4.17");
        assertEquals(1, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("Xen 4.17  no"), outcome.out());
        assertTrue(program.run("convert", ":core", ":out", "--for", "4.17").status() == 1);
        assertFalse(Files.exists(program.file("out")));
    }
}
