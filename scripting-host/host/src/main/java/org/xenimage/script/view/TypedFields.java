package org.xenimage.script.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.script.engine.ScriptRefusal;

import java.util.Set;

/**
 * Fields as trees, with numbers typed by the field, not by the value: indices and counts are
 * Numbers in JavaScript, even if they have 64 bits on the wire; 64-bit masks, addresses and
 * registers are BigInts. Python has one int for both.
 */
public final class TypedFields {
    /**
     * Fields of 64 bits that are indices, PFNs or counts. Where a sequence has no names, that of the sequence counts.
     */
    private static final Set<String> NUMBERS =
            Set.of("index", "pfn", "p2m_pfn", "ldt_ents", "gdt_ents");

    /** The greatest integer that a Number holds exactly. */
    private static final long SAFE = (1L << 53) - 1;

    private TypedFields() {}

    /**
     * The fields of a record as a tree.
     *
     * @param group the fields
     * @return a new tree
     */
    public static ObjectNode tree(FieldValue.Group group) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        group.members().forEach((name, value) -> object.set(name, node(name, value)));
        return object;
    }

    private static JsonNode node(String name, FieldValue value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (value) {
            case FieldValue.Unsigned number -> number(name, number);
            case FieldValue.Bytes run -> nodes.textNode(run.toString());
            case FieldValue.Text(String text) -> nodes.textNode(text);
            case FieldValue.Group group -> tree(group);
            case FieldValue.Sequence(var items) -> {
                ArrayNode array = nodes.arrayNode(items.size());
                items.forEach(item -> array.add(node(name, item)));
                yield array;
            }
        };
    }

    /** Whether the numbers of a field are BigInts. */
    static boolean wide(String name, int bits) {
        return bits == Long.SIZE && !NUMBERS.contains(name);
    }

    private static JsonNode number(String name, FieldValue.Unsigned number) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (wide(name, number.bits())) return nodes.numberNode(number.toBigInteger());
        if (number.bits() < Long.SIZE) return nodes.numberNode(number.value());
        if (number.value() >= 0 && number.value() <= SAFE) return nodes.numberNode(number.value());
        throw new ScriptRefusal(
                "record.fields: %s holds 0x%x, which no number of this field's type holds exactly; use record.bytes"
                        .formatted(name, number.value()));
    }
}
