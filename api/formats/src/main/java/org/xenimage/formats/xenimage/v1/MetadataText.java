package org.xenimage.formats.xenimage.v1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.core.GuestFacts;
import org.xenimage.formats.elf.Note;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.foreign.TreeBudget;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.spi.Container;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * The metadata of an image (section 4): from the source, from the caller, and from earlier
 * metadata.
 */
public final class MetadataText {
    private static final String NAME = "domain.name";
    private static final String UUID = "domain.uuid";
    private static final String OS = "guest.os";
    private static final String VERSION = "xen.version";
    private static final String DROPPED = "segments.dropped";
    private static final String DEBUGGERS = "debuggers";
    private static final String SITE = "site";

    private MetadataText() {}

    /**
     * Combines metadata, in a fixed order.
     *
     * @param before of the rewritten image; its stream takes precedence
     * @param given by the caller: goes before it
     * @param remarks what debuggers will not find
     */
    public static ObjectNode of(
            ObjectNode before,
            GuestFacts facts,
            Map<String, String> given,
            Optional<String> release,
            List<String> remarks) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        put(all, NAME, facts.domainName(), before);
        put(all, UUID, facts.domainUuid(), before);
        put(all, OS, release, before);
        put(all, VERSION, facts.header().flatMap(MetadataText::version), before);
        var others = new TreeMap<String, JsonNode>();
        for (Map.Entry<String, JsonNode> one : before.properties()) {
            String key = one.getKey();
            if (!all.has(key)
                    && !key.equals(DROPPED)
                    && !key.equals(DEBUGGERS)
                    && !key.equals(SITE)) others.put(key, one.getValue());
        }
        given.forEach((key, value) -> others.put(key, node(key, value)));
        others.forEach(all::set);
        if (!remarks.isEmpty()) all.set(DEBUGGERS, node(DEBUGGERS, String.join("\n", remarks)));
        if (!facts.site().isEmpty()) all.set(SITE, facts.site());
        return all;
    }

    private static void put(ObjectNode all, String key, Optional<String> value, ObjectNode before) {
        if (value.isPresent()) all.put(key, value.get());
        else if (before.has(key)) all.set(key, before.get(key));
    }

    private static Optional<String> version(LibxcHeader header) {
        return header.legacyConverted()
                ? Optional.empty()
                : Optional.of(
                        Integer.toUnsignedString(header.xenMajor())
                                + "."
                                + Integer.toUnsignedString(header.xenMinor()));
    }

    /** What of the metadata is text, for those who look only. */
    public static SequencedMap<String, String> texts(JsonNode metadata) {
        var all = new TreeMap<String, String>();
        for (Map.Entry<String, JsonNode> one : metadata.properties()) {
            JsonNode value = one.getValue();
            if (value.isTextual()) all.put(one.getKey(), value.asText());
            if (!lines(one.getKey()) || !value.isArray()) continue;
            var lines = new StringJoiner("\n");
            for (JsonNode line : value) lines.add(line.asText());
            all.put(one.getKey(), lines.toString());
        }
        return all;
    }

    /** Whether a key holds an array of text, one per line. */
    private static boolean lines(String key) {
        return key.equals(Conversion.LOSSES)
                || key.equals(Container.PARTIAL)
                || key.equals(DEBUGGERS);
    }

    private static JsonNode node(String key, String value) {
        if (!lines(key)) return JsonNodeFactory.instance.textNode(value);
        ArrayNode lines = JsonNodeFactory.instance.arrayNode();
        value.lines().forEach(lines::add);
        return lines;
    }

    /** The note METADATA. */
    public static Note note(ObjectNode metadata) {
        return Note.of(
                Native.OWNER,
                Native.NOTE_METADATA,
                metadata.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Decodes a descriptor or a chunk. */
    public static ObjectNode decode(MemorySegment bytes, Fault place) throws ImageException {
        return BoundedJson.object(bytes, BoundedJson.Rules.USUAL, place, TreeBudget.here());
    }
}
