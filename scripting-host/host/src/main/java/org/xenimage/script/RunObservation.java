package org.xenimage.script;

import org.xenimage.script.explain.EditDiff;

import java.util.Optional;

/**
 * Who looks on while policies run over one image. What is not asked for costs nothing.
 *
 * @param diff takes the difference between the image and what the policies make of it
 */
public record RunObservation(Optional<EditDiff> diff) {
    /** Nobody looks on. */
    public static final RunObservation NONE = new RunObservation(Optional.empty());

    /**
     * With a difference.
     *
     * @param wanted takes it; begun again if the run begins again
     * @return this observation with it
     */
    public RunObservation withDiff(EditDiff wanted) {
        return new RunObservation(Optional.of(wanted));
    }
}
