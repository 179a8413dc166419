package org.xenimage.script.explain;

import org.xenimage.script.policy.Policy;

import java.time.Duration;

/** Receives the events of a run as they happen, on the thread of the run. */
public interface RunTrace {
    /**
     * The host has decided whether a policy runs.
     *
     * @param policy which
     * @param runs whether it does
     * @param reason the selector that does not match, and the value in the image or the run
     */
    void selected(Policy policy, boolean runs, String reason);

    /**
     * A hook was called.
     *
     * @param call which, with what, and how long it took
     */
    void called(HookCall call);

    /**
     * The page rules of a policy have seen all pages.
     *
     * @param policy which
     * @param rules how many it declared
     * @param batches how many they were applied to
     * @param took wall-clock time for all of them
     */
    void ruled(Policy policy, int rules, long batches, Duration took);

    /**
     * The run is restarted.
     *
     * @param without the name of the policy that failed
     */
    void restarted(String without);
}
