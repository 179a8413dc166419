package org.xenimage.image;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * JSON with the layout of libxl's printer (yajl with four spaces): an empty object is a brace, an empty line and a
 * brace; the text ends in a newline and a NUL.
 */
final class LibxlJson {
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                    .build();
    private static final ObjectWriter WRITER = MAPPER.writer(new Printer());

    private LibxlJson() {}

    static ObjectNode parse(byte[] bytes, String element, long offset) throws IOException {
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == 0) length--;
        Fault fault = Fault.in("image").at(offset).element(element);
        try {
            JsonNode tree = MAPPER.readTree(new String(bytes, 0, length, StandardCharsets.UTF_8));
            if (tree instanceof ObjectNode object) return object;
            throw new CorruptImage(
                    fault.expected("a JSON object")
                            .found(tree.getNodeType().toString())
                            .remedy("the image keeps its config; a policy cannot edit it"));
        } catch (JsonProcessingException e) {
            long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getCharOffset());
            throw new CorruptImage(
                    fault.at(offset == Fault.NO_OFFSET ? Fault.NO_OFFSET : offset + at)
                            .problem("is no JSON: " + e.getOriginalMessage())
                            .remedy(
                                    "an image of the legacy toolstack keeps its config in another form"),
                    e);
        }
    }

    static byte[] print(JsonNode json) {
        try {
            byte[] text = (WRITER.writeValueAsString(json) + "\n").getBytes(StandardCharsets.UTF_8);
            return Arrays.copyOf(text, text.length + 1);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a tree that is no JSON", e);
        }
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
