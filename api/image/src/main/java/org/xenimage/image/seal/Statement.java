package org.xenimage.image.seal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.foreign.TreeBudget;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One entry of a provenance chain: a JSON object in UTF-8, whose exact bytes are signed.
 *
 * @param bytes verbatim in the image
 * @param fields what they say
 * @param signatures over the bytes
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out; a statement is known by its hash
public record Statement(byte[] bytes, JsonNode fields, List<Signed> signatures) {
    /** The prefix of the signed bytes, which makes the signature invalid for any other purpose. */
    public static final String PREFIX = "Xenimage statement\n";

    private static final String SECTIONS = "sections";

    /** How long a statement may be. */
    public static final int LENGTH_MAX = 1 << 20;

    /** Copies bytes, fields and list. */
    public Statement {
        bytes = bytes.clone();
        fields = fields.deepCopy();
        signatures = List.copyOf(signatures);
    }

    /** {@return a copy of what the bytes say} */
    @Override
    public JsonNode fields() {
        return fields.deepCopy();
    }

    /** {@return a copy of the bytes} */
    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * A signature.
     *
     * @param key that made it, as the image says
     * @param bytes 64 of them
     */
    @SuppressWarnings(
            "ArrayRecordComponent") // copied in and out; a signature is not a key of a map
    public record Signed(TrustedKey key, byte[] bytes) {
        /** Copies the bytes. */
        public Signed {
            bytes = bytes.clone();
        }

        /** {@return a copy of the bytes} */
        @Override
        public byte[] bytes() {
            return bytes.clone();
        }
    }

    /**
     * A policy that ran.
     *
     * @param name by its header
     * @param version by its header, may be empty
     * @param digest SHA-256 of its file, in hexadecimal digits
     */
    public record AppliedPolicy(String name, String version, String digest) {}

    /**
     * What its author says; the writer of the image adds the digests. An empty text says nothing.
     *
     * @param operation such as {@code rewrite}
     * @param policies that ran, in order
     * @param time as RFC 3339
     * @param host on which it was done
     * @param operator who did it
     */
    public record Draft(
            String operation,
            List<AppliedPolicy> policies,
            String time,
            String host,
            String operator) {
        /** Copies the list. */
        public Draft {
            policies = List.copyOf(policies);
        }
    }

    /**
     * Decodes a statement that has no signature yet.
     *
     * @param bytes verbatim
     * @param place names them in a fault
     * @return the statement
     * @throws ImageException a {@link CorruptImage} if it is not a JSON object, a
     *     {@link org.xenimage.image.fault.LimitExceeded} if it is too large for the heap
     */
    public static Statement decode(byte[] bytes, Fault place) throws ImageException {
        return decode(bytes, place, TreeBudget.here());
    }

    /**
     * Decodes a statement that has no signature yet, as one of several of an image.
     *
     * @param bytes verbatim
     * @param place names them in a fault
     * @param budget for what all statements of the image say
     * @return the statement
     * @throws ImageException a {@link CorruptImage} if it is not a JSON object, a
     *     {@link org.xenimage.image.fault.LimitExceeded} if the budget is used up
     */
    @SuppressWarnings("exports") // a budget is for the codecs, which see its package
    public static Statement decode(byte[] bytes, Fault place, TreeBudget budget)
            throws ImageException {
        Fault fault = place.element("statement of provenance");
        if (bytes.length > LENGTH_MAX)
            throw new CorruptImage(fault.expected("at most 0x100000 bytes").found(bytes.length));
        ObjectNode fields =
                BoundedJson.object(
                        MemorySegment.ofArray(bytes), BoundedJson.Rules.USUAL, fault, budget);
        return new Statement(bytes, fields, List.of());
    }

    /**
     * Makes the statement that follows another.
     *
     * @param draft what its author says
     * @param digest of the content that the image has now, in hexadecimal digits
     * @param length of its stream in bytes
     * @param input the digest of the image that it was made from, if that had one
     * @param sections of sites that the image has now, each with its stamp; see {@link Provenance#sections}
     * @param previous the last statement so far
     * @return the statement, not signed
     */
    public static Statement after(
            Optional<Statement> previous,
            Draft draft,
            String digest,
            long length,
            Optional<String> input,
            Map<String, String> sections) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        fields.put("operation", draft.operation());
        fields.put("digest", digest);
        fields.put("stream_length", length);
        input.ifPresent(of -> fields.put("input", of));
        if (!sections.isEmpty()) {
            ObjectNode stamps = fields.putObject(SECTIONS);
            new TreeMap<>(sections).forEach(stamps::put);
        }
        if (!draft.policies().isEmpty()) {
            ArrayNode policies = fields.putArray("policies");
            for (AppliedPolicy policy : draft.policies()) {
                ObjectNode one = policies.addObject().put("name", policy.name());
                if (!policy.version().isEmpty()) one.put("version", policy.version());
                one.put("digest", policy.digest());
            }
        }
        if (!draft.time().isEmpty()) fields.put("time", draft.time());
        if (!draft.host().isEmpty()) fields.put("host", draft.host());
        if (!draft.operator().isEmpty()) fields.put("operator", draft.operator());
        previous.ifPresent(before -> fields.put("previous", before.hash()));
        return new Statement(fields.toString().getBytes(StandardCharsets.UTF_8), fields, List.of());
    }

    /**
     * This statement with another signature.
     *
     * @param key that signs
     * @return the statement
     */
    public Statement signedBy(SigningKey key) {
        return with(new Signed(key.trusted(), key.sign(prefix(), bytes)));
    }

    /**
     * This statement with a signature that was read.
     *
     * @param signature not checked yet
     * @return the statement
     */
    public Statement with(Signed signature) {
        var more = new ArrayList<>(signatures);
        more.add(signature);
        return new Statement(bytes, fields, more);
    }

    /**
     * Whether a signature is of its key, over this statement.
     *
     * @param signature one of this statement's
     * @return whether it is good
     */
    public boolean verifies(Signed signature) {
        return signature.key().verifies(signature.bytes(), prefix(), bytes);
    }

    private static byte[] prefix() {
        return PREFIX.getBytes(StandardCharsets.US_ASCII);
    }

    /** {@return the SHA-256 of the bytes, in hexadecimal digits} */
    public String hash() {
        return Sha256.text(bytes);
    }

    /** {@return the sections of sites that the image had, each with its stamp} */
    public SortedMap<String, String> sections() {
        var stamps = new TreeMap<String, String>();
        for (Map.Entry<String, JsonNode> one : fields.path(SECTIONS).properties())
            stamps.put(one.getKey(), one.getValue().asText());
        return Collections.unmodifiableSortedMap(stamps);
    }

    /**
     * A field that is text.
     *
     * @param key such as {@code operation}
     * @return its text, empty if there is none
     */
    public String text(String key) {
        JsonNode value = fields.path(key);
        return value.isTextual() ? value.asText() : "";
    }
}
