package org.xenimage.formats.salvage;

import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.Progress;
import org.xenimage.image.spi.SalvageLog;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * Reads what is intact of a damaged xl, libxl or libxc stream, as the elements of a stream with
 * consistent frames (libxl-migration-stream and libxc-migration-stream, sections Layout).
 *
 * <p>Headers and records without content that a reader needs (headers, LIBXC_CONTEXT, END) are
 * added where they are lost, and reported to the log. A checkpointed stream ends at the last
 * checkpoint whose following round is complete. The package's documentation says which class does
 * what.
 *
 * <p>Memory: one record. Work: linear in the length of the stream. For one thread; closing it
 * closes the source.
 */
public final class StreamSalvage implements ImageReader {
    private static final int TRAILING_WINDOW = 1 << 20;

    private final ImageFormat format;
    private final SparseBytes in;
    private final EnclosingImage enclosing;
    private final Framing framing = new Framing();
    private final RecoveredElements out;
    private final HeaderRecovery headers;
    private final PageRecovery pages;
    private final RecordWalk walk;
    private boolean begun;

    /**
     * A recovery.
     *
     * @param format what {@link #format} says
     * @param in the stream
     * @param enclosing what holds it
     * @param log receives what is not recovered
     */
    public StreamSalvage(
            ImageFormat format, SparseBytes in, EnclosingImage enclosing, SalvageLog log) {
        this.format = format;
        this.in = in;
        this.enclosing = enclosing;
        this.out = new RecoveredElements(enclosing, log);
        var records = new RecordScanner(in, framing);
        this.headers = new HeaderRecovery(in, framing, enclosing, records, out);
        this.pages = new PageRecovery(in, framing, enclosing, out);
        this.walk = new RecordWalk(in, framing, records, headers, pages, out);
    }

    /**
     * A recovery of a file that holds nothing but the stream.
     *
     * @param format of the file
     * @param source the file
     * @param log receives what is not recovered
     * @return the reader; empty if the source is not a file
     * @throws IOException if it cannot be read
     */
    public static Optional<ImageReader> ofFile(
            ImageFormat format, ByteSource source, SalvageLog log) throws IOException {
        var file = source.file();
        if (file.isEmpty()) return Optional.empty();
        var bytes = FileBytes.of(source.name(), file.get());
        return Optional.of(new StreamSalvage(format, bytes, EnclosingImage.none(source), log));
    }

    @Override
    public String name() {
        return in.name();
    }

    @Override
    public ImageFormat format() {
        return format;
    }

    @Override
    public Progress progress() {
        return new Progress(Math.min(framing.at, in.length()), OptionalLong.of(in.length()));
    }

    @Override
    public SequencedMap<String, String> metadata() {
        return enclosing.metadata();
    }

    @Override
    public ImageExtras extras() {
        return enclosing.extras();
    }

    @Override
    public boolean advance(ImageSink sink) throws IOException {
        while (out.isEmpty()) {
            if (!step()) return false;
        }
        return out.handOut(sink);
    }

    /** Finds some more elements, or learns more about the stream; false if it is over. */
    private boolean step() throws IOException {
        if (pages.unfinished()) {
            pages.proceed();
        } else if (out.holding()) {
            out.handOutLeftovers();
        } else if (!begun) {
            begun = true;
            headers.recover();
        } else {
            switch (walk.ending()) {
                case NOT_YET -> walk.step();
                case WITH_END -> {
                    return trailing();
                }
                case CUT -> {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        enclosing.close();
    }

    /** Takes some of the bytes after the END; false if there are no more. */
    private boolean trailing() throws IOException {
        long at = framing.at;
        long bytes = Math.min(TRAILING_WINDOW, in.length() - at);
        if (bytes <= 0 || !in.intact(at, bytes)) {
            out.lost(at, bytes, "bytes after the stream");
            return false;
        }
        MemorySegment some = Arena.ofAuto().allocate(bytes, 8);
        in.read(at, some);
        out.found(new TrailingBytes(at, ByteRun.of(some)));
        framing.at = at + bytes;
        return true;
    }
}
