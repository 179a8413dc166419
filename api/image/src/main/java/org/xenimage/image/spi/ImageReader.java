package org.xenimage.image.spi;

import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.RandomAccessBytes;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * An image being read: passes on its elements one by one, in stream order.
 *
 * <p>A reader never waits for bytes beyond the current element, so it can be used in a live
 * migration. Not safe for use by several threads; closing it closes its source.
 */
public interface ImageReader extends Closeable {
    /** {@return the name of the image for messages, as the user gave it} */
    String name();

    /** {@return the format that this image is in} */
    ImageFormat format();

    /** {@return how far the image was read} */
    Progress progress();

    /**
     * The file that holds the image, as a whole, to be read by position.
     *
     * @return empty if the image comes from a pipe
     */
    default Optional<FileChannel> file() {
        return Optional.empty();
    }

    /**
     * The metadata of the image, such as {@code operation.time}; see {@link WriteOptions#metadata}.
     *
     * @return by key, sorted; empty if the format keeps nothing
     * @throws IOException if it cannot be read
     */
    default SequencedMap<String, String> metadata() throws IOException {
        return new TreeMap<>();
    }

    /**
     * What the container says of itself.
     *
     * @return empty if the format has none
     * @throws IOException if it cannot be read
     */
    default Optional<Container> container() throws IOException {
        return Optional.empty();
    }

    /**
     * The pages, if the image has an index of the last contents of each.
     *
     * @return empty if a page is found by reading the elements only
     * @throws IOException if the index cannot be read
     */
    default Optional<PagesByPfn> pagesByPfn() throws IOException {
        return Optional.empty();
    }

    /**
     * What the image has apart from its elements, for a writer of the same format.
     *
     * @return filled while the image is read
     */
    default ImageExtras extras() {
        return ImageExtras.NONE;
    }

    /** {@return whether the image has a digest of its content, which reading all bytes checks} */
    default boolean digested() {
        return false;
    }

    /**
     * The bytes in which the offsets of this image's elements count, to be read in any order; reading them does not
     * move this reader.
     *
     * @return the bytes, valid as long as this reader is open; empty if the source is read forwards
     *     only
     * @throws IOException if they cannot be read
     */
    default Optional<RandomAccessBytes> byPosition() throws IOException {
        return Optional.empty();
    }

    /** The bytes of an image on their way into another place while it is read. */
    @FunctionalInterface
    interface Copy {
        /**
         * Passes on what was held back: the end, and what follows it.
         *
         * @throws IOException if it cannot be read or written
         */
        void finish() throws IOException;
    }

    /**
     * Copies the image while it is read, byte for byte. The end, without which the copy is no image, is held back.
     *
     * @param sink takes the bytes
     * @return the copy; empty if something was read already, or the format needs none because its elements are all of
     *     its bytes, or comes from a file
     * @throws IOException if the sink does not take them
     */
    default Optional<Copy> copyTo(ByteSink sink) throws IOException {
        return Optional.empty();
    }

    /**
     * Hands the next element to the sink.
     *
     * @param sink takes the element
     * @return false if the image has ended and nothing was passed on
     * @throws IOException an {@link ImageException} if the image is at fault; or whatever the sink throws
     */
    boolean advance(ImageSink sink) throws IOException;

    /**
     * Hands all elements that are left to the sink, and then its end.
     *
     * @param sink takes the elements
     * @throws IOException as {@link #advance}
     */
    default void drainTo(ImageSink sink) throws IOException {
        while (advance(sink)) {}
        sink.end();
    }
}
