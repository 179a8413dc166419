package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.HeapBounds;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The decisions of one run by what they are about, made from the entries of its log: the outcome of each policy, and
 * each edit. As many as the heap holds; the rest is counted.
 */
final class DecisionTable {
    /** About what a decision takes, with its texts. */
    private static final int ENTRY_BYTES = 800;

    private final int most = HeapBounds.here().entries(ENTRY_BYTES);
    private final Map<String, String> outcomes = new LinkedHashMap<>();
    private final Map<Subject, Deque<Value>> edits = new LinkedHashMap<>();
    private long kept;
    private long left;
    private boolean failed;

    /** What an edit is about. */
    record Subject(String policy, String element, long offset, String path) {}

    /** What stood there, and the new value; empty for nothing. */
    record Value(Optional<JsonNode> before, Optional<JsonNode> after) {
        /** Numbers of a log are read as others than they were written of: their text counts. */
        boolean same(Value other) {
            return before.map(JsonNode::toString).equals(other.before.map(JsonNode::toString))
                    && after.map(JsonNode::toString).equals(other.after.map(JsonNode::toString));
        }
    }

    /** Takes an entry of the log. */
    void add(JsonNode entry) {
        String policy = entry.path("policy").asText("");
        if (entry.path("event").asText("").equals("restart")) {
            // What was decided so far is void, and each policy that stays decides again.
            edits.clear();
            kept = 0;
            left = 0;
            return;
        }
        if (policy.isEmpty()) {
            if (!entry.path("event").asText("").equals("begin"))
                for (JsonNode one : entry.path("policies"))
                    outcomes.putIfAbsent(one.path("policy").asText(), one.path("outcome").asText());
            return;
        }
        if (entry.has("event") && entry.has("reason")) {
            String reason = entry.path("reason").asText();
            failed |= entry.path("event").asText().equals("failed");
            outcomes.put(
                    policy, entry.path("event").asText() + (reason.isEmpty() ? "" : ": " + reason));
            return;
        }
        if (!entry.has("path")) return;
        if (kept >= most) {
            left++;
            return;
        }
        kept++;
        Subject subject =
                new Subject(
                        policy,
                        entry.path("element").asText(),
                        entry.path("offset").asLong(Fault.NO_OFFSET),
                        entry.path("path").asText());
        edits.computeIfAbsent(subject, _ -> new ArrayDeque<>())
                .add(
                        new Value(
                                Optional.ofNullable(entry.get("before")),
                                Optional.ofNullable(entry.get("after"))));
    }

    /** How many edits were not kept. */
    long left() {
        return left;
    }

    /** Whether a policy failed or refused the run. */
    boolean failed() {
        return failed;
    }

    /** What another run decided otherwise; both tables are used up by it. */
    List<ReplayDifference> differences(DecisionTable today) {
        List<ReplayDifference> found = new ArrayList<>();
        outcomes.forEach((policy, outcome) -> {
            String now = today.outcomes.remove(policy);
            if (!outcome.equals(now))
                found.add(
                        ReplayDifference.ofOutcome(
                                policy, Optional.of(outcome), Optional.ofNullable(now)));
        });
        today.outcomes.forEach((policy, outcome) ->
                found.add(
                        ReplayDifference.ofOutcome(
                                policy, Optional.empty(), Optional.of(outcome))));
        edits.forEach((subject, values) -> {
            Deque<Value> others = today.edits.getOrDefault(subject, new ArrayDeque<>());
            for (Value value : values) {
                Optional<Value> now = Optional.ofNullable(others.poll());
                if (now.isEmpty() || !now.get().same(value))
                    found.add(ReplayDifference.ofEdit(subject, Optional.of(value), now));
            }
        });
        today.edits.forEach((subject, values) -> {
            for (Value value : values)
                found.add(ReplayDifference.ofEdit(subject, Optional.empty(), Optional.of(value)));
        });
        return found;
    }
}
