package org.xenimage.image.page;

import java.io.IOException;

/** Receives each match of a walk, without an object per match. */
interface MatchVisitor {
    /** Ends the walk. */
    int STOP = 0;

    /**
     * A match.
     *
     * @param dataIndex of the page in which it begins
     * @param offset in that page
     * @return how many bytes from the beginning of the match the walk skips, along the run of
     *     neighbours; or {@link #STOP}
     * @throws IOException if the batch cannot be read or edited
     */
    int matched(int dataIndex, int offset) throws IOException;
}
