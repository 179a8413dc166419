package org.xenimage.formats.libxl;

import org.xenimage.formats.libxc.LibxcStream;
import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.image.CorruptImage;
import org.xenimage.image.Fault;
import org.xenimage.image.ImageSink;
import org.xenimage.image.Layer;
import org.xenimage.image.LibxlHeader;
import org.xenimage.image.RecordContext;
import org.xenimage.image.RecordFrame;
import org.xenimage.image.RecordType;
import org.xenimage.image.UnsupportedVersion;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A libxl stream being read: a header, records, and after LIBXC_CONTEXT the libxc stream within.
 *
 * <p>In a checkpointed stream the libxc stream pauses at CHECKPOINT; libxl records follow up to CHECKPOINT_END, and then
 * libxc records go on without new headers.
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
     * Whether bytes begin a libxl stream.
     *
     * @param first the first bytes of a source
     * @return whether the ident stands there
     */
    public static boolean recognises(MemorySegment first) {
        return first.byteSize() >= 8 && first.get(BE64, 0) == LibxlHeader.IDENT;
    }

    /**
     * Hands the next element to the sink.
     *
     * @param sink takes it
     * @return false if the stream has ended and nothing was handed out
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
        Fault fault = records.fault(offset, "libxl header");
        long ident = head.get(BE64, 0);
        if (ident != LibxlHeader.IDENT) {
            throw new CorruptImage(
                    fault.field("ident").expected("0x4c6962786c466d74").found(ident));
        }
        int version = head.get(BE32, 8);
        if (version != LibxlHeader.VERSION) {
            throw new UnsupportedVersion(
                    fault.at(offset + 8)
                            .field("version")
                            .expected("2")
                            .found(Integer.toUnsignedString(version))
                            .remedy(
                                    Integer.compareUnsigned(version, LibxlHeader.VERSION) > 0
                                            ? "a newer Xen saved this; take a newer xenimage"
                                            : "no Xen ever wrote this version"));
        }
        return new LibxlHeader(offset, version, head.get(BE32, 12));
    }

    private static final ValueLayout.OfInt BE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
}
