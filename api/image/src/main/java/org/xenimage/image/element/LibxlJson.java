package org.xenimage.image.element;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.foreign.TreeBudget;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * JSON with the layout of libxl's printer (yajl with four spaces): an empty object is a brace, an empty line and a
 * brace; the text ends in a newline and a NUL.
 */
final class LibxlJson {
    private static final int REPEATED_MAX = 8;

    private static final ObjectWriter WRITER = new JsonMapper().writer(new Printer());

    private LibxlJson() {}

    /**
     * Reads an object. Of duplicate keys the first counts, as in libxl. Malformed UTF-8 reads as
     * U+FFFD; {@link JsonText} preserves the bytes of everything that is not edited.
     */
    static ObjectNode parse(MemorySegment bytes, Fault place) throws ImageException {
        return BoundedJson.object(bytes, BoundedJson.Rules.LIBXL, place, TreeBudget.here());
    }

    /** Where JSON of libxl stands, for messages. */
    static Fault place(String element, long offset) {
        return Fault.in("image")
                .at(offset)
                .element(element)
                .remedy("the image keeps it unchanged, but policies cannot edit it");
    }

    /**
     * The duplicate keys in an object; readers other than libxl, which uses the first, may disagree
     * about them.
     *
     * @param bytes a JSON text
     * @return their names, the first few
     */
    static List<String> repeated(MemorySegment bytes) throws IOException {
        return BoundedJson.repeated(bytes, place("config", Fault.NO_OFFSET), REPEATED_MAX);
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
            throw new IllegalArgumentException("a tree that is not JSON", e);
        }
    }

    /** A value in one line. */
    static String compact(JsonNode json) {
        return json.toString();
    }

    /** A string as the parser reads it. */
    static String string(String quoted) throws ImageException {
        return BoundedJson.string(quoted);
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
