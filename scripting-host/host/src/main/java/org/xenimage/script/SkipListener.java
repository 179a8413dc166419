package org.xenimage.script;

import org.xenimage.script.policy.Policy;

/** Is notified of policies that failed and were skipped. */
@FunctionalInterface
public interface SkipListener {
    /** Does nothing. */
    SkipListener UNHEARD = (_, _, _, _) -> {};

    /**
     * A policy failed, and the run continues without it. Called on the thread of the run.
     *
     * @param policy that failed
     * @param source the image
     * @param time of the run, as the policies see it
     * @param reason how it failed, without secrets
     */
    void onSkip(Policy policy, String source, String time, String reason);
}
