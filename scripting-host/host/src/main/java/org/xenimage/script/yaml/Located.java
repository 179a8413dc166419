package org.xenimage.script.yaml;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.foreign.LibraryCall;
import org.xenimage.script.header.Nearest;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A value that knows its place: line and column in a YAML file, and its path of keys. Immutable.
 *
 * <p>Aliases, duplicate keys, more than {@link #DEPTH_MAX} levels and more than {@link #VALUES_MAX} values are refused,
 * so a short file cannot expand to a large tree.
 */
public final class Located {
    private static final int DEPTH_MAX = 40;
    private static final int VALUES_MAX = 100_000;

    private final String file;
    private final int line;
    private final int column;
    private final String path;
    private final JsonNode json;
    private final Map<String, Located> entries;
    private final List<Located> items;

    private Located(
            String file,
            int line,
            int column,
            String path,
            JsonNode json,
            Map<String, Located> entries,
            List<Located> items) {
        this.file = file;
        this.line = line;
        this.column = column;
        this.path = path;
        this.json = json;
        this.entries = entries;
        this.items = items;
    }

    /**
     * A tree from a test script, which has no lines.
     *
     * @param path of it, for messages
     * @param json the tree
     * @return the tree, located
     */
    public static Located of(String path, JsonNode json) {
        Map<String, Located> entries = new LinkedHashMap<>();
        List<Located> items = new ArrayList<>();
        for (var property : json.properties())
            entries.put(
                    property.getKey(), of(member(path, property.getKey()), property.getValue()));
        if (json.isArray())
            for (int i = 0; i < json.size(); i++) items.add(of(path + "[" + i + "]", json.get(i)));
        return new Located("", 0, 0, path, json, entries, items);
    }

    private static String member(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /**
     * Reads one document of YAML, which JSON is too.
     *
     * @param file its name, for messages
     * @param text of at most a few mebibytes: the caller bounds it
     * @return its value
     * @throws SpecRejected if it is not one document of YAML, or too large a tree
     */
    public static Located yaml(String file, byte[] text) {
        try {
            return LibraryCall.decodeInMemory(
                    Fault.in(file),
                    "YAML",
                    () -> {
                        try (YAMLParser parser = new YAMLFactory().createParser(text)) {
                            return new Reading(file, parser).document();
                        }
                    });
        } catch (CorruptImage e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause())
                if (cause instanceof SpecRejected rejected) throw rejected;
            throw new SpecRejected(place(file, e), reason(e));
        } catch (IOException e) {
            throw new SpecRejected(file, LibraryCall.reason(e));
        }
    }

    private static String place(String file, CorruptImage failure) {
        if (!(failure.getCause() instanceof com.fasterxml.jackson.core.JacksonException json)
                || json.getLocation() == null) return file;
        return "%s:%d:%d"
                .formatted(file, json.getLocation().getLineNr(), json.getLocation().getColumnNr());
    }

    private static String reason(CorruptImage failure) {
        Throwable cause = failure.getCause();
        String reason = LibraryCall.reason(cause == null ? failure : cause);
        // The library's message names what it was reading, shows the place, and then describes the
        // problem.
        if (cause instanceof com.fasterxml.jackson.core.JacksonException json)
            reason =
                    json.getOriginalMessage()
                            .lines()
                            .filter(line -> !line.isBlank() && !line.startsWith(" "))
                            .limit(2)
                            .collect(Collectors.joining(", "));
        return "is not valid YAML: " + reason;
    }

    /** Reads the tokens of a document. */
    private static final class Reading {
        private final String file;
        private final YAMLParser parser;
        private int values;

        Reading(String file, YAMLParser parser) {
            this.file = file;
            this.parser = parser;
        }

        Located document() throws IOException {
            if (parser.nextToken() == null) throw rejected("is empty");
            Located made = value("", 0);
            if (parser.nextToken() != null) throw rejected("expected one document, found another");
            return made;
        }

        private SpecRejected rejected(String problem) {
            var at = parser.currentTokenLocation();
            return new SpecRejected(
                    "%s:%d:%d"
                            .formatted(
                                    file,
                                    Math.max(1, at.getLineNr()),
                                    Math.max(1, at.getColumnNr())),
                    problem);
        }

        private Located value(String path, int depth) throws IOException {
            if (depth > DEPTH_MAX) throw rejected("is nested deeper than " + DEPTH_MAX + " levels");
            if (++values > VALUES_MAX) throw rejected("has more than " + VALUES_MAX + " values");
            if (parser.isCurrentAlias())
                throw rejected("an alias is not allowed here: write the value again");
            int line = parser.currentTokenLocation().getLineNr();
            int column = parser.currentTokenLocation().getColumnNr();
            JsonNodeFactory nodes = JsonNodeFactory.instance;
            Map<String, Located> entries = new LinkedHashMap<>();
            List<Located> items = new ArrayList<>();
            JsonNode json;
            switch (parser.currentToken()) {
                case START_OBJECT -> {
                    ObjectNode object = nodes.objectNode();
                    while (parser.nextToken() != JsonToken.END_OBJECT) {
                        String key = parser.currentName();
                        if (entries.containsKey(key))
                            throw rejected(member(path, key) + " is given twice");
                        parser.nextToken();
                        Located child = value(member(path, key), depth + 1);
                        entries.put(key, child);
                        object.set(key, child.json);
                    }
                    json = object;
                }
                case START_ARRAY -> {
                    ArrayNode array = nodes.arrayNode();
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        Located child = value(path + "[" + items.size() + "]", depth + 1);
                        items.add(child);
                        array.add(child.json);
                    }
                    json = array;
                }
                default -> json = scalar(nodes);
            }
            return new Located(file, line, column, path, json, entries, items);
        }

        private JsonNode scalar(JsonNodeFactory nodes) throws IOException {
            return switch (parser.currentToken()) {
                case VALUE_STRING -> nodes.textNode(parser.getText());
                case VALUE_TRUE -> nodes.booleanNode(true);
                case VALUE_FALSE -> nodes.booleanNode(false);
                case VALUE_NULL -> nodes.nullNode();
                case VALUE_NUMBER_INT -> integer(nodes, parser);
                case VALUE_NUMBER_FLOAT -> nodes.numberNode(new BigDecimal(parser.getText()));
                default -> throw rejected("expected a text, a number, true, false, a list or keys");
            };
        }

        private static JsonNode integer(JsonNodeFactory nodes, JsonParser parser)
                throws IOException {
            BigInteger value = parser.getBigIntegerValue();
            if (value.bitLength() < Integer.SIZE) return nodes.numberNode(value.intValue());
            return value.bitLength() < Long.SIZE
                    ? nodes.numberNode(value.longValue())
                    : nodes.numberNode(value);
        }
    }

    /** {@return the value, not to be changed} */
    public JsonNode json() {
        return json;
    }

    /** {@return the keys that lead to it, empty for the whole} */
    public String path() {
        return path;
    }

    /** {@return file, line and column; empty if it is not from a file} */
    public String place() {
        return file.isEmpty() ? "" : "%s:%d:%d".formatted(file, line, column);
    }

    /** {@return the values by their keys, in order; none if it has no keys} */
    public Map<String, Located> entries() {
        return entries;
    }

    /**
     * Looks a value up.
     *
     * @param key of it
     * @return the value, if it is given
     */
    public Optional<Located> find(String key) {
        return Optional.ofNullable(entries.get(key));
    }

    /**
     * Refuses the value.
     *
     * @param problem in words
     * @return what to throw
     */
    public SpecRejected rejected(String problem) {
        return new SpecRejected(place(), path.isEmpty() ? problem : path + ": " + problem);
    }

    /**
     * Refuses the value for another.
     *
     * @param expected in words
     * @return what to throw
     */
    public SpecRejected expected(String expected) {
        return rejected("expected " + expected + ", found " + describe());
    }

    private String describe() {
        return switch (json.getNodeType()) {
            case OBJECT -> "keys";
            case ARRAY -> "a list";
            case NULL -> "nothing";
            default -> json.toString();
        };
    }

    /**
     * Refuses keys that are not known.
     *
     * @param known keys
     * @return this
     */
    public Located keys(List<String> known) {
        if (!json.isObject()) throw expected("keys of " + String.join(", ", known));
        for (var entry : entries.entrySet())
            if (!known.contains(entry.getKey()))
                throw new SpecRejected(
                        entry.getValue().place(),
                        (path.isEmpty() ? "there is no key " : path + " has no key ")
                                + entry.getKey()
                                + Nearest.suggestion(entry.getKey(), known));
        return this;
    }

    /** {@return the values by keys that the user chooses} */
    public Map<String, Located> anyKeys() {
        if (!json.isObject()) throw expected("keys");
        return entries;
    }

    /** {@return the items of a list, or the one value} */
    public List<Located> list() {
        return json.isArray() ? items : List.of(this);
    }

    /** {@return the items of what must be a list} */
    public List<Located> items() {
        if (!json.isArray()) throw expected("a list");
        return items;
    }

    /** {@return what must be a text} */
    public String text() {
        if (!json.isTextual()) throw expected("a text");
        return json.textValue();
    }

    /** {@return what must be true or false} */
    public boolean flag() {
        if (!json.isBoolean()) throw expected("true or false");
        return json.booleanValue();
    }

    /**
     * An integer, in decimal or with 0x.
     *
     * @param least allowed
     * @param most allowed
     * @return the integer
     */
    public long integer(long least, long most) {
        Optional<BigInteger> value = integer(json);
        if (value.isPresent()
                && value.get().compareTo(BigInteger.valueOf(least)) >= 0
                && value.get().compareTo(BigInteger.valueOf(most)) <= 0)
            return value.get().longValueExact();
        throw expected("an integer from %d to %d".formatted(least, most));
    }

    /**
     * A number, or a string with a number in decimal or with 0x.
     *
     * @param json that may be one
     * @return the number, if it is one
     */
    public static Optional<BigInteger> integer(JsonNode json) {
        if (json.isIntegralNumber()) return Optional.of(json.bigIntegerValue());
        String text = json.isTextual() ? json.textValue().toLowerCase(Locale.ROOT) : "";
        if (!text.matches("0x[0-9a-f]{1,32}")) return Optional.empty();
        return Optional.of(new BigInteger(text.substring(2), 16));
    }
}
