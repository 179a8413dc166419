package org.xenimage.script;

import org.xenimage.script.explain.EditDiff;
import org.xenimage.script.explain.RunTrace;

import java.util.Optional;

/**
 * Who looks on while policies run over one image. What is not asked for costs nothing.
 *
 * @param diff takes the difference between the image and what the policies make of it
 * @param trace hears what the policies are given and how long they take
 * @param shadow candidates that run beside the policies
 */
public record RunObservation(
        Optional<EditDiff> diff, Optional<RunTrace> trace, Optional<Shadow> shadow) {
    /** Nobody looks on. */
    public static final RunObservation NONE =
            new RunObservation(Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * With a difference.
     *
     * @param wanted takes it; begun again if the run begins again
     * @return this observation with it
     */
    public RunObservation withDiff(EditDiff wanted) {
        return new RunObservation(Optional.of(wanted), trace, shadow);
    }

    /**
     * With a trace.
     *
     * @param wanted hears what happens
     * @return this observation with it
     */
    public RunObservation withTrace(RunTrace wanted) {
        return new RunObservation(diff, Optional.of(wanted), shadow);
    }

    /**
     * With candidates.
     *
     * @param wanted of this image only; begun again if the run begins again
     * @return this observation with them
     */
    public RunObservation withShadow(Shadow wanted) {
        return new RunObservation(diff, trace, Optional.of(wanted));
    }
}
