package org.xenimage.script.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares a tree with what came back from a script, and keeps every part that was not changed exactly as it stood: the
 * spelling of a fraction, the width of an integer.
 */
public final class TreeDiff {
    private final List<TreeEdit> edits = new ArrayList<>();

    private TreeDiff() {}

    /**
     * The outcome of a comparison.
     *
     * @param tree with the edits
     * @param edits in the order of the tree
     */
    public record Outcome(JsonNode tree, List<TreeEdit> edits) {
        /** Copies the list. */
        public Outcome {
            edits = List.copyOf(edits);
        }
    }

    /**
     * Compares.
     *
     * @param before the tree as it stood; not changed
     * @param after the tree as a script left it
     * @return what was edited
     */
    public static Outcome compare(JsonNode before, JsonNode after) {
        TreeDiff diff = new TreeDiff();
        JsonNode merged = diff.merge("", before, after);
        return new Outcome(merged, diff.edits);
    }

    private JsonNode merge(String path, JsonNode before, JsonNode after) {
        if (before instanceof ObjectNode from && after instanceof ObjectNode to)
            return members(path, from, to);
        if (before instanceof ArrayNode from && after instanceof ArrayNode to)
            return items(path, from, to);
        if (same(before, after)) return before;
        edits.add(new TreeEdit(path, Optional.of(before), Optional.of(after)));
        return after;
    }

    private ObjectNode members(String path, ObjectNode before, ObjectNode after) {
        for (var property : before.properties()) {
            if (!after.has(property.getKey()))
                edits.add(
                        new TreeEdit(
                                member(path, property.getKey()),
                                Optional.of(property.getValue()),
                                Optional.empty()));
        }
        ObjectNode merged = JsonNodeFactory.instance.objectNode();
        for (var property : after.properties()) {
            String at = member(path, property.getKey());
            JsonNode old = before.get(property.getKey());
            if (old == null)
                edits.add(new TreeEdit(at, Optional.empty(), Optional.of(property.getValue())));
            merged.set(
                    property.getKey(),
                    old == null ? property.getValue() : merge(at, old, property.getValue()));
        }
        return merged;
    }

    private ArrayNode items(String path, ArrayNode before, ArrayNode after) {
        ArrayNode merged = JsonNodeFactory.instance.arrayNode(after.size());
        for (int i = 0; i < after.size(); i++) {
            String at = path + "[" + i + "]";
            if (i < before.size()) merged.add(merge(at, before.get(i), after.get(i)));
            else {
                edits.add(new TreeEdit(at, Optional.empty(), Optional.of(after.get(i))));
                merged.add(after.get(i));
            }
        }
        for (int i = after.size(); i < before.size(); i++)
            edits.add(
                    new TreeEdit(
                            path + "[" + i + "]", Optional.of(before.get(i)), Optional.empty()));
        return merged;
    }

    /**
     * Numbers are equal if they have the same value; fractions, if they are equal as script
     * numbers.
     */
    private static boolean same(JsonNode before, JsonNode after) {
        if (before.isNumber() && after.isNumber()) {
            if (before.isIntegralNumber() && after.isIntegralNumber())
                return before.bigIntegerValue().equals(after.bigIntegerValue());
            return before.doubleValue() == after.doubleValue();
        }
        return before.equals(after);
    }

    private static String member(String path, String name) {
        boolean plain = !name.isEmpty();
        for (int i = 0; i < name.length(); i++)
            plain &= Character.isLetterOrDigit(name.charAt(i)) || name.charAt(i) == '_';
        if (!plain) return path + "[" + JsonNodeFactory.instance.textNode(name) + "]";
        return path.isEmpty() ? name : path + "." + name;
    }
}
