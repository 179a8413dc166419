package org.xenimage.formats.libxc;

import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.RandomAccessBytes;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.Progress;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** An image whose outermost layer is one of the three: runs that layer, then tells how it ended and what follows. */
public final class StreamReader implements ImageReader {
    /** The outermost layer. */
    @FunctionalInterface
    public interface Stream {
        /**
         * Hands the next element to the sink.
         *
         * @param sink takes it
         * @return false if the layer has ended and nothing was passed on
         * @throws IOException if the stream is at fault or cannot be read
         * @throws RecordStream.SenderGone if it ended after a checkpoint
         */
        boolean advance(ImageSink sink) throws IOException, RecordStream.SenderGone;
    }

    private final ImageFormat format;
    private final RecordStream records;
    private final Stream outermost;
    private boolean streamEnded;

    /**
     * A reader.
     *
     * @param format what {@link #format} says
     * @param records framing over the source
     * @param outermost the layer that the source begins with
     */
    public StreamReader(ImageFormat format, RecordStream records, Stream outermost) {
        this.format = format;
        this.records = records;
        this.outermost = outermost;
    }

    @Override
    public String name() {
        return records.source().name();
    }

    @Override
    public Progress progress() {
        return new Progress(records.source().position(), records.source().size());
    }

    @Override
    public Optional<FileChannel> file() {
        return records.source().file();
    }

    @Override
    public ImageFormat format() {
        return format;
    }

    @Override
    public Optional<RandomAccessBytes> byPosition() throws IOException {
        return records.source().byPosition();
    }

    @Override
    public boolean advance(ImageSink sink) throws IOException {
        if (streamEnded) {
            MemorySegment some = records.trailing();
            if (some.byteSize() == 0) return false;
            long offset = records.source().position() - some.byteSize();
            sink.accept(new TrailingBytes(offset, ByteRun.of(some)));
            return true;
        }
        try {
            if (outermost.advance(sink)) return true;
            streamEnded = true;
            ByteRun none = ByteRun.of(MemorySegment.NULL);
            sink.accept(
                    new StreamEnd(records.source().position(), StreamEnd.Ending.COMPLETE, none));
        } catch (RecordStream.SenderGone gone) {
            streamEnded = true;
            long offset = records.source().position() - gone.incomplete().length();
            sink.accept(new StreamEnd(offset, StreamEnd.Ending.SENDER_GONE, gone.incomplete()));
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        records.source().close();
    }
}
