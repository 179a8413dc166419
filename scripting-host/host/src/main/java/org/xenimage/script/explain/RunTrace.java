package org.xenimage.script.explain;

import org.xenimage.script.policy.Policy;

import java.time.Duration;

/** Hears what a run does, as it happens, on the thread of the run. */
public interface RunTrace {
    /**
     * It is decided whether a policy runs.
     *
     * @param policy which
     * @param runs whether it does
     * @param reason which of its selectors does not match, and what the image or the run has instead
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
     * @param took for all of them, on the wall
     */
    void ruled(Policy policy, int rules, long batches, Duration took);

    /**
     * The run begins again.
     *
     * @param without the name of the policy that failed
     */
    void restarted(String without);
}
