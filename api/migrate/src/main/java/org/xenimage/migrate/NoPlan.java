package org.xenimage.migrate;

import java.util.List;

/**
 * A host takes the image in no form.
 *
 * @param candidates every form that was considered, best first
 * @param unjudged what was not judged
 */
public record NoPlan(List<Candidate> candidates, List<String> unjudged) implements Negotiation {
    /** Copies the lists. */
    public NoPlan {
        candidates = List.copyOf(candidates);
        unjudged = List.copyOf(unjudged);
    }

    /**
     * A form that the host does not take.
     *
     * @param form such as {@code xl with libxc stream version 2}
     * @param blockers what nothing can be done about; not empty
     */
    public record Candidate(Plan.Form form, List<Blocker> blockers) {
        /** Copies the list. */
        public Candidate {
            blockers = List.copyOf(blockers);
        }
    }
}
