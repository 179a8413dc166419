package org.xenimage.script.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.layout.FieldValue;

/**
 * Fields as trees that tell 64-bit integers from narrower ones: the former are big integers whatever their magnitude.
 */
final class FieldTrees {
    private FieldTrees() {}

    static ObjectNode tree(FieldValue.Group group) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        group.members().forEach((name, value) -> object.set(name, node(value)));
        return object;
    }

    private static JsonNode node(FieldValue value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (value) {
            case FieldValue.Unsigned number ->
                    number.bits() == 64
                            ? nodes.numberNode(number.toBigInteger())
                            : nodes.numberNode(number.value());
            case FieldValue.Bytes run -> nodes.textNode(run.toString());
            case FieldValue.Text(String text) -> nodes.textNode(text);
            case FieldValue.Group group -> tree(group);
            case FieldValue.Sequence(var items) -> {
                ArrayNode array = nodes.arrayNode(items.size());
                items.forEach(item -> array.add(node(item)));
                yield array;
            }
        };
    }
}
