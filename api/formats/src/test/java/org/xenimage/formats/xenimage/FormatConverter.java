package org.xenimage.formats.xenimage;

import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Converts files by the formats' names. */
final class FormatConverter {
    private static final Images IMAGES = Images.load();

    private FormatConverter() {}

    static ImageFormat format(String name) {
        return IMAGES.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static Path convert(Path from, Path to, String format, WriteOptions.Compression compression)
            throws IOException {
        Files.deleteIfExists(to);
        WriteOptions options = WriteOptions.DEFAULT.withCompression(compression);
        try (var reader = IMAGES.open(ChannelSource.open(from));
                var writer = format(format).write(ChannelSink.create(to), options)) {
            reader.drainTo(writer);
        }
        return to;
    }

    /** Rewrites an image with all that is apart from its stream. */
    static Path rewrite(Path from, Path to, String format) throws IOException {
        return rewrite(from, to, format, WriteOptions.Compression.PREFERRED);
    }

    static Path rewrite(Path from, Path to, String format, WriteOptions.Compression compression)
            throws IOException {
        Files.deleteIfExists(to);
        try (var reader = IMAGES.open(ChannelSource.open(from))) {
            WriteOptions options =
                    WriteOptions.DEFAULT.withCompression(compression).withExtras(reader.extras());
            try (var writer = format(format).write(ChannelSink.create(to), options)) {
                reader.drainTo(writer);
            }
        }
        return to;
    }

    static void readWhole(Path image) throws IOException {
        try (var reader = IMAGES.open(ChannelSource.open(image))) {
            reader.drainTo(element -> {
                if (element instanceof org.xenimage.image.element.PageBatch batch)
                    batch.bytes().all();
                if (element instanceof org.xenimage.image.element.RecordFrame frame)
                    frame.bytes().all();
            });
        }
    }

    /** Takes no notice of what is lost. */
    static final class Quiet implements org.xenimage.image.spi.SalvageLog {
        @Override
        public void lost(long offset, long bytes, String what) {}

        @Override
        public void lostPage(long pfn) {}

        @Override
        public void added(String what) {}
    }
}
