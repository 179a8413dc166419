package org.xenimage.formats.xl;

import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.formats.libxc.StreamReader;
import org.xenimage.formats.libxc.StreamWriter;
import org.xenimage.formats.libxl.HeadedStream;
import org.xenimage.formats.libxl.HeadedWriter;
import org.xenimage.formats.salvage.StreamSalvage;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.record.Layer;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.SalvageLog;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** What {@code xl save} writes and {@code xl migrate} sends. */
public final class XlFormat implements ImageFormat {
    private static final HeadedStream.Form FORM =
            new HeadedStream.Form(
                    XlHeader.LENGTH,
                    "xl header",
                    "xl optional data",
                    XlHeader::optionalDataLength,
                    XlHeader::decode);

    /** Called by the service loader. */
    public XlFormat() {}

    @Override
    public String name() {
        return "xl";
    }

    @Override
    public String description() {
        return "xl save file or migration: header, config, libxl stream";
    }

    @Override
    public Match recognise(MemorySegment first) {
        return XlHeader.recognises(first) ? Match.SIGNATURE : Match.NO;
    }

    @Override
    public ImageReader read(ByteSource source) {
        var records = new RecordStream(source);
        return new StreamReader(this, records, new HeadedStream(FORM, records)::advance);
    }

    @Override
    public Optional<ImageReader> salvage(ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        return StreamSalvage.ofFile(this, source, log);
    }

    @Override
    public ImageWriter write(ByteSink sink) {
        return new HeadedWriter<>(sink, StreamWriter.to(sink, Layer.LIBXL), new XlPreamble());
    }

    /**
     * A writer of an image within another, which has its own end.
     *
     * @param sink takes the bytes
     * @return the writer, which holds back nothing but the header
     */
    public static ImageWriter within(ByteSink sink) {
        return new HeadedWriter<>(sink, StreamWriter.within(sink, Layer.LIBXL), new XlPreamble());
    }
}
