package org.xenimage.cli.output;

/** The one message about an image whose last round is unfinished, and does not count. */
public final class UnfinishedRound {
    private UnfinishedRound() {}

    /**
     * Says that an image ends within a round.
     *
     * @param err standard error
     * @param image its name
     */
    public static void warn(TextOutput err, String image) {
        err.println(
                "warning: "
                        + image
                        + ": ends within a round of a checkpointed stream; this is the state of the last checkpoint");
    }
}
