package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.script.tree.TreeDiff;

import java.io.IOException;
import java.util.stream.Collectors;

/** What counts as an edit. */
class TreeDiffTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"a\":1}|{\"a\":1}|~~",
                "{\"a\":1}|{\"a\":1.0}|~~",
                "{\"a\":1}|{\"a\":2}|a: 1 -> 2",
                "{\"a\":1,\"b\":2}|{\"b\":2}|a: 1 -> -",
                "{\"b\":2}|{\"b\":2,\"a\":{\"c\":1}}|a: - -> {\"c\":1}",
                "{\"a\":[1,2,3]}|{\"a\":[1,5]}|a[1]: 2 -> 5, a[2]: 3 -> -",
                "{\"a\":[1]}|{\"a\":{}}|a: [1] -> {}",
                "{\"type.pv\":{\"x\":null}}|{\"type.pv\":{\"x\":false}}|[\"type.pv\"].x: null -> false",
                "{\"a\":\"1\"}|{\"a\":1}|a: \"1\" -> 1"
            })
    void editsAreTheDifferences(String before, String after, String edits) throws IOException {
        JsonNode from = MAPPER.readTree(before);
        TreeDiff.Outcome outcome = TreeDiff.compare(from, MAPPER.readTree(after));
        assertEquals(
                edits,
                outcome.edits().stream()
                        .map(edit ->
                                edit.path()
                                        + ": "
                                        + edit.before().map(JsonNode::toString).orElse("-")
                                        + " -> "
                                        + edit.after().map(JsonNode::toString).orElse("-"))
                        .collect(Collectors.joining(", ")));
        if (edits.isEmpty())
            assertSame(
                    from.get("a"), outcome.tree().get("a"), "what was not edited is the same node");
    }
}
