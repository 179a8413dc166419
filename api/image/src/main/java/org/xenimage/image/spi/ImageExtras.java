package org.xenimage.image.spi;

import java.io.IOException;

/**
 * What an image has apart from its elements: metadata, provenance, how it was compressed and
 * encrypted, and everything that this release does not know but must keep. Opaque: the format that
 * read it is the one that can write it; any other ignores it.
 *
 * <p>A reader fills it while the image is read, and a writer uses it when it ends, so it may be
 * passed on before the image has been read. Good until its reader is closed.
 */
public interface ImageExtras {
    /** Nothing apart from the elements. */
    ImageExtras NONE = new ImageExtras() {};

    /** {@return how many statements of provenance were found so far} */
    default int statements() {
        return 0;
    }

    /**
     * Reads all of it, once the image has been read.
     *
     * @throws IOException an {@link org.xenimage.image.fault.ImageException} if some of it is damaged
     */
    default void check() throws IOException {}
}
