package org.xenimage.formats.xenimage;

import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.StreamFormat;
import org.xenimage.formats.xenimage.v1.label.SeekableLabel;
import org.xenimage.formats.xenimage.v1.read.NativeReader;
import org.xenimage.formats.xenimage.v1.read.SeekableImage;
import org.xenimage.formats.xenimage.v1.read.SeekableStream;
import org.xenimage.formats.xenimage.v1.salvage.SalvagedImage;
import org.xenimage.formats.xenimage.v1.write.SeekableWriter;
import org.xenimage.formats.xenimage.v1.write.StreamingWriter;
import org.xenimage.image.fault.Fault;
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

/** The native format on a file: the seekable form. To a pipe it writes the streaming form. */
public final class NativeFormat implements ImageFormat {
    /** Called by the service loader. */
    public NativeFormat() {}

    @Override
    public String name() {
        return "native";
    }

    @Override
    public String description() {
        return "Xenimage native, seekable: save image and core file in one ELF file";
    }

    @Override
    public SectionRoom sectionRoom() {
        return SectionRoom.ANY;
    }

    @Override
    public Match recognise(MemorySegment first) {
        return Native.recognises(first) && !Native.streaming(first) ? Match.SIGNATURE : Match.NO;
    }

    @Override
    public ImageReader read(ByteSource source) throws IOException {
        return read(source, ReadOptions.DEFAULT);
    }

    @Override
    public ImageReader read(ByteSource source, ReadOptions options) throws IOException {
        FileChannel file =
                source.file()
                        .orElseThrow(() ->
                                new IOException(
                                        Fault.in(source.name())
                                                .problem(
                                                        "is a seekable native image, which is read from a file only")
                                                .remedy(
                                                        "give the file's name, or send the image as native-stream")
                                                .message()));
        SeekableImage image = SeekableImage.open(source.name(), file, options);
        image.requireKey();
        var stream = new SeekableStream(source.name(), image, source);
        ImageReader inner = StreamFormat.format(image.ident().layer()).read(stream);
        return new NativeReader(
                this,
                inner,
                Optional.of(file),
                image::container,
                image::pagesByPfn,
                image.extras(),
                _ -> stream.checkDigest(),
                _ -> Optional.empty());
    }

    @Override
    public Optional<ImageLabel> label(String name, FileChannel file, ReadOptions options)
            throws IOException {
        return Optional.of(new SeekableLabel(name, file, options));
    }

    @Override
    public Optional<ImageReader> salvage(ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        return SalvagedImage.open(this, source, options, log);
    }

    @Override
    public ImageWriter write(ByteSink sink) {
        return write(sink, WriteOptions.DEFAULT);
    }

    @Override
    public ImageWriter write(ByteSink sink, WriteOptions options) {
        Optional<FileChannel> file = sink.file();
        return file.isPresent() && sink.position() == 0
                ? new SeekableWriter(sink, file.get(), options)
                : new StreamingWriter(sink, options);
    }
}
