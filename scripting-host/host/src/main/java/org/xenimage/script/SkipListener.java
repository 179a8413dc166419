package org.xenimage.script;

import org.xenimage.script.policy.Policy;

/** Hears of policies that failed and were skipped. */
@FunctionalInterface
public interface SkipListener {
    /** Hears nothing. */
    SkipListener UNHEARD = (_, _, _, _) -> {};

    /**
     * A policy failed, and the run goes on without it. On the thread of the run.
     *
     * @param policy that failed
     * @param source the image
     * @param time of the run, as the policies see it
     * @param reason how it failed, without secrets
     */
    void onSkip(Policy policy, String source, String time, String reason);
}
