package org.xenimage.formats.xenopsd;

import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.formats.libxc.StreamReader;
import org.xenimage.formats.libxc.StreamWriter;
import org.xenimage.formats.salvage.StreamSalvage;
import org.xenimage.image.element.XenopsdHeader;
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

/** What xenopsd writes when a domain of XenServer or XCP-ng is suspended. */
public final class XenopsdFormat implements ImageFormat {
    /** Called by the service loader. */
    public XenopsdFormat() {}

    @Override
    public String name() {
        return "xenopsd";
    }

    @Override
    public String description() {
        return "suspend image of xenopsd (XenServer, XCP-ng): frames, one of them a libxc stream";
    }

    @Override
    public Match recognise(MemorySegment first) {
        return XenopsdHeader.recognises(first) ? Match.SIGNATURE : Match.NO;
    }

    @Override
    public ImageReader read(ByteSource source) {
        var records = new RecordStream(source);
        return new StreamReader(this, records, new XenopsdStream(records)::advance);
    }

    @Override
    public Optional<ImageReader> salvage(ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        return StreamSalvage.ofFile(this, source, log);
    }

    @Override
    public ImageWriter write(ByteSink sink) {
        return StreamWriter.to(sink, Layer.XENOPSD);
    }
}
