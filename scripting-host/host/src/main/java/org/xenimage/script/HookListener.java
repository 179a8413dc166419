package org.xenimage.script;

import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;

import java.time.Duration;

/**
 * Hears of every call of a hook when it has ended, well or not: what tests count, and measurements time. Called on the
 * thread of the run; concurrent runs call it concurrently.
 */
@FunctionalInterface
public interface HookListener {
    /** Nobody listens. */
    HookListener UNHEARD = (_, _, _) -> {};

    /**
     * Hears of a call.
     *
     * @param policy whose hook was called
     * @param hook that was called
     * @param took on the wall, with the making of its arguments and the comparison of its edits
     */
    void onHook(Policy policy, Hook hook, Duration took);
}
