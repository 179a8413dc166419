package org.xenimage.pipeline;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What a bulk run did.
 *
 * @param counts how many images met each
 * @param edits of this run
 * @param bytes of the images that this run worked on
 * @param time that it took
 * @param stopped whether it was asked to stop before its end
 * @param bug the first failure of an image that is xenimage's own
 */
public record BulkSummary(
        Map<ImageOutcome.Status, Integer> counts,
        long edits,
        long bytes,
        Duration time,
        boolean stopped,
        Optional<Throwable> bug) {
    /** Copies the counts. */
    public BulkSummary {
        counts = Map.copyOf(counts);
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
