package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.script.policy.Operation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Policies in someone else's program. */
class PoliciesTest {
    private static final String RENAME =
            """
            export const policy = { api: 1, name: 'rename', params: { to: { required: true } } };
            export function onConfig(config, ctx) { config.c_info.name = ctx.params.to; }
            export function onMetadata(meta, ctx) { meta['site.by'] = ctx.operator + ' ' + ctx.now; }
            """;

    @TempDir private Path folder;
    private Path in;
    private Path out;

    @BeforeEach
    void files() throws IOException {
        in = Files.write(folder.resolve("in.save"), PolicyTestImage.bytes());
        out = folder.resolve("out.save");
    }

    private String policy(String name, String source) throws IOException {
        return Files.writeString(folder.resolve(name), source).toString();
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }

    @Test
    void theOutputIsWhatThePoliciesMakeOfTheInput() throws IOException {
        try (Policies policies = Policies.load(policy("rename.js", RENAME))) {
            RunSummary done =
                    policies.set("to", "web-2")
                            .operator("nightly")
                            .at(Instant.EPOCH)
                            .apply(in, out);
            assertEquals(2, done.edits());
        }
        assertTrue(text(out).contains("\"name\": \"web-2\""));
        assertTrue(text(out).contains("nightly 1970-01-01T00:00:00Z"));
        assertEquals(new String(PolicyTestImage.bytes(), StandardCharsets.ISO_8859_1), text(in));
    }

    @Test
    void thePoliciesOfAProgramServeManyImages() throws IOException {
        try (Policies policies =
                Policies.load(policy("rename.js", RENAME)).set("to", "x").at(Instant.EPOCH)) {
            for (int i = 0; i < 3; i++) policies.apply(in, folder.resolve("out" + i));
        }
        assertEquals(-1, Files.mismatch(folder.resolve("out0"), folder.resolve("out2")));
    }

    @Test
    void everyDecisionIsHeard() throws IOException {
        List<String> heard = new ArrayList<>();
        try (Policies policies =
                Policies.load(policy("rename.js", RENAME))
                        .set("rename.to", "web-2")
                        .onDecision(heard::add)) {
            policies.apply(in, out);
        }
        assertTrue(
                heard.stream()
                        .anyMatch(line ->
                                line.contains("\"path\":\"c_info.name\"")
                                        && line.contains("web-2")),
                heard::toString);
    }

    @Test
    void aVetoLeavesNoOutput() throws IOException {
        String veto =
                policy(
                        "veto.py",
                        "POLICY = {'api': 1, 'name': 'veto'}\ndef on_end(summary, ctx):\n    ctx.veto('not today')\n");
        try (Policies policies = Policies.load(veto)) {
            var refused = assertThrows(PolicyRejected.class, () -> policies.apply(in, out));
            assertTrue(String.valueOf(refused.getMessage()).contains("not today"));
        }
        assertFalse(Files.exists(out));
    }

    @Test
    void theListenerStopsTheRun() throws IOException {
        try (Policies policies =
                Policies.load()
                        .onProgress(_ -> {
                            throw new IOException("stopped by the operator");
                        })) {
            assertThrows(IOException.class, () -> policies.apply(in, out));
        }
        assertFalse(Files.exists(out));
    }

    @Test
    void anExistingOutputIsNotReplaced() throws IOException {
        Files.writeString(out, "kept");
        try (Policies policies = Policies.load()) {
            assertThrows(FileAlreadyExistsException.class, () -> policies.apply(in, out));
        }
        assertEquals("kept", Files.readString(out));
    }

    @Test
    void theOperationDecidesWhatRuns() throws IOException {
        String restores =
                policy("r.js", RENAME.replace("name: 'rename'", "name: 'rename', on: ['restore']"));
        try (Policies policies = Policies.load(restores).set("to", "x")) {
            assertEquals(0, policies.apply(in, out).edits());
            assertEquals(2, policies.as(Operation.RESTORE).apply(in, folder.resolve("b")).edits());
        }
    }

    @Test
    void aMissingParameterIsSaidBeforeAnythingIsWritten() throws IOException {
        try (Policies policies = Policies.load(policy("rename.js", RENAME))) {
            assertThrows(PolicyFailed.class, () -> policies.apply(in, out));
        }
        assertFalse(Files.exists(out));
    }
}
