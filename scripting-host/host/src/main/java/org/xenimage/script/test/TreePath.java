package org.xenimage.script.test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.header.Nearest;
import org.xenimage.script.yaml.Located;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A path in a tree, as logs and reports write it: {@code nics[0].bridge}, {@code b_info["type.pv"].kernel}.
 *
 * @param steps names, and numbers of items
 */
record TreePath(List<String> steps) {
    private static final Pattern STEP =
            Pattern.compile("\\.?([A-Za-z0-9_]+)|\\[(\\d{1,6})]|\\[\"((?:[^\"\\\\]|\\\\.)*)\"]");

    static TreePath of(Located place, String text) {
        List<String> steps = new ArrayList<>();
        Matcher step = STEP.matcher(text);
        int at = 0;
        while (at < text.length()) {
            if (!step.find(at) || step.start() != at)
                throw place.rejected(
                        "expected a path such as nics[0].bridge or b_info[\"type.pv\"], found "
                                + text);
            if (step.group(1) != null) steps.add(step.group(1));
            else if (step.group(2) != null) steps.add(step.group(2));
            else steps.add(step.group(3).replaceAll("\\\\(.)", "$1"));
            at = step.end();
        }
        return new TreePath(List.copyOf(steps));
    }

    JsonNode in(JsonNode tree) {
        JsonNode at = tree;
        for (String step : steps) at = child(at, step);
        return at;
    }

    private static JsonNode child(JsonNode at, String step) {
        if (!at.isArray()) return at.path(step);
        return step.chars().allMatch(Character::isDigit)
                ? at.path(Integer.parseInt(step))
                : MissingNode.getInstance();
    }

    /** What to add to a complaint that there is nothing at this place. */
    String suggestion(JsonNode tree) {
        JsonNode at = tree;
        for (String step : steps) {
            JsonNode next = child(at, step);
            if (next.isMissingNode() && at.isObject()) {
                List<String> known = new ArrayList<>();
                at.fieldNames().forEachRemaining(known::add);
                return Nearest.of(step, known)
                        .map(like -> " (did you mean " + like + "?)")
                        .orElse("");
            }
            at = next;
        }
        return "";
    }

    /** Sets a value; null removes it. Objects on the way are made. */
    void set(Located place, ObjectNode tree, JsonNode value) {
        JsonNode at = tree;
        for (int i = 0; i + 1 < steps.size(); i++) {
            JsonNode next = child(at, steps.get(i));
            if (next.isMissingNode() && at instanceof ObjectNode object)
                next = object.putObject(steps.get(i));
            at = next;
        }
        String last = steps.getLast();
        if (at instanceof ObjectNode object) {
            if (value.isNull()) object.remove(last);
            else object.set(last, value);
        } else if (at instanceof ArrayNode array && !child(at, last).isMissingNode()) {
            array.set(Integer.parseInt(last), value);
        } else throw place.rejected("there is no such place in the config");
    }

    /** Whether one of both is within the other. */
    boolean overlaps(TreePath other) {
        int common = Math.min(steps.size(), other.steps.size());
        return steps.subList(0, common).equals(other.steps.subList(0, common));
    }
}
