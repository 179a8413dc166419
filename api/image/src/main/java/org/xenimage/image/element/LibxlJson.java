package org.xenimage.image.element;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * JSON with the layout of libxl's printer (yajl with four spaces): an empty object is a brace, an empty line and a
 * brace; the text ends in a newline and a NUL.
 */
final class LibxlJson {
    private static final int REPEATED_MAX = 8;

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final ObjectWriter WRITER = MAPPER.writer(new Printer());

    private LibxlJson() {}

    /**
     * Reads an object. Of a key that stands twice the first counts, as for libxl, whose lookup takes the first match.
     * Malformed UTF-8 reads as U+FFFD; {@link JsonText} keeps the bytes of what nobody edits.
     */
    static ObjectNode parse(byte[] bytes, String element, long offset) throws IOException {
        Fault fault = Fault.in("image").at(offset).element(element);
        try (JsonParser json = MAPPER.createParser(text(bytes))) {
            JsonNode tree =
                    json.nextToken() == null ? MAPPER.getNodeFactory().missingNode() : node(json);
            if (json.nextToken() != null)
                throw new JsonParseException(json, "something follows the object");
            if (tree instanceof ObjectNode object) return object;
            throw new CorruptImage(
                    fault.expected("a JSON object")
                            .found(tree.getNodeType().toString())
                            .remedy("the image keeps its config; a policy cannot edit it"));
        } catch (JsonProcessingException e) {
            long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getCharOffset());
            throw new CorruptImage(
                    fault.at(offset == Fault.NO_OFFSET ? Fault.NO_OFFSET : offset + at)
                            .problem("is not valid JSON: " + e.getOriginalMessage())
                            .remedy(
                                    "an image of the legacy toolstack keeps its config in another form"),
                    e);
        }
    }

    /** The text without the NULs at its end. */
    private static String text(byte[] bytes) {
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == 0) length--;
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /**
     * The keys that stand twice in an object, which no reader but the first match of libxl is bound to agree on.
     *
     * @param bytes a JSON text
     * @return their names, the first few
     */
    static List<String> repeated(byte[] bytes) throws IOException {
        List<String> found = new ArrayList<>();
        Deque<Set<String>> open = new ArrayDeque<>();
        try (JsonParser json = MAPPER.createParser(text(bytes))) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.START_OBJECT) open.push(new HashSet<>());
                else if (token == JsonToken.END_OBJECT) open.pop();
                else if (token == JsonToken.FIELD_NAME
                        && !open.element().add(json.currentName())
                        && found.size() < REPEATED_MAX) found.add(json.currentName());
            }
        }
        return found;
    }

    /** Builds the value that begins with the current token; the parser bounds its depth. */
    private static JsonNode node(JsonParser json) throws IOException {
        JsonNodeFactory nodes = MAPPER.getNodeFactory();
        return switch (json.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = nodes.objectNode();
                for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                    json.nextToken();
                    JsonNode value = node(json);
                    if (!object.has(key)) object.set(key, value);
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = nodes.arrayNode();
                while (json.nextToken() != JsonToken.END_ARRAY) array.add(node(json));
                yield array;
            }
            case VALUE_STRING -> nodes.textNode(json.getText());
            case VALUE_NUMBER_INT ->
                    switch (json.getNumberType()) {
                        case INT -> nodes.numberNode(json.getIntValue());
                        case LONG -> nodes.numberNode(json.getLongValue());
                        default -> nodes.numberNode(json.getBigIntegerValue());
                    };
            case VALUE_NUMBER_FLOAT -> nodes.numberNode(json.getDecimalValue());
            case VALUE_TRUE -> nodes.booleanNode(true);
            case VALUE_FALSE -> nodes.booleanNode(false);
            case VALUE_NULL -> nodes.nullNode();
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
                    throw new JsonParseException(json, "expected a value");
        };
    }

    /** A config as libxl writes it, with its newline and its NUL. */
    static byte[] print(JsonNode json) {
        byte[] text = encode(lines(json) + "\n");
        return Arrays.copyOf(text, text.length + 1);
    }

    /** A value in lines, four spaces for each level. */
    static String lines(JsonNode json) {
        try {
            return WRITER.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a tree that is no JSON", e);
        }
    }

    /** A value in one line. */
    static String compact(JsonNode json) {
        return json.toString();
    }

    /** A string as the parser reads it. */
    static String string(String quoted) throws JsonProcessingException {
        return MAPPER.readTree(quoted).asText();
    }

    /** JSON as UTF-8; half of a surrogate pair, which UTF-8 cannot hold, as an escape. */
    static byte[] encode(String json) {
        StringBuilder escaped = new StringBuilder(json.length());
        for (int i = 0; i < json.length(); i++) {
            char unit = json.charAt(i);
            if (!Character.isSurrogate(unit)) {
                escaped.append(unit);
            } else if (i + 1 < json.length()
                    && Character.isSurrogatePair(unit, json.charAt(i + 1))) {
                escaped.append(unit).append(json.charAt(++i));
            } else {
                escaped.append("\\u%04x".formatted((int) unit));
            }
        }
        return escaped.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static final class Printer extends DefaultPrettyPrinter {
        private static final long serialVersionUID = 1L;

        Printer() {
            _objectIndenter = new DefaultIndenter("    ", "\n");
            _arrayIndenter = _objectIndenter;
        }

        private Printer(Printer from) {
            super(from);
        }

        @Override
        public DefaultPrettyPrinter createInstance() {
            return new Printer(this);
        }

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator generator) throws IOException {
            generator.writeRaw(": ");
        }

        @Override
        public void writeEndObject(JsonGenerator generator, int members) throws IOException {
            --_nesting;
            if (members == 0) generator.writeRaw('\n');
            _objectIndenter.writeIndentation(generator, _nesting);
            generator.writeRaw('}');
        }

        @Override
        public void writeEndArray(JsonGenerator generator, int members) throws IOException {
            --_nesting;
            if (members == 0) generator.writeRaw('\n');
            _arrayIndenter.writeIndentation(generator, _nesting);
            generator.writeRaw(']');
        }
    }
}
