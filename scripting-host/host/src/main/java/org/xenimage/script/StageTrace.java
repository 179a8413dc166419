package org.xenimage.script;

import org.xenimage.image.element.PageBatch;
import org.xenimage.script.PolicyFaults.Place;
import org.xenimage.script.explain.HookCall;
import org.xenimage.script.explain.RunTrace;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** What one policy tells the trace of its run, if there is one; if there is none, no clock is read. */
final class StageTrace {
    private final Optional<RunTrace> trace;
    private final Policy policy;
    private String detail = "";
    private long batches;
    private long ruleNanos;

    StageTrace(Optional<RunTrace> trace, Policy policy) {
        this.trace = trace;
        this.policy = policy;
    }

    void selected(boolean runs, String reason) {
        if (trace.isPresent()) trace.get().selected(policy, runs, reason);
    }

    /** When something begins. */
    long now() {
        return trace.isPresent() ? System.nanoTime() : 0;
    }

    /** Notes which pages the next call is given. */
    void pages(PageBatch batch) throws IOException {
        if (trace.isEmpty()) return;
        int count = batch.count();
        detail =
                count == 1
                        ? "pfn 0x%x".formatted(batch.pfn(0))
                        : "%d pages, pfn 0x%x to 0x%x"
                                .formatted(count, batch.pfn(0), batch.pfn(count - 1));
    }

    void called(Hook hook, Place place, long began, int edits, Optional<String> problem) {
        if (trace.isEmpty()) return;
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        trace.get()
                .called(
                        new HookCall(
                                policy,
                                hook,
                                place.element(),
                                place.offset(),
                                detail,
                                took,
                                edits,
                                problem));
        detail = "";
    }

    /** The page rules have been applied to a batch. */
    void ruled(long began) {
        if (trace.isEmpty()) return;
        batches++;
        ruleNanos += System.nanoTime() - began;
    }

    /** The image has no more pages. */
    void ruled(int rules) {
        if (trace.isPresent() && rules > 0)
            trace.get().ruled(policy, rules, batches, Duration.ofNanos(ruleNanos));
    }
}
