package org.xenimage.image.layout;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Fields as JSON and back.
 *
 * <pre>
 *   Unsigned   integer, 64-bit ones too: never negative, never a string, never a fraction
 *   Bytes     string of lowercase hex, two digits for each byte
 *   Text       string, each character up to U+00FF
 *   Group      object, its members in the order of the wire
 *   Sequence   array
 * </pre>
 *
 * <p>JSON does not distinguish bytes from text, or 8 bits from 64: {@link #fields} returns texts
 * for both kinds of string, and 64 bits for every integer. A {@link Layout} accepts that where its
 * field can hold the value, so that fields written here can go to {@link Layout#encode} or to
 * {@code Record.ofFields} as they come back.
 */
public final class FieldJson {
    private FieldJson() {}

    /**
     * Writes fields.
     *
     * @param fields to write
     * @return a new object
     */
    public static JsonNode toJson(FieldValue.Group fields) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        fields.members().forEach((name, value) -> object.set(name, node(value)));
        return object;
    }

    /**
     * Reads fields.
     *
     * @param json an object as {@link #toJson} writes it
     * @return the fields, integers 64 bits wide and strings as texts
     * @throws FieldRejected if it has a value that no field can hold: a fraction, a negative number, null, true, false
     */
    public static FieldValue.Group fields(ObjectNode json) {
        return group(json, FieldPath.ROOT);
    }

    private static JsonNode node(FieldValue value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (value) {
            case FieldValue.Unsigned number ->
                    number.value() >= 0
                            ? nodes.numberNode(number.value())
                            : nodes.numberNode(number.toBigInteger());
            case FieldValue.Bytes run -> nodes.textNode(run.toString());
            case FieldValue.Text(String text) -> nodes.textNode(text);
            case FieldValue.Group group -> toJson(group);
            case FieldValue.Sequence(var items) -> {
                ArrayNode array = nodes.arrayNode(items.size());
                items.forEach(item -> array.add(node(item)));
                yield array;
            }
        };
    }

    private static FieldValue.Group group(ObjectNode json, FieldPath path) {
        SequencedMap<String, FieldValue> members = new LinkedHashMap<>();
        for (var property : json.properties())
            members.put(
                    property.getKey(), value(property.getValue(), path.name(property.getKey())));
        return new FieldValue.Group(members);
    }

    private static FieldValue value(JsonNode json, FieldPath path) {
        if (json instanceof ObjectNode object) return group(object, path);
        if (json instanceof ArrayNode array) {
            List<FieldValue> items = new ArrayList<>(array.size());
            for (int item = 0; item < array.size(); item++)
                items.add(value(array.get(item), path.index(item)));
            return new FieldValue.Sequence(items);
        }
        if (json.isTextual()) return new FieldValue.Text(json.textValue());
        if (json.isIntegralNumber()) {
            BigInteger number = json.bigIntegerValue();
            if (number.signum() >= 0 && number.bitLength() <= 64)
                return FieldValue.u64(number.longValue());
        }
        throw new FieldRejected(
                path.toString(),
                "an integer from 0x0 to 0xffffffffffffffff, a string, an array or an object",
                json.isNull() ? "nothing" : json.toString());
    }
}
