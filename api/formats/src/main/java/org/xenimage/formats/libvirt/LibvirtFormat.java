package org.xenimage.formats.libvirt;

import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.formats.libxc.StreamReader;
import org.xenimage.formats.libxc.StreamWriter;
import org.xenimage.formats.libxl.HeadedStream;
import org.xenimage.formats.libxl.HeadedWriter;
import org.xenimage.formats.salvage.StreamSalvage;
import org.xenimage.image.element.LibvirtHeader;
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

/** What {@code virsh save} and a managed save of libvirt's libxl driver write. */
public final class LibvirtFormat implements ImageFormat {
    private static final HeadedStream.Form FORM =
            new HeadedStream.Form(
                    LibvirtHeader.LENGTH,
                    "libvirt header",
                    "libvirt XML",
                    LibvirtHeader::xmlLength,
                    LibvirtHeader::decode);

    /** Called by the service loader. */
    public LibvirtFormat() {}

    @Override
    public String name() {
        return "libvirt";
    }

    @Override
    public String description() {
        return "save file of libvirt (virsh save, managed save): header, domain XML, libxl stream";
    }

    @Override
    public Match recognise(MemorySegment first) {
        return LibvirtHeader.recognises(first) ? Match.SIGNATURE : Match.NO;
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
        return new HeadedWriter<>(sink, StreamWriter.to(sink, Layer.LIBXL), new LibvirtPreamble());
    }

    /**
     * A writer of an image within another, which has its own end.
     *
     * @param sink takes the bytes
     * @return the writer, which holds back nothing but the header
     */
    public static ImageWriter within(ByteSink sink) {
        return new HeadedWriter<>(
                sink, StreamWriter.within(sink, Layer.LIBXL), new LibvirtPreamble());
    }
}
