package org.xenimage.formats.libxl;

import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.formats.libxc.StreamReader;
import org.xenimage.formats.libxc.StreamWriter;
import org.xenimage.formats.salvage.StreamSalvage;
import org.xenimage.image.element.LibxlHeader;
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

/** A libxl stream by itself, as {@code libxl_domain_suspend} writes it for any toolstack. */
public final class LibxlFormat implements ImageFormat {
    /** Called by the service loader. */
    public LibxlFormat() {}

    @Override
    public String name() {
        return "libxl";
    }

    @Override
    public String description() {
        return "libxl stream, version 2, with its libxc stream";
    }

    @Override
    public Match recognise(MemorySegment first) {
        return LibxlHeader.recognises(first) ? Match.SIGNATURE : Match.NO;
    }

    @Override
    public ImageReader read(ByteSource source) {
        var records = new RecordStream(source);
        return new StreamReader(this, records, new LibxlStream(records)::advance);
    }

    @Override
    public Optional<ImageReader> salvage(ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        return StreamSalvage.ofFile(this, source, log);
    }

    @Override
    public ImageWriter write(ByteSink sink) {
        return StreamWriter.to(sink, Layer.LIBXL);
    }
}
