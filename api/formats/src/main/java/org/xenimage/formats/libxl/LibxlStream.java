package org.xenimage.formats.libxl;

import org.xenimage.formats.libxc.LibxcStream;
import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A libxl stream being read: a header, records, and after LIBXC_CONTEXT the libxc stream within.
 *
 * <p>In a checkpointed stream the libxc stream pauses at CHECKPOINT; libxl records follow up to
 * CHECKPOINT_END, and then libxc records continue without new headers.
 */
public final class LibxlStream {
    private enum State {
        HEADER,
        RECORDS,
        LIBXC,
        CHECKPOINT,
        ENDED
    }

    private final RecordStream records;
    private State state = State.HEADER;
    private LibxcStream libxc;
    private RecordContext context = RecordContext.X86_64;

    /**
     * A stream whose header comes next.
     *
     * @param records framing over the source
     */
    public LibxlStream(RecordStream records) {
        this.records = records;
        this.libxc = new LibxcStream(records);
    }

    /**
     * Hands the next element to the sink.
     *
     * @param sink takes it
     * @return false if the stream has ended and nothing was passed on
     * @throws IOException if the stream is at fault or cannot be read
     * @throws RecordStream.SenderGone if it ended after a checkpoint
     */
    public boolean advance(ImageSink sink) throws IOException, RecordStream.SenderGone {
        switch (state) {
            case HEADER -> {
                LibxlHeader header = readHeader();
                context = new RecordContext(header.order(), 8);
                state = State.RECORDS;
                sink.accept(header);
            }
            case RECORDS, CHECKPOINT -> record(sink);
            case LIBXC ->
                    state =
                            switch (libxc.advance(sink)) {
                                case MORE -> State.LIBXC;
                                case CHECKPOINT -> State.CHECKPOINT;
                                case END -> State.RECORDS;
                            };
            case ENDED -> {
                return false;
            }
        }
        return true;
    }

    private void record(ImageSink sink) throws IOException, RecordStream.SenderGone {
        RecordStream.Framed framed = records.next(Layer.LIBXL, context.order());
        RecordType type = framed.type();
        var frame =
                new RecordFrame(
                        records.source().name(),
                        framed.offset(),
                        type,
                        framed.bodyLength(),
                        context,
                        framed.bytes());
        sink.accept(frame);
        if (type.equals(RecordType.LIBXL_END)) {
            state = State.ENDED;
        } else if (type.equals(RecordType.LIBXC_CONTEXT)) {
            state = State.LIBXC;
            libxc = new LibxcStream(records);
        } else if (type.equals(RecordType.CHECKPOINT_END) && state == State.CHECKPOINT) {
            records.checkpointed();
            libxc.resume();
            state = State.LIBXC;
        }
    }

    private LibxlHeader readHeader() throws IOException {
        MemorySegment head = records.header(LibxlHeader.LENGTH, "libxl header");
        long offset = records.source().position() - LibxlHeader.LENGTH;
        return LibxlHeader.decode(head, records.fault(offset, "libxl header"));
    }
}
