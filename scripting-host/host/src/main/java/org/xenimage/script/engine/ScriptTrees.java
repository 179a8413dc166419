package org.xenimage.script.engine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.foreign.LibraryCall;

import java.math.BigInteger;

/** Reads the JSON text that the prelude of JavaScript makes of a tree, in which BigInts are marked strings. */
final class ScriptTrees {
    private static final char MARK = '\uE000';
    private static final int DEPTH_MAX = 256;
    private static final int DIGITS_MAX = 5000;

    private static final ObjectReader READER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(DEPTH_MAX)
                                                    .maxNumberLength(DIGITS_MAX)
                                                    .maxStringLength(Integer.MAX_VALUE)
                                                    .maxNameLength(1 << 20)
                                                    .build())
                                    .build())
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build()
                    .reader()
                    .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private ScriptTrees() {}

    static JsonNode read(String text, String what) {
        JsonNode tree;
        try {
            tree = READER.readTree(text);
        } catch (JsonProcessingException | RuntimeException e) {
            // The library rejects some numbers with errors of its own.
            throw new ScriptRefusal(what + ": " + LibraryCall.reason(e), e);
        }
        return unmarked(tree, what);
    }

    private static JsonNode unmarked(JsonNode tree, String what) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (tree instanceof ObjectNode object) {
            for (var property : object.properties())
                property.setValue(unmarked(property.getValue(), what));
        } else if (tree instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) array.set(i, unmarked(array.get(i), what));
        } else if (tree.isTextual()
                && tree.textValue().length() > 1
                && tree.textValue().charAt(0) == MARK) {
            String marked = tree.textValue();
            if (marked.charAt(1) != 'n') return nodes.textNode(marked.substring(2));
            if (marked.length() > DIGITS_MAX)
                throw new ScriptRefusal(
                        what + ": an integer of more than " + DIGITS_MAX + " digits");
            return nodes.numberNode(new BigInteger(marked.substring(2)));
        }
        return tree;
    }
}
