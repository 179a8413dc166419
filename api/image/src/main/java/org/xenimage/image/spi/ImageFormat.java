package org.xenimage.image.spi;

import org.xenimage.image.fault.KeyRefused;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.section.SectionRoom;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * A format of images: recognises, reads and writes it. A service, found by {@link java.util.ServiceLoader}.
 */
public interface ImageFormat {
    /** How sure a format is of having recognised its own. */
    enum Match {
        /** It is another format. */
        NO,
        /** A heuristic matched; any signature goes before. */
        LIKELY,
        /** The format's own signature matches. */
        SIGNATURE
    }

    /** {@return the name by which users choose it, such as {@code xl}} */
    String name();

    /** {@return what it is, in one line} */
    String description();

    /**
     * Looks at the first bytes of a source.
     *
     * @param first up to {@link org.xenimage.image.io.ByteSource#PEEK_MAX} bytes, fewer if the source is shorter
     * @return whether the format recognises them
     */
    Match recognise(MemorySegment first);

    /** {@return whether there is nothing that this format reads} */
    default boolean writeOnly() {
        return false;
    }

    /** {@return which sections of sites an image of this format can hold} */
    default SectionRoom sectionRoom() {
        return SectionRoom.NONE;
    }

    /**
     * Opens an image. Nothing is read yet.
     *
     * @param source at its beginning; closed with the reader
     * @return the reader
     * @throws IOException if the source cannot be read
     */
    ImageReader read(ByteSource source) throws IOException;

    /**
     * Opens an image, with options. Nothing is read yet.
     *
     * @param source at its beginning; closed with the reader
     * @param options such as keys; those that the format does not need are ignored
     * @return the reader
     * @throws IOException if the source cannot be read; {@link KeyRefused} if no key fits
     */
    default ImageReader read(ByteSource source, ReadOptions options) throws IOException {
        return read(source);
    }

    /**
     * Opens what an image file says of itself.
     *
     * @param name for messages
     * @param file of this format, open for reading, and for writing if the label is to be changed
     * @return the label; empty if images of this format have none
     * @throws IOException if the file cannot be read
     */
    default Optional<ImageLabel> label(String name, FileChannel file) throws IOException {
        return label(name, file, ReadOptions.DEFAULT);
    }

    /**
     * Opens what an image file says of itself, with options.
     *
     * @param name for messages
     * @param file as for {@link #label(String, FileChannel)}
     * @param options the keys that the sections of an encrypted image need, and the sections that are known
     * @return the label; empty if images of this format have none
     * @throws IOException if the file cannot be read
     */
    default Optional<ImageLabel> label(String name, FileChannel file, ReadOptions options)
            throws IOException {
        return Optional.empty();
    }

    /**
     * Begins an image. Nothing is written yet.
     *
     * @param sink takes the bytes; closed with the writer
     * @return the writer
     */
    ImageWriter write(ByteSink sink);

    /**
     * Begins an image with choices that the format may have. Nothing is written yet.
     *
     * @param sink takes the bytes; closed with the writer
     * @param options the choices; those that the format does not have are ignored
     * @return the writer
     */
    default ImageWriter write(ByteSink sink, WriteOptions options) {
        return write(sink);
    }

    /**
     * Opens an image that may be truncated or damaged, to recover its intact parts.
     *
     * @param source a file, at its beginning; closed with the reader
     * @param options such as keys, for an image that is encrypted
     * @param log receives what is not recovered
     * @return a reader of the elements that are whole, one that never fails because of the image; empty if this format
     *     finds nothing of its own
     * @throws IOException if the source cannot be read; {@link KeyRefused} if the image is encrypted and no key fits
     */
    default Optional<ImageReader> salvage(ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        return Optional.empty();
    }
}
