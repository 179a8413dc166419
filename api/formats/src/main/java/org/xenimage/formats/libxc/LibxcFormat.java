package org.xenimage.formats.libxc;

import org.xenimage.formats.salvage.StreamSalvage;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibxcHeader;
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

/** A libxc stream by itself, as {@code xc_domain_save} writes it. */
public final class LibxcFormat implements ImageFormat {
    /** Called by the service loader. */
    public LibxcFormat() {}

    @Override
    public String name() {
        return "libxc";
    }

    @Override
    public String description() {
        return "libxc stream, versions 2 and 3";
    }

    @Override
    public Match recognise(MemorySegment first) {
        return LibxcHeader.recognises(first) ? Match.SIGNATURE : Match.NO;
    }

    @Override
    public ImageReader read(ByteSource source) {
        var records = new RecordStream(source);
        var libxc = new LibxcStream(records);
        return new StreamReader(this, records, new Outermost(records, libxc));
    }

    @Override
    public Optional<ImageReader> salvage(ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        return StreamSalvage.ofFile(this, source, log);
    }

    @Override
    public ImageWriter write(ByteSink sink) {
        return StreamWriter.to(sink, Layer.LIBXC);
    }

    /** A libxc stream with no libxl around it continues by itself after a checkpoint. */
    private static final class Outermost implements StreamReader.Stream {
        private final RecordStream records;
        private final LibxcStream libxc;
        private boolean ended;

        Outermost(RecordStream records, LibxcStream libxc) {
            this.records = records;
            this.libxc = libxc;
        }

        @Override
        public boolean advance(ImageSink sink) throws IOException, RecordStream.SenderGone {
            if (ended) return false;
            switch (libxc.advance(sink)) {
                case MORE -> {}
                case CHECKPOINT -> records.checkpointed();
                case END -> ended = true;
            }
            return true;
        }
    }
}
