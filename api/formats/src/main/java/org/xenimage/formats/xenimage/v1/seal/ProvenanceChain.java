package org.xenimage.formats.xenimage.v1.seal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.elf.Note;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.foreign.LibraryCall;
import org.xenimage.image.foreign.TreeBudget;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.seal.TrustedKey;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** The provenance chain as notes (section 13): a STATEMENT, the SIGNATUREs over it, the next STATEMENT. */
public final class ProvenanceChain {
    private static final int STATEMENTS_MAX = 10_000;

    /** Signatures over one statement: those of an operator and a few witnesses. */
    private static final int SIGNATURES_PER_STATEMENT_MAX = 16;

    /** Signatures in an image: to check one takes a fraction of a millisecond. */
    private static final int SIGNATURES_MAX = 2_000;

    private static final int SIGNATURE_LENGTH = 64;

    private final List<Statement> statements = new ArrayList<>();
    private final TreeBudget budget = TreeBudget.here();
    private int signatures;

    public static boolean holds(Note note) {
        return note.owner().equals(Native.OWNER)
                && (note.type() == Native.NOTE_STATEMENT || note.type() == Native.NOTE_SIGNATURE);
    }

    /** Takes a note that the chain holds. */
    public void take(Note note, Fault place) throws ImageException {
        if (note.descriptor().byteSize() > Statement.LENGTH_MAX)
            throw new LimitExceeded(
                    place.element("provenance chain")
                            .expected("notes of at most 0x100000 bytes")
                            .found(note.descriptor().byteSize()));
        if (note.type() == Native.NOTE_STATEMENT) {
            if (statements.size() == STATEMENTS_MAX)
                throw new LimitExceeded(
                        place.element("provenance chain")
                                .expected("at most 10,000 statements")
                                .found("more"));
            statements.add(
                    Statement.decode(
                            note.descriptor().toArray(ValueLayout.JAVA_BYTE), place, budget));
            return;
        }
        Fault fault = place.element("note SIGNATURE");
        if (statements.isEmpty())
            throw new CorruptImage(fault.problem("comes before any statement"));
        if (++signatures > SIGNATURES_MAX
                || statements.getLast().signatures().size() == SIGNATURES_PER_STATEMENT_MAX)
            throw new LimitExceeded(
                    fault.expected(
                                    "at most %d over one statement, and %,d in all"
                                            .formatted(
                                                    SIGNATURES_PER_STATEMENT_MAX, SIGNATURES_MAX))
                            .found("more")
                            .remedy("the image was made to waste the reader's time"));
        ObjectNode fields = MetadataText.decode(note.descriptor(), fault);
        var signature =
                new Statement.Signed(
                        new TrustedKey(base64(fields, "key", TrustedKey.LENGTH, fault)),
                        base64(fields, "signature", SIGNATURE_LENGTH, fault));
        statements.set(statements.size() - 1, statements.getLast().with(signature));
    }

    private static byte[] base64(ObjectNode fields, String key, int length, Fault fault)
            throws ImageException {
        String text = fields.path(key).asText();
        byte[] bytes =
                LibraryCall.decodeInMemory(
                        fault.field(key), "base64", () -> Base64.getDecoder().decode(text));
        if (bytes.length == length) return bytes;
        throw new CorruptImage(fault.field(key).expected(length + " bytes in base64").found(text));
    }

    void add(Statement statement) {
        statements.add(statement);
    }

    public List<Statement> statements() {
        return List.copyOf(statements);
    }

    public Optional<Statement> last() {
        return statements.isEmpty() ? Optional.empty() : Optional.of(statements.getLast());
    }

    public static List<Note> notes(List<Statement> statements) {
        List<Note> notes = new ArrayList<>();
        for (Statement statement : statements) {
            notes.add(Note.of(Native.OWNER, Native.NOTE_STATEMENT, statement.bytes()));
            for (Statement.Signed signature : statement.signatures()) {
                ObjectNode fields = JsonNodeFactory.instance.objectNode();
                fields.put("key", signature.key().toString());
                fields.put("signature", Base64.getEncoder().encodeToString(signature.bytes()));
                notes.add(
                        Note.of(
                                Native.OWNER,
                                Native.NOTE_SIGNATURE,
                                fields.toString().getBytes(StandardCharsets.UTF_8)));
            }
        }
        return notes;
    }
}
