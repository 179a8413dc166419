package org.xenimage.pipeline;

import org.xenimage.script.RunObservation;
import org.xenimage.script.RunSummary;

import java.time.Duration;
import java.util.Optional;

/**
 * What became of one image of a bulk run.
 *
 * @param name its path below the folder of the outputs; a name that is not UTF-8 is {@code //} and its bytes as in a
 *     URI
 * @param source its path as the user named it
 * @param status what became of it
 * @param input what was read
 * @param output what is in its place now
 * @param edits by all policies, also in an earlier run
 * @param policies what each policy did; empty if none ran, or in an earlier run
 * @param seen what was observed in the run: in a dry run, the difference that the policies would make
 * @param time that it took
 * @param reason why it failed or was omitted; empty if neither
 */
public record ImageOutcome(
        String name,
        String source,
        Status status,
        Optional<Digest> input,
        Optional<Digest> output,
        long edits,
        Optional<RunSummary> policies,
        RunObservation seen,
        Duration time,
        String reason) {
    /** What can become of an image. */
    public enum Status {
        /** Its output was written, read back, and is in its place. */
        DELIVERED,
        /** An earlier run delivered it. */
        DELIVERED_EARLIER,
        /** It ran through the policies, and nothing was to be written. */
        DRY_RUN,
        /** It is not an image, and was not named as one. */
        SKIPPED,
        /** It is at fault, or a policy, or the machine. */
        FAILED
    }

    /**
     * Bytes told from others.
     *
     * @param size in bytes
     * @param sha256 in lowercase hexadecimal
     */
    public record Digest(long size, String sha256) {}

    static ImageOutcome aside(String name, String source, Status status, String reason) {
        return new ImageOutcome(
                name,
                source,
                status,
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                RunObservation.NONE,
                Duration.ZERO,
                reason);
    }
}
