package org.xenimage.formats.libxc;

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
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageWriter;

import java.io.IOException;
import java.util.Optional;

/**
 * Writes the libxl and libxc layers, which are records and headers one after the other. The xl layer writes its own
 * elements in front of them.
 *
 * <p>Into a pipe, a device or a socket, someone reads while this writes: an {@link EndGate} then
 * makes sure that no guest is started from an image that is not agreed to, which it is when
 * {@link #end} is called. A new file needs no gate, because it gets its name when it is complete;
 * nor does a stream within another image.
 */
public final class StreamWriter implements ImageWriter {
    private final ByteSink sink;
    private final Layer outermost;
    private final Optional<EndGate> gate;

    private StreamWriter(ByteSink sink, Layer outermost, boolean gated) {
        this.sink = sink;
        this.outermost = outermost;
        this.gate =
                gated ? Optional.of(new EndGate(sink, outermost, this::write)) : Optional.empty();
    }

    /**
     * A writer for the reader of the sink.
     *
     * @param sink takes the bytes
     * @param outermost the layer that the image begins with; elements of layers around it are refused
     * @return the writer
     */
    public static StreamWriter to(ByteSink sink, Layer outermost) {
        return new StreamWriter(sink, outermost, sink.file().isEmpty());
    }

    /**
     * A writer of a stream within another image, which has its own end.
     *
     * @param sink takes the bytes
     * @param outermost the layer that the image begins with; elements of layers around it are refused
     * @return the writer, which passes every element on at once
     */
    public static StreamWriter within(ByteSink sink, Layer outermost) {
        return new StreamWriter(sink, outermost, false);
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        if (gate.isPresent()) gate.get().accept(element);
        else write(element, sink);
    }

    private void write(ImageElement element, ByteSink to) throws IOException {
        switch (element) {
            case XlHeader _, LibvirtHeader _, SiteMetadata _ -> throw foreign(element);
            case XenopsdHeader header -> {
                if (outermost != Layer.XENOPSD) throw foreign(element);
                to.write(header.encode());
            }
            case Config config -> {
                if (outermost != Layer.XENOPSD) throw foreign(element);
                RecordFrame.of(RecordType.XENOPS, RecordContext.X86_64, config.bytes().all())
                        .bytes()
                        .writeTo(to);
            }
            case LibxlHeader header -> {
                if (outermost == Layer.LIBXC || outermost == Layer.XENOPSD) throw foreign(element);
                to.write(header.encode());
            }
            case LibxcHeader header -> to.write(header.encode());
            case RecordFrame frame -> frame.bytes().writeTo(to);
            case PageBatch batch -> batch.bytes().writeTo(to);
            case StreamEnd end -> end.incomplete().writeTo(to);
            case TrailingBytes trailing -> trailing.bytes().writeTo(to);
        }
    }

    @Override
    public void end() throws IOException {
        if (gate.isPresent()) gate.get().agree();
    }

    @Override
    public void close() throws IOException {
        try (sink) {
            if (gate.isPresent()) gate.get().refuse();
        }
    }

    private CorruptImage foreign(ImageElement element) {
        return new CorruptImage(
                Fault.in(sink.name())
                        .at(element.offset())
                        .element(element.label())
                        .problem("has no place in a %s stream".formatted(outermost.specName()))
                        .remedy("choose a format whose outermost layer can hold it"));
    }
}
