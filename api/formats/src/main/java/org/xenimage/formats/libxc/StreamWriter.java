package org.xenimage.formats.libxc;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.record.Layer;
import org.xenimage.image.spi.ImageWriter;

import java.io.IOException;

/**
 * Writes the libxl and libxc layers, which are records and headers one after the other; the xl layer writes its own
 * elements in front of them.
 */
public final class StreamWriter implements ImageWriter {
    private final ByteSink sink;
    private final Layer outermost;

    /**
     * A writer.
     *
     * @param sink takes the bytes
     * @param outermost the layer that the image begins with; elements of layers around it are refused
     */
    public StreamWriter(ByteSink sink, Layer outermost) {
        this.sink = sink;
        this.outermost = outermost;
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        switch (element) {
            case XlHeader _, Config _, SiteMetadata _ -> throw foreign(element);
            case LibxlHeader header -> {
                if (outermost == Layer.LIBXC) throw foreign(element);
                sink.write(header.encode());
            }
            case LibxcHeader header -> sink.write(header.encode());
            case RecordFrame frame -> frame.bytes().writeTo(sink);
            case PageBatch batch -> batch.bytes().writeTo(sink);
            case StreamEnd end -> end.incomplete().writeTo(sink);
            case TrailingBytes trailing -> trailing.bytes().writeTo(sink);
        }
    }

    @Override
    public void close() throws IOException {
        sink.close();
    }

    private CorruptImage foreign(ImageElement element) {
        return new CorruptImage(
                Fault.in(sink.name())
                        .at(element.offset())
                        .element(element.label())
                        .problem("has no place in a " + outermost.specName() + " stream")
                        .remedy("write a format whose outermost layer holds it"));
    }
}
