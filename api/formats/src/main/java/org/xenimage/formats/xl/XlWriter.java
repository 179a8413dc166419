package org.xenimage.formats.xl;

import org.xenimage.formats.libxc.StreamWriter;
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
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.spi.ImageWriter;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Writes the xl layer. Its header holds the length of the optional data, so header, config and site
 * metadata is put down together, when the first element after them comes.
 */
final class XlWriter implements ImageWriter {
    private final ByteSink sink;
    private final StreamWriter libxl;
    private XlPreamble preamble = XlPreamble.EMPTY;
    private boolean preambleWritten;

    /** The parts of the header so far. */
    private record XlPreamble(
            Optional<XlHeader> header, ByteRun config, boolean hasConfig, ByteRun metadata) {
        static final XlPreamble EMPTY =
                new XlPreamble(
                        Optional.empty(),
                        ByteRun.of(MemorySegment.NULL),
                        false,
                        ByteRun.of(MemorySegment.NULL));
    }

    /**
     * A writer.
     *
     * @param sink takes the bytes
     * @param libxl writes the layers within to the same sink
     */
    XlWriter(ByteSink sink, StreamWriter libxl) {
        this.sink = sink;
        this.libxl = libxl;
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        switch (element) {
            case XlHeader header -> {
                requirePreamble(element);
                preamble =
                        new XlPreamble(
                                Optional.of(header),
                                preamble.config(),
                                preamble.hasConfig(),
                                preamble.metadata());
            }
            case Config config -> {
                requirePreamble(element);
                preamble =
                        new XlPreamble(
                                preamble.header(), config.bytes(), true, preamble.metadata());
            }
            case SiteMetadata metadata -> {
                requirePreamble(element);
                preamble =
                        new XlPreamble(
                                preamble.header(),
                                preamble.config(),
                                preamble.hasConfig(),
                                metadata.bytes());
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
                .remedy("an xl file is xl header, config, site metadata, libxl stream");
    }

    private void writePreamble(ImageElement before) throws IOException {
        if (preambleWritten) return;
        XlHeader header =
                preamble.header()
                        .orElseThrow(() ->
                                new CorruptImage(misplaced(before, "comes before an xl header")));
        long length = preamble.metadata().length() + header.foreignTail().length();
        if (preamble.hasConfig()) {
            length += 4 + preamble.config().length();
        } else if (length >= 4) {
            throw new CorruptImage(
                    misplaced(header, "has optional data but no config before them"));
        }
        if (length > XlHeader.OPTIONAL_DATA_MAX) {
            throw new LimitExceeded(
                    misplaced(header, "has too much optional data")
                            .field("optional_data_len")
                            .expected("at most 0x" + Long.toHexString(XlHeader.OPTIONAL_DATA_MAX))
                            .found(length));
        }
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(header.order());
        MemorySegment configLength = Arena.ofAuto().allocate(4);
        configLength.set(u32, 0, (int) preamble.config().length());
        sink.write(
                header.encode(length),
                preamble.hasConfig() ? configLength : MemorySegment.NULL,
                preamble.config().all(),
                preamble.metadata().all(),
                header.foreignTail().all());
        preambleWritten = true;
        preamble = XlPreamble.EMPTY;
    }
}
