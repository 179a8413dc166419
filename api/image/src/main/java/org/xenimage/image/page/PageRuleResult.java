package org.xenimage.image.page;

import java.util.ArrayList;
import java.util.List;

/**
 * What a rule did to the pages of a batch, or of several.
 *
 * @param examined pages of the selection that have contents
 * @param matches occurrences of the pattern that were edited; 0 for a rule without a pattern
 * @param edited pages in which bytes were overwritten
 * @param bytes that were overwritten, whether or not the same value stood there before
 * @param cut bytes that a scrub would have overwritten in pages that follow by PFN but are not in the batch, or not in
 *     the selection: another batch may hold what belongs to the match
 * @param first the first matches, at most {@link #FIRST}
 */
public record PageRuleResult(
        long examined, long matches, long edited, long bytes, long cut, List<PageMatch> first) {
    /** How many matches are kept for the decision log. */
    public static final int FIRST = 16;

    /** Nothing was examined. */
    public static final PageRuleResult NONE = new PageRuleResult(0, 0, 0, 0, 0, List.of());

    /** Copies the list. */
    public PageRuleResult {
        first = List.copyOf(first);
    }

    /**
     * Adds what was done to another batch.
     *
     * @param next of a batch that came later
     * @return the sums, and the first matches of both
     */
    public PageRuleResult plus(PageRuleResult next) {
        List<PageMatch> both = first;
        if (first.size() < FIRST && !next.first.isEmpty()) {
            both = new ArrayList<>(first);
            both.addAll(next.first.subList(0, Math.min(FIRST - first.size(), next.first.size())));
        }
        return new PageRuleResult(
                examined + next.examined,
                matches + next.matches,
                edited + next.edited,
                bytes + next.bytes,
                cut + next.cut,
                both);
    }
}
