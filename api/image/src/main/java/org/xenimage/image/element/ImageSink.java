package org.xenimage.image.element;

import java.io.IOException;

/** Takes the elements of an image, in stream order. */
@FunctionalInterface
public interface ImageSink {
    /** Reads each element whole and forgets it, so that a reader that digests its image sees all of it. */
    ImageSink DISCARD = Discard::read;

    /**
     * Takes the next element. The element is valid only during this call.
     *
     * @param element the element
     * @throws IOException if the element is refused, or cannot be read or written
     */
    void accept(ImageElement element) throws IOException;

    /**
     * Takes notice that the image ended and no element follows.
     *
     * @throws IOException if the image must not end here, or cannot be written
     */
    default void end() throws IOException {}
}
