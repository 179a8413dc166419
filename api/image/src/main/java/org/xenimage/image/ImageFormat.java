package org.xenimage.image;

import org.xenimage.image.io.OctetSink;
import org.xenimage.image.io.OctetSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

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
        /** The format's own signature stands there. */
        SIGNATURE
    }

    /** {@return the name by which users choose it, such as {@code xl}} */
    String name();

    /** {@return what it is, in one line} */
    String description();

    /**
     * Looks at the first octets of a source.
     *
     * @param first up to {@link org.xenimage.image.io.OctetSource#PEEK_MAX} octets, fewer if the source is shorter
     * @return whether the format recognises them
     */
    Match recognise(MemorySegment first);

    /**
     * Opens an image. Nothing is read yet.
     *
     * @param source at its beginning; closed with the reader
     * @return the reader
     * @throws IOException if the source cannot be read
     */
    ImageReader read(OctetSource source) throws IOException;

    /**
     * Begins an image. Nothing is written yet.
     *
     * @param sink takes the octets; closed with the writer
     * @return the writer
     */
    ImageWriter write(OctetSink sink);

    /**
     * Begins an image with choices that the format may have. Nothing is written yet.
     *
     * @param sink takes the octets; closed with the writer
     * @param options the choices; those that the format does not have are ignored
     * @return the writer
     */
    default ImageWriter write(OctetSink sink, WriteOptions options) {
        return write(sink);
    }
}
