package org.xenimage.script;

import org.xenimage.image.fault.ImageException;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;

/**
 * A policy with {@code onError: 'skip'} failed after edits of it had been passed on: the run must begin again without
 * it.
 *
 * <p>Thrown only if {@link RunContext#restartable} says that the caller can do that: it discards
 * its output, opens its input again and continues with {@link PolicyRun#without}.
 */
public final class PolicySkipped extends IOException {
    private static final long serialVersionUID = 1L;

    /** Its name. */
    private final String policy;

    PolicySkipped(String policy, ImageException failure) {
        super(
                "policy "
                        + policy
                        + " failed after it had edited the image; the run begins again without it: "
                        + failure.getMessage(),
                failure);
        this.policy = policy;
    }

    /** {@return the name of the policy that failed} */
    public String policy() {
        return policy;
    }
}
