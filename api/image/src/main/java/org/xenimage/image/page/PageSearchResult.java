package org.xenimage.image.page;

import java.util.List;

/**
 * The outcome of a search in a batch.
 *
 * @param found the matches, by PFN within each run of adjacent pages; runs in the order of their
 *     first pages in the batch
 * @param more whether there is at least one match more than the limit allowed
 */
public record PageSearchResult(List<PageMatch> found, boolean more) {
    /** Copies the list. */
    public PageSearchResult {
        found = List.copyOf(found);
    }
}
