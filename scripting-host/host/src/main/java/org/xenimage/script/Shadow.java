package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.explain.EditDiff;
import org.xenimage.script.policy.Policy;

import java.util.List;
import java.util.Optional;

/**
 * A candidate set of policies that runs beside the active one on the same image: what it would make of the image is
 * compared with what the active set makes of it, and written nowhere.
 *
 * <p>Nothing that a candidate does affects the run: if one fails, refuses, or does not end within its limits, this is
 * noted, and the candidates are called no more. What they print is not shown. One for one image, for one thread.
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
     * Candidates.
     *
     * @param candidates in order
     * @return the set, which did not run yet
     */
    public static Shadow of(List<Policy> candidates) {
        return new Shadow(candidates, Optional.empty());
    }

    /**
     * Candidates that cannot be loaded: the run goes on without them.
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

    /** {@return why the candidates were called no more: what failed or refused the run} */
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

    /** Begins again, as the active set does. */
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
