package org.xenimage.formats.salvage;

import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.spi.ImageExtras;

import java.io.Closeable;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What a native image knows apart from the stream that it holds. A recovery asks it for what the
 * stream itself has lost, and reports each PFN that it met, so that the image can pass on the pages
 * that the stream no longer mentions. An image that knows no pages by itself leaves the three methods
 * about pages as they are.
 *
 * <p>Used by the one thread that reads the recovered stream; closed with it.
 */
public interface EnclosingImage extends Closeable {
    /**
     * The header of the libxc stream, as the image's own headers describe it.
     *
     * @return empty if they do not
     */
    Optional<LibxcHeader> header();

    /**
     * Passes on some of the pages that the stream did not mention.
     *
     * @param sink takes them
     * @return false if there are no more
     * @throws IOException if they cannot be read
     */
    default boolean leftover(ImageSink sink) throws IOException {
        return false;
    }

    /**
     * Called for each page that the recovered stream contains.
     *
     * @param pfn of the page
     * @throws IOException if there are too many
     */
    default void seen(long pfn) throws IOException {}

    /**
     * Called for each page that the stream mentions, but whose contents are lost.
     *
     * @param pfn of the page
     * @throws IOException if there are too many
     */
    default void missing(long pfn) throws IOException {}

    /**
     * The intact metadata.
     *
     * @return by key
     */
    SequencedMap<String, String> metadata();

    /**
     * What a native image made from the recovered stream keeps next to it.
     *
     * @return such as how it was encrypted
     */
    default ImageExtras extras() {
        return ImageExtras.NONE;
    }

    /**
     * For a stream that is a complete file, not within another.
     *
     * @param source closed with it
     * @return an image that knows nothing
     */
    static EnclosingImage none(ByteSource source) {
        return new None(source);
    }

    /**
     * Nothing around the stream.
     *
     * @param source the file
     */
    record None(ByteSource source) implements EnclosingImage {
        @Override
        public Optional<LibxcHeader> header() {
            return Optional.empty();
        }

        @Override
        public SequencedMap<String, String> metadata() {
            return Collections.emptySortedMap();
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }
}
