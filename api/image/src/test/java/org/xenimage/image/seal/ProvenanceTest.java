package org.xenimage.image.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A chain is sound only as it was written, and trusted only by a key that the caller names. */
class ProvenanceTest {
    private static final String CONTENT = "11".repeat(32);
    private static final String OTHER = "22".repeat(32);

    @TempDir Path folder;

    private SigningKey key;
    private List<Statement> chain = List.of();

    private static Statement.Draft draft(String operation) {
        return new Statement.Draft(
                operation,
                List.of(new Statement.AppliedPolicy("scrub", "1.0", "ab".repeat(32))),
                "2026-01-01T00:00:00Z",
                "host1",
                "ada");
    }

    @BeforeEach
    void make() throws IOException {
        key = SigningKey.make(folder.resolve("key"));
        Statement first =
                Statement.after(
                        Optional.empty(), draft("convert"), OTHER, 7, Optional.empty(), Map.of());
        Statement second =
                Statement.after(
                        Optional.of(first),
                        draft("rewrite"),
                        CONTENT,
                        7,
                        Optional.of(OTHER),
                        Map.of());
        chain = List.of(first, second.signedBy(key));
    }

    private List<String> faults(Statement... statements) {
        return new Provenance(List.of(statements), CONTENT).faults();
    }

    private static Statement decoded(String text) throws IOException {
        return Statement.decode(text.getBytes(StandardCharsets.UTF_8), Fault.in("test"));
    }

    @Test
    void aStatementHasTheseBytes() {
        assertEquals(
                ("{\"operation\":\"rewrite\",\"digest\":\"%s\",\"stream_length\":7,\"input\":\"%s\","
                                + "\"policies\":[{\"name\":\"scrub\",\"version\":\"1.0\",\"digest\":\"%s\"}],"
                                + "\"time\":\"2026-01-01T00:00:00Z\",\"host\":\"host1\",\"operator\":\"ada\","
                                + "\"previous\":\"%s\"}")
                        .formatted(CONTENT, OTHER, "ab".repeat(32), chain.getFirst().hash()),
                new String(chain.get(1).bytes(), StandardCharsets.UTF_8));
    }

    @Test
    void aChainAsItWasWrittenIsSound() {
        var provenance = new Provenance(chain, CONTENT);
        assertEquals(List.of(), provenance.faults());
        assertEquals(2, provenance.vouchedFor(List.of(key.trusted())));
    }

    @Test
    void aStatementThatWasRemovedChangedOrMovedIsTold() throws IOException {
        assertFalse(faults(chain.get(1)).isEmpty());
        assertFalse(faults(chain.get(1), chain.get(0)).isEmpty());
        String text = new String(chain.getFirst().bytes(), StandardCharsets.UTF_8);
        assertFalse(faults(decoded(text.replace("ada", "bea")), chain.get(1)).isEmpty());
    }

    @Test
    void anotherContentThanTheLastStatementNamesIsTold() {
        List<String> faults = new Provenance(chain, OTHER).faults();
        assertEquals(1, faults.size());
        assertTrue(faults.getFirst().contains("digest"), faults.getFirst());
    }

    @Test
    void aWrongSignatureIsTold() {
        Statement.Signed good = chain.get(1).signatures().getFirst();
        for (int i = 0; i < 64; i++) {
            byte[] bytes = good.bytes().clone();
            bytes[i] ^= 1;
            Statement bad =
                    new Statement(
                            chain.get(1).bytes(),
                            chain.get(1).fields(),
                            List.of(new Statement.Signed(good.key(), bytes)));
            List<String> faults = faults(chain.get(0), bad);
            assertEquals(1, faults.size());
            assertTrue(faults.getFirst().contains("wrong signature"), faults.getFirst());
            assertEquals(
                    0,
                    new Provenance(List.of(chain.get(0), bad), CONTENT)
                            .vouchedFor(List.of(key.trusted())));
        }
    }

    @Test
    void onlyAKeyThatTheCallerNamesVouches() throws IOException {
        SigningKey other = SigningKey.make(folder.resolve("other"));
        var provenance = new Provenance(chain, CONTENT);
        assertEquals(0, provenance.vouchedFor(List.of(other.trusted())));
        assertEquals(0, provenance.vouchedFor(List.of()));
    }

    @Test
    void aTrustedSignatureOverAnotherContentVouchesForNothing() {
        List<Statement> moved = new ArrayList<>(chain);
        Statement later =
                Statement.after(
                        Optional.of(chain.get(1)),
                        draft("x"),
                        OTHER,
                        7,
                        Optional.empty(),
                        Map.of());
        moved.add(later);
        assertEquals(0, new Provenance(moved, OTHER).vouchedFor(List.of(key.trusted())));
    }

    @Test
    void keysAreThoseOfOpenssl() throws IOException {
        // RFC 8410, section 10.3, and the key of section 10.1
        Path path =
                Files.writeString(
                        folder.resolve("rfc"),
                        "-----BEGIN PRIVATE KEY-----\n"
                                + "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
                                + "\n-----END PRIVATE KEY-----\n");
        SigningKey rfc = SigningKey.read(path);
        assertEquals(
                "-----BEGIN PUBLIC KEY-----\n"
                        + "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END "
                        + "PUBLIC KEY-----\n",
                rfc.trusted().pem());
    }

    @Test
    void signaturesAreThoseOfTheRfc() throws IOException {
        // RFC 8032, section 7.1, test 2
        byte[] seed =
                HexFormat.of()
                        .parseHex(
                                "302e020100300506032b657004220420"
                                        + "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        SigningKey rfc = SigningKey.read(Files.write(folder.resolve("der"), seed));
        assertArrayEquals(
                HexFormat.of()
                        .parseHex(
                                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
                rfc.sign(new byte[] {0x72}));
    }

    @Test
    void aMadeKeyIsForItsOwnerAndReadsBack() throws IOException {
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(folder.resolve("key"))));
        TrustedKey open = TrustedKey.read(folder.resolve("key.pub"));
        assertEquals(key.trusted(), open);
        assertEquals(open, SigningKey.read(folder.resolve("key")).trusted());
        assertEquals(open, TrustedKey.read(Files.write(folder.resolve("raw"), open.bytes())));
        assertEquals(
                open, TrustedKey.read(Files.writeString(folder.resolve("base64"), open + "\n")));
        assertThrows(IOException.class, () -> SigningKey.make(folder.resolve("key")));
    }

    @Test
    void whatIsNoKeyIsRefused() throws IOException {
        for (String text :
                new String[] {
                    "", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
                }) {
            Path path = Files.writeString(folder.resolve("none"), text);
            assertThrows(IOException.class, () -> SigningKey.read(path));
            assertThrows(IOException.class, () -> TrustedKey.read(path));
        }
        assertThrows(IOException.class, () -> SigningKey.read(folder.resolve("key.pub")));
        assertThrows(IOException.class, () -> TrustedKey.read(folder.resolve("key")));
    }

    @Test
    void aStatementThatIsNoObjectIsRefused() {
        for (String text : new String[] {"", "[]", "{", "7"})
            assertThrows(CorruptImage.class, () -> decoded(text));
    }
}
