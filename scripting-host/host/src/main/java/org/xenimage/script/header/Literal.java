package org.xenimage.script.header;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** A literal of JavaScript or Python, and its line, counted from 1. */
public sealed interface Literal {
    /** {@return the line it begins on} */
    int line();

    /**
     * A string.
     *
     * @param line it begins on
     * @param value its characters
     */
    record Text(int line, String value) implements Literal {}

    /**
     * Bytes, as of Python's {@code b'…'}.
     *
     * @param line it begins on
     * @param value one character for each byte
     */
    record Bytes(int line, String value) implements Literal {}

    /**
     * A number.
     *
     * @param line it begins on
     * @param value exactly
     * @param integer whether it is written as an integer
     */
    record Numeral(int line, BigDecimal value, boolean integer) implements Literal {
        private JsonNode node() {
            JsonNodeFactory nodes = JsonNodeFactory.instance;
            if (!integer) return nodes.numberNode(value);
            BigInteger exact = value.toBigIntegerExact();
            if (exact.bitLength() < Integer.SIZE) return nodes.numberNode(exact.intValue());
            return exact.bitLength() < Long.SIZE
                    ? nodes.numberNode(exact.longValue())
                    : nodes.numberNode(exact);
        }
    }

    /**
     * True or false.
     *
     * @param line it begins on
     * @param value which of them
     */
    record Flag(int line, boolean value) implements Literal {}

    /**
     * {@code null}, {@code undefined} or {@code None}.
     *
     * @param line it begins on
     */
    record Nothing(int line) implements Literal {}

    /**
     * A regular expression.
     *
     * @param line it begins on
     * @param source the expression
     * @param flags letters of {@code i}, {@code m}, {@code s}, {@code x}
     */
    record Expression(int line, String source, String flags) implements Literal {}

    /**
     * An array, list or tuple.
     *
     * @param line it begins on
     * @param values the items
     */
    record Items(int line, List<Literal> values) implements Literal {}

    /**
     * An object or dict.
     *
     * @param line it begins on
     * @param values in the order of the text
     */
    record Entries(int line, Map<String, Literal> values) implements Literal {}

    /** {@return what kind of literal this is, in words} */
    default String kind() {
        return switch (this) {
            case Text _ -> "a string";
            case Bytes _ -> "bytes";
            case Numeral _ -> "a number";
            case Flag _ -> "true or false";
            case Nothing _ -> "null";
            case Expression _ -> "a regular expression";
            case Items _ -> "a list";
            case Entries _ -> "an object";
        };
    }

    /**
     * The literal as JSON.
     *
     * @return a new tree
     * @throws LiteralRejected if it holds what JSON has not: bytes, a regular expression
     */
    default JsonNode json() throws LiteralRejected {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (this) {
            case Text text -> nodes.textNode(text.value());
            case Flag flag -> nodes.booleanNode(flag.value());
            case Nothing _ -> nodes.nullNode();
            case Numeral number -> number.node();
            case Items items -> {
                ArrayNode array = nodes.arrayNode(items.values().size());
                for (Literal item : items.values()) array.add(item.json());
                yield array;
            }
            case Entries entries -> {
                ObjectNode object = nodes.objectNode();
                for (var entry : entries.values().entrySet())
                    object.set(entry.getKey(), entry.getValue().json());
                yield object;
            }
            case Bytes _, Expression _ ->
                    throw new LiteralRejected(line(), 1, kind() + " where JSON is needed");
        };
    }
}
