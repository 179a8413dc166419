package org.xenimage.formats.libxc;

import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A libxc stream being read: two headers, then records up to END or, in a checkpointed stream, up to CHECKPOINT.
 */
public final class LibxcStream {
    /** The state of reading after a step. */
    public enum Step {
        /** More of this stream follows. */
        MORE,
        /** CHECKPOINT: the layer above has its turn, and may hand the stream back. */
        CHECKPOINT,
        /** END. */
        END
    }

    private final RecordStream records;
    private boolean headersRead;
    private boolean resumed;
    private RecordContext context = RecordContext.X86_64;

    /**
     * A stream whose headers come next.
     *
     * @param records framing over the source
     */
    public LibxcStream(RecordStream records) {
        this.records = records;
    }

    /**
     * Hands the next element to the sink.
     *
     * @param sink takes it
     * @return what follows
     * @throws IOException if the stream is at fault or cannot be read
     * @throws RecordStream.SenderGone if it ended after a checkpoint
     */
    public Step advance(ImageSink sink) throws IOException, RecordStream.SenderGone {
        if (!headersRead) {
            LibxcHeader header = readHeaders();
            context = new RecordContext(header.order(), 8);
            headersRead = true;
            sink.accept(header);
            return Step.MORE;
        }
        RecordStream.Framed framed = records.next(Layer.LIBXC, context.order());
        String source = records.source().name();
        RecordType type = framed.type();
        if (resumed && isCheckpointState(framed)) type = RecordType.CHECKPOINT_STATE;
        else resumed = false;
        if (type.equals(RecordType.PAGE_DATA)) {
            sink.accept(
                    new PageBatch(
                            source,
                            framed.offset(),
                            framed.bodyLength(),
                            context.order(),
                            framed.bytes()));
            return Step.MORE;
        }
        var frame =
                new RecordFrame(
                        source,
                        framed.offset(),
                        type,
                        framed.bodyLength(),
                        context,
                        framed.bytes());
        if (type.equals(RecordType.X86_PV_INFO) && frame.bodyLength() >= 1) {
            int width =
                    frame.bytes()
                            .first(RecordFrame.HEADER_LENGTH + 1)
                            .get(ValueLayout.JAVA_BYTE, RecordFrame.HEADER_LENGTH);
            if (width == 4) context = new RecordContext(context.order(), width);
        }
        sink.accept(frame);
        if (type.equals(RecordType.CHECKPOINT)) return Step.CHECKPOINT;
        return type.equals(RecordType.END) ? Step.END : Step.MORE;
    }

    /** Notes that the layer above hands the stream back after a checkpoint. */
    public void resume() {
        resumed = true;
    }

    /**
     * Whether a record after a checkpoint is the CHECKPOINT_STATE of a COLO primary, a libxl record whose code equals
     * that of X86_PV_VCPU_EXTENDED. No vCPU record is that short, and COLO serves HVM guests only.
     */
    private static boolean isCheckpointState(RecordStream.Framed framed) {
        return framed.type().code() == RecordType.CHECKPOINT_STATE.code()
                && framed.bodyLength() <= CHECKPOINT_STATE_LENGTH_MAX;
    }

    private static final long CHECKPOINT_STATE_LENGTH_MAX = 8;

    private LibxcHeader readHeaders() throws IOException {
        MemorySegment head = records.header(LibxcHeader.LENGTH, "libxc header");
        long offset = records.source().position() - LibxcHeader.LENGTH;
        return LibxcHeader.decode(head, records.fault(offset, "libxc header"));
    }
}
