package org.xenimage.script.explain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.policy.Secrets;

/**
 * Two trees with their secrets hidden. A changed secret is marked: {@code (secret)} becomes
 * {@code (secret) (changed)}.
 *
 * @param before the first tree
 * @param after the second tree
 */
record MaskedPair(JsonNode before, JsonNode after) {
    static MaskedPair of(String path, JsonNode before, JsonNode after, Secrets secrets) {
        JsonNode hidden = secrets.hide(path, before);
        return new MaskedPair(hidden, marked(hidden, before, secrets.hide(path, after), after));
    }

    /** The second tree, with a mark on each hidden value that differs from the first tree. */
    private static JsonNode marked(
            JsonNode hiddenBefore, JsonNode before, JsonNode hidden, JsonNode after) {
        if (hidden instanceof ObjectNode object) {
            ObjectNode made = JsonNodeFactory.instance.objectNode();
            for (var property : object.properties()) {
                String key = property.getKey();
                made.set(
                        key,
                        marked(
                                hiddenBefore.path(key),
                                before.path(key),
                                property.getValue(),
                                after.path(key)));
            }
            return made;
        }
        if (hidden instanceof ArrayNode array) {
            ArrayNode made = JsonNodeFactory.instance.arrayNode(array.size());
            for (int i = 0; i < array.size(); i++)
                made.add(marked(hiddenBefore.path(i), before.path(i), array.get(i), after.path(i)));
            return made;
        }
        boolean unseen = hidden.equals(hiddenBefore) && !after.equals(before);
        return unseen && hidden.isTextual()
                ? JsonNodeFactory.instance.textNode(hidden.textValue() + " (changed)")
                : hidden;
    }
}
