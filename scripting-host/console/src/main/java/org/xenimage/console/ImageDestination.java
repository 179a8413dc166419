package org.xenimage.console;

import org.xenimage.image.io.ByteSink;

import java.io.Closeable;
import java.io.IOException;

/** The destination of a new image: a file that appears complete or not at all. */
@FunctionalInterface
public interface ImageDestination {
    /** A file that has not got its name yet. */
    interface PendingImage extends Closeable {
        /** {@return the sink for the bytes; the writer closes it} */
        ByteSink sink();

        /**
         * Puts the file in its place.
         *
         * @throws IOException if the operating system refuses
         */
        void commit() throws IOException;
    }

    /**
     * Begins a file.
     *
     * @param name of it; must not be the console's own image
     * @param force whether an existing file may be replaced
     * @return the file; closing it without {@link PendingImage#commit} leaves nothing behind
     * @throws IOException if it cannot be made
     */
    PendingImage open(String name, boolean force) throws IOException;
}
