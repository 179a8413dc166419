package org.xenimage.formats.libxc;

import org.xenimage.image.Config;
import org.xenimage.image.CorruptImage;
import org.xenimage.image.Fault;
import org.xenimage.image.ImageElement;
import org.xenimage.image.ImageWriter;
import org.xenimage.image.Layer;
import org.xenimage.image.LibxcHeader;
import org.xenimage.image.LibxlHeader;
import org.xenimage.image.PageBatch;
import org.xenimage.image.RecordFrame;
import org.xenimage.image.SiteMetadata;
import org.xenimage.image.StreamEnd;
import org.xenimage.image.TrailingBytes;
import org.xenimage.image.XlHeader;
import org.xenimage.image.io.ByteSink;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

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
                sink.write(bytes(header));
            }
            case LibxcHeader header -> sink.write(bytes(header));
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

    private static MemorySegment bytes(LibxlHeader header) {
        MemorySegment bytes = Arena.ofAuto().allocate(LibxlHeader.LENGTH, 8);
        bytes.set(BE64, 0, LibxlHeader.IDENT);
        bytes.set(BE32, 8, header.version());
        bytes.set(BE32, 12, header.options());
        return bytes;
    }

    private static MemorySegment bytes(LibxcHeader header) {
        MemorySegment bytes = Arena.ofAuto().allocate(LibxcHeader.LENGTH, 8);
        bytes.set(BE64, 0, LibxcHeader.MARKER);
        bytes.set(BE32, 8, LibxcHeader.ID);
        bytes.set(BE32, 12, header.version());
        bytes.set(BE16, 16, header.options());
        bytes.set(BE16, 18, header.reserved16());
        bytes.set(BE32, 20, header.reserved32());
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT.withOrder(header.order());
        ValueLayout.OfShort u16 = ValueLayout.JAVA_SHORT.withOrder(header.order());
        bytes.set(u32, 24, header.type());
        bytes.set(u16, 28, header.pageShift());
        bytes.set(u16, 30, header.domainReserved());
        bytes.set(u32, 32, header.xenMajor());
        bytes.set(u32, 36, header.xenMinor());
        return bytes;
    }

    private static final ValueLayout.OfShort BE16 =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
}
