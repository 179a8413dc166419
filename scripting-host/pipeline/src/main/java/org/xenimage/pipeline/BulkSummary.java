package org.xenimage.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a bulk run did.
 *
 * @param counts how many images met each
 * @param edits of this run
 * @param neverRan policies that ran on none of the images that this run took through the policies to their end; none if
 *     there was no such image
 * @param bytes of the images that this run worked on
 * @param time that it took
 * @param stopped whether it was asked to stop before its end
 * @param bug the first failure of an image that is xenimage's own
 */
public record BulkSummary(
        Map<ImageOutcome.Status, Integer> counts,
        long edits,
        List<NeverRan> neverRan,
        long bytes,
        Duration time,
        boolean stopped,
        Optional<Throwable> bug) {
    /** Copies the counts. */
    public BulkSummary {
        counts = Map.copyOf(counts);
        neverRan = List.copyOf(neverRan);
    }

    /**
     * A policy that ran on no image: the run did not do what somebody asked it for.
     *
     * @param policy its name
     * @param reason why it did not run on the first image
     */
    public record NeverRan(String policy, String reason) {}

    /** {@return how many images this run took through the policies to their end} */
    public int finished() {
        return count(ImageOutcome.Status.DELIVERED) + count(ImageOutcome.Status.DRY_RUN);
    }

    /**
     * Counts.
     *
     * @param status to count
     * @return how many images met it
     */
    public int count(ImageOutcome.Status status) {
        return counts.getOrDefault(status, 0);
    }
}
