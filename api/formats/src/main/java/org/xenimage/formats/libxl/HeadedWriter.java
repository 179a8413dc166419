package org.xenimage.formats.libxl;

import org.xenimage.formats.libxc.StreamWriter;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.spi.ImageWriter;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Writes a toolstack's header and its config, and then a libxl stream. The header holds the length
 * of what follows it, so header, config and site metadata is put down together, when the first
 * element after them comes.
 *
 * @param <H> the header
 */
public final class HeadedWriter<H extends ImageElement> implements ImageWriter {
    /**
     * How a toolstack puts its header and its config down.
     *
     * @param <H> the header
     */
    public interface HeaderForm<H extends ImageElement> {
        /** {@return the kind of header} */
        Class<H> header();

        /** {@return what the layer is called, such as {@code xl}} */
        String name();

        /**
         * Encodes the preamble.
         *
         * @param header of the image
         * @param config of the image, if there is one
         * @param metadata of the site; empty if there are none
         * @param place for faults
         * @return the bytes in order
         * @throws IOException if they make no preamble
         */
        MemorySegment[] encode(H header, Optional<Config> config, ByteRun metadata, Fault place)
                throws IOException;
    }

    private final ByteSink sink;
    private final StreamWriter libxl;
    private final HeaderForm<H> form;
    private Optional<H> header = Optional.empty();
    private Optional<Config> config = Optional.empty();
    private ByteRun metadata = ByteRun.of(MemorySegment.NULL);
    private boolean preambleWritten;

    /**
     * A writer.
     *
     * @param sink takes the bytes
     * @param libxl writes the layers within to the same sink
     * @param form of what precedes them
     */
    public HeadedWriter(ByteSink sink, StreamWriter libxl, HeaderForm<H> form) {
        this.sink = sink;
        this.libxl = libxl;
        this.form = form;
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        switch (element) {
            case XlHeader _, LibvirtHeader _, XenopsdHeader _ -> {
                requirePreamble(element);
                if (!form.header().isInstance(element))
                    throw new CorruptImage(misplaced(element, "is of another toolstack"));
                header = Optional.of(form.header().cast(element));
            }
            case Config found -> {
                requirePreamble(element);
                config = Optional.of(found);
            }
            case SiteMetadata found -> {
                requirePreamble(element);
                metadata = found.bytes();
            }
            case LibxlHeader _,
                    LibxcHeader _,
                    RecordFrame _,
                    PageBatch _,
                    StreamEnd _,
                    TrailingBytes _ -> {
                writePreamble(element);
                libxl.accept(element);
            }
        }
    }

    @Override
    public void end() throws IOException {
        libxl.end();
    }

    @Override
    public void close() throws IOException {
        libxl.close();
    }

    private void requirePreamble(ImageElement element) throws CorruptImage {
        if (preambleWritten)
            throw new CorruptImage(misplaced(element, "comes after the libxl header"));
    }

    private Fault misplaced(ImageElement element, String problem) {
        return Fault.in(sink.name())
                .at(element.offset())
                .element(element.label())
                .problem(problem)
                .remedy(
                        "an %s file is %s header, config, site metadata, libxl stream"
                                .formatted(form.name(), form.name()));
    }

    private void writePreamble(ImageElement before) throws IOException {
        if (preambleWritten) return;
        H found =
                header.orElseThrow(() ->
                        new CorruptImage(
                                misplaced(
                                        before,
                                        "comes before an %s header".formatted(form.name()))));
        sink.write(form.encode(found, config, metadata, misplaced(found, "")));
        preambleWritten = true;
        header = Optional.empty();
        config = Optional.empty();
        metadata = ByteRun.of(MemorySegment.NULL);
    }

    /**
     * Refuses a preamble that no reader takes.
     *
     * @param length of what follows the header
     * @param most that may follow it
     * @param field that holds the length
     * @param place for the fault
     * @throws LimitExceeded if it is longer
     */
    public static void requireLength(long length, long most, String field, Fault place)
            throws LimitExceeded {
        if (length <= most) return;
        throw new LimitExceeded(
                place.problem("has too much data behind it")
                        .field(field)
                        .expected("at most 0x" + Long.toHexString(most))
                        .found(length));
    }
}
