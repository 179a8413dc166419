package org.xenimage.tools.dump;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.math.BigInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fields of a record or a section as a dump has them: as {@link org.xenimage.image.layout.FieldJson} writes
 * them, except for integers that a double cannot hold. These are written as {@code "0x"} and 16
 * hexadecimal digits, after a sign if they are negative, because most JSON tools would round them, even in fields
 * that the user did not edit.
 */
final class FieldTree {
    private static final BigInteger DOUBLE_MAX = BigInteger.ONE.shiftLeft(53);
    private static final Pattern HEX = Pattern.compile("(-?)0x([0-9a-fA-F]{16})");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private FieldTree() {}

    /**
     * For the file.
     *
     * @param fields of a record
     * @return a new tree
     */
    static ObjectNode readable(JsonNode fields) {
        return object(
                fields,
                value ->
                        value.isIntegralNumber()
                                        && value.bigIntegerValue().abs().compareTo(DOUBLE_MAX) >= 0
                                ? NODES.textNode(hex(value.bigIntegerValue()))
                                : value);
    }

    /**
     * From the file.
     *
     * @param tree of a record
     * @return a new tree, of integers where {@link #readable} has texts
     */
    static ObjectNode fields(ObjectNode tree) {
        return object(tree, FieldTree::number);
    }

    private static String hex(BigInteger value) {
        return "%s0x%016x".formatted(value.signum() < 0 ? "-" : "", value.abs());
    }

    private static JsonNode number(JsonNode value) {
        Matcher hex = HEX.matcher(value.isTextual() ? value.textValue() : "");
        return hex.matches()
                ? NODES.numberNode(new BigInteger(hex.group(1) + hex.group(2), 16))
                : value;
    }

    private static ObjectNode object(JsonNode from, UnaryOperator<JsonNode> scalar) {
        ObjectNode made = NODES.objectNode();
        for (var member : from.properties())
            made.set(member.getKey(), node(member.getValue(), scalar));
        return made;
    }

    private static JsonNode node(JsonNode from, UnaryOperator<JsonNode> scalar) {
        if (from instanceof ObjectNode object) return object(object, scalar);
        if (!(from instanceof ArrayNode array)) return scalar.apply(from);
        ArrayNode made = NODES.arrayNode(array.size());
        for (JsonNode item : array) made.add(node(item, scalar));
        return made;
    }
}
