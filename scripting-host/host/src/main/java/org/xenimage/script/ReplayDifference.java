package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;

import java.util.Optional;

/**
 * A decision on which the current policies and the log differ.
 *
 * @param policy that decides
 * @param element that is edited; empty if the outcome of the policy differs
 * @param offset of the element in the source, or {@link Fault#NO_OFFSET}
 * @param path within the element
 * @param recorded the decision in the log; empty if there is none
 * @param today the current decision; empty if there is none
 */
public record ReplayDifference(
        String policy,
        String element,
        long offset,
        String path,
        Optional<JsonNode> recorded,
        Optional<JsonNode> today) {
    static ReplayDifference ofOutcome(
            String policy, Optional<String> recorded, Optional<String> today) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return new ReplayDifference(
                policy,
                "",
                Fault.NO_OFFSET,
                "",
                recorded.map(nodes::textNode),
                today.map(nodes::textNode));
    }

    static ReplayDifference ofEdit(
            DecisionTable.Subject subject,
            Optional<DecisionTable.Value> recorded,
            Optional<DecisionTable.Value> today) {
        return new ReplayDifference(
                subject.policy(),
                subject.element(),
                subject.offset(),
                subject.path(),
                recorded.map(ReplayDifference::json),
                today.map(ReplayDifference::json));
    }

    private static JsonNode json(DecisionTable.Value value) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        value.before().ifPresent(before -> node.set("before", before));
        value.after().ifPresent(after -> node.set("after", after));
        return node;
    }

    /** {@return the difference as one line for people, without the sign of a side} */
    public String subject() {
        if (element.isEmpty()) return "policy " + policy;
        String place = offset == Fault.NO_OFFSET ? "" : " at 0x" + Long.toHexString(offset);
        return policy + ": " + element + place + (path.isEmpty() ? "" : " " + path);
    }

    /** {@return the difference as data} */
    public JsonNode json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("policy", policy);
        if (!element.isEmpty()) node.put("element", element).put("path", path);
        if (offset != Fault.NO_OFFSET) node.put("offset", offset);
        recorded.ifPresent(value -> node.set("recorded", value));
        today.ifPresent(value -> node.set("today", value));
        return node;
    }
}
