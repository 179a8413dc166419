package org.xenimage.script;

import org.xenimage.script.explain.EditDiff;
import org.xenimage.script.explain.RunTrace;

import java.util.Optional;

/**
 * Observers of a run of policies over one image. Observers that are not set cost nothing.
 *
 * @param diff receives the difference between the image and the result of the policies
 * @param trace receives each hook call with its element and time
 * @param shadow candidates that run beside the policies
 */
public record RunObservation(
        Optional<EditDiff> diff, Optional<RunTrace> trace, Optional<Shadow> shadow) {
    /** No observers. */
    public static final RunObservation NONE =
            new RunObservation(Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Adds a diff.
     *
     * @param wanted receives the difference; starts over if the run is restarted
     * @return this observation with it
     */
    public RunObservation withDiff(EditDiff wanted) {
        return new RunObservation(Optional.of(wanted), trace, shadow);
    }

    /**
     * Adds a trace.
     *
     * @param wanted receives the events
     * @return this observation with it
     */
    public RunObservation withTrace(RunTrace wanted) {
        return new RunObservation(diff, Optional.of(wanted), shadow);
    }

    /**
     * Adds candidates.
     *
     * @param wanted for this image only; they start over if the run is restarted
     * @return this observation with them
     */
    public RunObservation withShadow(Shadow wanted) {
        return new RunObservation(diff, trace, Optional.of(wanted));
    }
}
