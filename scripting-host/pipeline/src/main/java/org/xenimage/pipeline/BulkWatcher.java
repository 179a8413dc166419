package org.xenimage.pipeline;

import java.io.IOException;

/** Receives the progress of a bulk run, always on the thread that runs it. */
public interface BulkWatcher {
    /** Looks away. */
    BulkWatcher NONE = _ -> {};

    /**
     * An image is done with.
     *
     * @param outcome what became of it
     * @throws IOException if this cannot be written down, which stops the run
     */
    void done(ImageOutcome outcome) throws IOException;

    /**
     * Some time has passed, a quarter of a second at most.
     *
     * @param images done with
     * @param of so many
     * @param bytes worked on
     * @param all bytes to process
     */
    default void working(int images, int of, long bytes, long all) {}
}
