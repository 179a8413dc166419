package org.xenimage.formats.libxc;

import org.xenimage.image.CorruptImage;
import org.xenimage.image.Fault;
import org.xenimage.image.ImageSink;
import org.xenimage.image.Layer;
import org.xenimage.image.LibxcHeader;
import org.xenimage.image.PageBatch;
import org.xenimage.image.RecordContext;
import org.xenimage.image.RecordFrame;
import org.xenimage.image.RecordType;
import org.xenimage.image.UnsupportedVersion;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A libxc stream being read: two headers, then records up to END or, in a checkpointed stream, up to CHECKPOINT.
 */
public final class LibxcStream {
    /** Where reading stands after a step. */
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
     * Whether bytes begin a libxc stream.
     *
     * @param first the first bytes of a source
     * @return whether marker and id stand there
     */
    public static boolean recognises(MemorySegment first) {
        return first.byteSize() >= 12
                && first.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) == LibxcHeader.MARKER
                && first.get(BE32, 8) == LibxcHeader.ID;
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
        Fault fault = records.fault(offset, "libxc header");
        long marker = head.get(BE64, 0);
        if (marker != LibxcHeader.MARKER) {
            throw new CorruptImage(
                    fault.field("marker").expected("0xffffffffffffffff").found(marker));
        }
        int id = head.get(BE32, 8);
        if (id != LibxcHeader.ID) {
            throw new CorruptImage(
                    fault.at(offset + 8)
                            .field("id")
                            .expected("0x58454e46")
                            .found(Integer.toUnsignedLong(id)));
        }
        int version = head.get(BE32, 12);
        if (Integer.compareUnsigned(version, LibxcHeader.VERSION_MIN) < 0
                || Integer.compareUnsigned(version, LibxcHeader.VERSION_MAX) > 0) {
            boolean newer = Integer.compareUnsigned(version, LibxcHeader.VERSION_MAX) > 0;
            throw new UnsupportedVersion(
                    fault.at(offset + 12)
                            .field("version")
                            .expected("2 or 3")
                            .found(Integer.toUnsignedString(version))
                            .remedy(
                                    newer
                                            ? "a newer Xen saved this; take a newer xenimage"
                                            : "no Xen ever wrote this version"));
        }
        short options = head.get(BE16, 16);
        ByteOrder order = (options & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        ValueLayout.OfShort u16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
        var header =
                new LibxcHeader(
                        offset,
                        version,
                        options,
                        head.get(BE16, 18),
                        head.get(BE32, 20),
                        head.get(u32, 24),
                        head.get(u16, 28),
                        head.get(u16, 30),
                        head.get(u32, 32),
                        head.get(u32, 36));
        if (header.guestType().isEmpty()) {
            throw new CorruptImage(
                    fault.at(offset + 24)
                            .field("type")
                            .expected("1 (PV) or 2 (HVM)")
                            .found(Integer.toUnsignedLong(header.type())));
        }
        if (header.pageShift() != LibxcHeader.PAGE_SHIFT) {
            throw new CorruptImage(
                    fault.at(offset + 28)
                            .field("page_shift")
                            .expected("0xc")
                            .found(Short.toUnsignedLong(header.pageShift())));
        }
        return header;
    }

    private static final ValueLayout.OfShort BE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
}
