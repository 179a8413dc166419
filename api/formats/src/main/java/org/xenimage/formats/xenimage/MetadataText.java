package org.xenimage.formats.xenimage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.core.GuestFacts;
import org.xenimage.image.Conversion;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.StringJoiner;
import java.util.TreeMap;

/** The metadata of an image (section 4): what the source tells, what the caller adds, and room for more. */
final class MetadataText {
    /** What the descriptor is rounded up to, after at least half of it is left as room. */
    private static final int ROOM = 4096;

    private MetadataText() {}

    static ObjectNode of(
            GuestFacts facts, Map<String, String> given, Optional<String> release, int dropped) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        facts.domainName().ifPresent(name -> all.put("domain.name", name));
        facts.domainUuid().ifPresent(uuid -> all.put("domain.uuid", uuid));
        release.ifPresent(os -> all.put("guest.os", os));
        facts.header()
                .ifPresent(header -> {
                    if (!header.legacyConverted()) {
                        all.put(
                                "xen.version",
                                Integer.toUnsignedString(header.xenMajor())
                                        + "."
                                        + Integer.toUnsignedString(header.xenMinor()));
                    }
                });
        given.forEach((key, value) -> put(all, key, value));
        if (dropped > 0) all.put("segments.dropped", dropped);
        if (!facts.site().isEmpty()) all.set("site", facts.site());
        return all;
    }

    /** What of the metadata is text, which a rewrite carries over. */
    static SequencedMap<String, String> texts(ObjectNode metadata) {
        var all = new TreeMap<String, String>();
        for (Map.Entry<String, JsonNode> one : metadata.properties()) {
            JsonNode value = one.getValue();
            if (value.isTextual()) all.put(one.getKey(), value.asText());
            if (!one.getKey().equals(Conversion.LOSSES) || !value.isArray()) continue;
            var lines = new StringJoiner("\n");
            for (JsonNode line : value) lines.add(line.asText());
            all.put(one.getKey(), lines.toString());
        }
        return all;
    }

    private static void put(ObjectNode all, String key, String value) {
        if (!key.equals(Conversion.LOSSES)) {
            all.put(key, value);
            return;
        }
        ArrayNode lines = all.putArray(key);
        value.lines().forEach(lines::add);
    }

    /** The descriptor: the text and spaces. */
    static byte[] descriptor(ObjectNode metadata) {
        byte[] text = metadata.toString().getBytes(StandardCharsets.UTF_8);
        byte[] octets = new byte[(int) Native.aligned(text.length + ROOM / 2, ROOM)];
        Arrays.fill(octets, (byte) ' ');
        System.arraycopy(text, 0, octets, 0, text.length);
        return octets;
    }
}
