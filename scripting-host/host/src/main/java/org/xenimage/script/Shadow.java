package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.explain.EditDiff;
import org.xenimage.script.policy.Policy;

import java.util.List;
import java.util.Optional;

/**
 * Candidate policies that run beside the active ones on the same image. Their result is compared with that of the
 * active policies, and is never written.
 *
 * <p>Candidates never affect the run: if one fails, vetoes or exceeds its limits, this is recorded, and no candidate is
 * called again. Their output is not shown. Use one instance per image, on one thread.
 */
public final class Shadow {
    private final List<Policy> candidates;
    private final EditDiff differences = EditDiff.ofResults();
    private Optional<String> failure;
    private RunSummary summary = new RunSummary(List.of());
    private boolean complete;

    private Shadow(List<Policy> candidates, Optional<String> failure) {
        this.candidates = List.copyOf(candidates);
        this.failure = failure;
    }

    /**
     * Makes a set of candidates.
     *
     * @param candidates in order
     * @return the set, which has not run yet
     */
    public static Shadow of(List<Policy> candidates) {
        return new Shadow(candidates, Optional.empty());
    }

    /**
     * Makes a set whose candidates cannot be loaded: the run continues without them.
     *
     * @param reason why
     * @return a set that does not run
     */
    public static Shadow notLoaded(String reason) {
        return new Shadow(List.of(), Optional.of(reason));
    }

    List<Policy> candidates() {
        return candidates;
    }

    /** {@return why the candidates were not called again: the failure or the veto} */
    public Optional<String> failure() {
        return failure;
    }

    /** {@return what the candidates did} */
    public RunSummary summary() {
        return summary;
    }

    /**
     * The differences between the two results, the active one first.
     *
     * @return as far as the candidates ran
     */
    public EditDiff comparison() {
        return differences;
    }

    /** Starts over when the active policies do. */
    void begin() {
        if (candidates.isEmpty()) return;
        failure = Optional.empty();
        summary = new RunSummary(List.of());
        complete = false;
    }

    void failed(String reason) {
        if (failure.isEmpty()) failure = Optional.of(reason);
    }

    void summed(RunSummary done) {
        summary = done;
    }

    void complete() {
        complete = true;
    }

    /** {@return the outcome in one line} */
    public String verdict() {
        if (failure.isPresent()) return "the candidates failed or refused: " + failure.get();
        String result =
                differences.same()
                        ? "the candidates give the same result"
                        : "the candidates give a different result";
        return complete ? result : result + " as far as it was read, and did not refuse it";
    }

    /** {@return the outcome as data, bounded as {@link EditDiff#json}} */
    public JsonNode json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("same", failure.isEmpty() && differences.same());
        node.put("complete", complete && failure.isEmpty());
        failure.ifPresent(reason -> node.put("failure", reason));
        node.set("candidates", new RunReport(summary).json().path("policies"));
        node.set("differences", differences.json());
        return node;
    }
}
