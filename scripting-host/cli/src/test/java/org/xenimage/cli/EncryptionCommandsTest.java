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
import java.nio.file.Path;

/** Every command that reads images opens encrypted ones with a key, and says what it needs without one. */
class EncryptionCommandsTest {
    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImage() {
        program = new Program(folder);
        program.write("a.key", "0123456789abcdef".repeat(4) + "\n");
        program.write("b.key", "b".repeat(32));
        program.write("phrase", "correct horse\n");
        program.run("sample", ":in.save", "--guest", "pvh", "--memory", "8", "--name", "web1")
                .succeeds();
        encrypt(":in.native", "native", "--key-file", ":a.key");
    }

    private void encrypt(String to, String form, String option, String key) {
        program.run("convert", ":in.save", to, "--to", form, "--encrypt", option, key).succeeds();
    }

    @Test
    void theKeyOpensWhatItClosed() {
        encrypt(":in.stream", "native-stream", "--passphrase-file", ":phrase");
        program.run("convert", ":in.native", ":one", "--to", "xl", "--key-file", ":a.key")
                .succeeds();
        program.run("convert", ":in.stream", ":two", "--to", "xl", "--passphrase-file", ":phrase")
                .succeeds();
        assertArrayEquals(program.read("in.save"), program.read("one"));
        assertArrayEquals(program.read("in.save"), program.read("two"));
    }

    @Test
    void everyReadingCommandTakesTheKeyAndAsksForIt() {
        String[][] lines = {
            {"info", ":in.native"},
            {"extract", "config", ":in.native", "-o", ":config"},
            {"extract", "metadata", ":in.native", "-o", ":metadata"},
            {"extract", "record", ":in.native", "TSC_INFO", "-o", ":record"},
            {"extract", "pages", ":in.native", "--pfn", "16", "-o", ":page"},
            {"rewrite", ":in.native", ":again"}
        };
        for (String[] line : lines) {
            String failure = program.run(line).failure();
            assertTrue(failure.contains("--key-file"), failure);
            assertTrue(program.run(with(line, ":b.key")).failure().contains("wrong key"));
            program.run(with(line, ":a.key")).succeeds();
        }
        assertEquals(1, program.run("verify", ":in.native").status());
        program.run("verify", ":in.native", "--key-file", ":a.key").succeeds();
    }

    private static String[] with(String[] line, String key) {
        String[] all = java.util.Arrays.copyOf(line, line.length + 2);
        all[line.length] = "--key-file";
        all[line.length + 1] = key;
        return all;
    }

    @Test
    void infoWithoutTheKeyTellsWhatIsReadable() throws IOException {
        Program.Outcome output = program.run("info", ":in.native");
        assertTrue(output.out().contains("encrypted"), output.out());
        assertTrue(output.out().contains("aes-256-gcm"), output.out());
        JsonNode json =
                new JsonMapper().readTree(program.run("info", "--json", ":in.native").out());
        assertTrue(json.path("encrypted").asBoolean());
        assertEquals("web1", json.at("/container/metadata").path("domain.name").asText());
        program.run("metadata", ":in.native", "set", "ticket.id=OPS-7").succeeds();
    }

    @Test
    void aRewriteStaysEncryptedAndDecryptTakesItOff() {
        program.run("rewrite", ":in.native", ":again", "--key-file", ":a.key").succeeds();
        program.run("extract", "config", ":again", "-o", ":none").failure();
        assertArrayEquals(program.read("in.native"), program.read("again"));
        program.run(
                        "convert",
                        ":in.native",
                        ":open",
                        "--to",
                        "native",
                        "--decrypt",
                        "--key-file",
                        ":a.key")
                .succeeds();
        program.run("extract", "config", ":open", "-o", ":config").succeeds();
    }

    @Test
    void aSaltMakesTheSameBytesAgain() {
        String salt = "00112233445566778899aabbccddeeff";
        for (String to : new String[] {":one", ":two"}) {
            program.run(
                            "convert",
                            ":in.save",
                            to,
                            "--to",
                            "native",
                            "--encrypt",
                            "--salt",
                            salt,
                            "--key-file",
                            ":a.key")
                    .succeeds();
        }
        assertArrayEquals(program.read("one"), program.read("two"));
        assertFalse(java.util.Arrays.equals(program.read("one"), program.read("in.native")));
    }

    @Test
    void whatCannotBeMeantIsUsage() {
        String[][] lines = {
            {"--to", "xl", "--encrypt", "--key-file", ":a.key"},
            {"--to", "native", "--encrypt"},
            {"--to", "native", "--encrypt", "--decrypt", "--key-file", ":a.key"},
            {"--to", "native", "--encrypt", "--salt", "12", "--key-file", ":a.key"},
            {"--to", "native", "--salt", "00112233445566778899aabbccddeeff"}
        };
        for (String[] line : lines) {
            String[] all = new String[line.length + 3];
            all[0] = "convert";
            all[1] = ":in.save";
            all[2] = ":out";
            System.arraycopy(line, 0, all, 3, line.length);
            assertEquals(2, program.run(all).status(), String.join(" ", all));
        }
        program.write("bad.key", "short");
        program.run("info", ":in.native", "--key-file", ":bad.key").failure();
        program.run("info", ":in.native", "--key-file", ":not.there").failure();
        assertFalse(program.files().contains("out"));
    }
}
