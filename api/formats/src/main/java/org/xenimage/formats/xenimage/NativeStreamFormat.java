package org.xenimage.formats.xenimage;

import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.StreamFormat;
import org.xenimage.formats.xenimage.v1.label.StreamLabel;
import org.xenimage.formats.xenimage.v1.read.ChunkedStream;
import org.xenimage.formats.xenimage.v1.read.NativeReader;
import org.xenimage.formats.xenimage.v1.salvage.SalvagedStream;
import org.xenimage.formats.xenimage.v1.write.StreamingWriter;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.section.SectionRoom;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageLabel;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.SalvageLog;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** The native format on a pipe: the streaming form. */
public final class NativeStreamFormat implements ImageFormat {
    /** Called by the service loader. */
    public NativeStreamFormat() {}

    @Override
    public String name() {
        return "native-stream";
    }

    @Override
    public String description() {
        return "Xenimage native, streaming: chunks with checksums, for a pipe or a socket";
    }

    @Override
    public SectionRoom sectionRoom() {
        return SectionRoom.MANDATORY_FIRST;
    }

    @Override
    public Match recognise(MemorySegment first) {
        return Native.recognises(first) && Native.streaming(first) ? Match.SIGNATURE : Match.NO;
    }

    @Override
    public ImageReader read(ByteSource source) throws IOException {
        return read(source, ReadOptions.DEFAULT);
    }

    @Override
    public ImageReader read(ByteSource source, ReadOptions options) throws IOException {
        var stream = ChunkedStream.open(source, options);
        stream.requireKey();
        ImageReader inner = StreamFormat.format(stream.ident().layer()).read(stream);
        return new NativeReader(
                this,
                inner,
                source.file(),
                stream::container,
                Optional::empty,
                stream.extras(),
                stream::checkEnd,
                stream::copyTo);
    }

    @Override
    public Optional<ImageLabel> label(String name, FileChannel file, ReadOptions options)
            throws IOException {
        return Optional.of(new StreamLabel(name, file, options));
    }

    @Override
    public Optional<ImageReader> salvage(ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        return SalvagedStream.open(this, source, options, log);
    }

    @Override
    public ImageWriter write(ByteSink sink) {
        return write(sink, WriteOptions.DEFAULT);
    }

    @Override
    public ImageWriter write(ByteSink sink, WriteOptions options) {
        return new StreamingWriter(sink, options);
    }
}
