package org.xenimage.formats.libxc;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ElementBuffer;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The framing that libxl and libxc records share, over one source: a type, a length, a body, padding.
 *
 * <p>All layers of an image read through one of these, since their records follow one another in one source.
 */
public final class RecordStream {
    private final ByteSource source;
    private final ElementBuffer buffer;
    private long checkpoints;

    /**
     * Frames over a source.
     *
     * @param source nothing else may read from it
     */
    public RecordStream(ByteSource source) {
        this.source = source;
        this.buffer = new ElementBuffer(source);
    }

    /** {@return the source below} */
    public ByteSource source() {
        return source;
    }

    /** Notes that a checkpoint is whole: from here on the sender may go away at any byte. */
    public void checkpointed() {
        checkpoints++;
    }

    /**
     * Reads a header of fixed length that must be there.
     *
     * @param bytes its length
     * @param element its name
     * @return the header, good until the next read
     * @throws IOException if it is truncated or cannot be read
     */
    public MemorySegment header(int bytes, String element) throws IOException {
        return buffer.wholeHeader(bytes, element);
    }

    /**
     * A record whose header was read and whose length was checked.
     *
     * @param offset of the header
     * @param type from the header
     * @param bodyLength from the header
     * @param bytes header, body and padding
     */
    public record Framed(long offset, RecordType type, long bodyLength, ByteRun bytes) {}

    /** The stream of a sender that went away. */
    public static final class SenderGone extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient ByteRun incomplete;

        SenderGone(ByteRun incomplete) {
            super("the sender went away", null, false, false);
            this.incomplete = incomplete;
        }

        /** {@return the bytes of the record that the sender did not finish} */
        public ByteRun incomplete() {
            return incomplete;
        }
    }

    /**
     * Reads the header of the next record.
     *
     * @param layer whose record it is
     * @param order of its integers
     * @return the record, its body unread
     * @throws IOException if it is truncated, too long, or cannot be read
     * @throws SenderGone if the source ended, but at least one checkpoint is whole
     */
    public Framed next(Layer layer, ByteOrder order) throws IOException, SenderGone {
        MemorySegment head = buffer.header(RecordFrame.HEADER_LENGTH);
        long offset = source.position() - head.byteSize();
        Fault fault = Fault.in(source.name()).at(offset);
        if (head.byteSize() < RecordFrame.HEADER_LENGTH) {
            if (checkpoints > 0) throw new SenderGone(ByteRun.of(copy(head)));
            throw new TruncatedImage(
                    fault.element(layer.specName() + " record header")
                            .problem(head.byteSize() == 0 ? "is missing" : "is truncated")
                            .expected("a record, or END as the last one")
                            .found("the end of the source")
                            .remedy(TruncatedImage.REMEDY));
        }
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        RecordType type = new RecordType(layer, head.get(u32, 0));
        long bodyLength = Integer.toUnsignedLong(head.get(u32, 4));
        if (bodyLength > RecordFrame.BODY_LENGTH_MAX) {
            throw new LimitExceeded(
                    fault.element("record " + type)
                            .at(offset + 4)
                            .field("body_length")
                            .expected("at most 0x" + Long.toHexString(RecordFrame.BODY_LENGTH_MAX))
                            .found(bodyLength)
                            .remedy(
                                    "the stream is corrupt, or not in the byte order that its header gives"));
        }
        ByteRun bytes =
                buffer.element(head, RecordFrame.paddedLength(bodyLength), "record " + type);
        if (checkpoints > 0 && buffer.fill() < bytes.length())
            throw new SenderGone(buffer.partial());
        return new Framed(offset, type, bodyLength, bytes);
    }

    /**
     * Reads the header of the next frame of xenopsd. A frame that announces a stream, and the last
     * one, have no body.
     *
     * @return the frame, its body unread
     * @throws IOException if it is truncated, too long, or cannot be read
     */
    public Framed nextOfXenopsd() throws IOException {
        MemorySegment head =
                buffer.wholeHeader(Layer.XENOPSD.headerLength(), "xenopsd frame header");
        long offset = source.position() - head.byteSize();
        ValueLayout.OfLong i64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        long code = head.get(i64, 0);
        Fault fault = Fault.in(source.name()).at(offset);
        if (code < 0 || code > 0xffff_ffffL)
            throw new CorruptImage(
                    fault.element("xenopsd frame header")
                            .field("type")
                            .expected("at most 0xffffffff")
                            .found(code)
                            .remedy("the image is damaged"));
        RecordType type = RecordType.xenopsd((int) code);
        long length = head.get(i64, 8);
        boolean bare = type.equals(RecordType.XENOPSD_LIBXC) || type.equals(RecordType.XENOPSD_END);
        long most = bare ? 0 : RecordFrame.BODY_LENGTH_MAX;
        if (length < 0 || length > most)
            throw new LimitExceeded(
                    fault.element("record " + type)
                            .at(offset + 8)
                            .field("length")
                            .expected(bare ? "0" : "at most 0x" + Long.toHexString(most))
                            .found(length)
                            .remedy("the image is damaged"));
        ByteRun bytes = buffer.element(head, Layer.XENOPSD.recordLength(length), "record " + type);
        return new Framed(offset, type, length, bytes);
    }

    /**
     * Reads bytes after the stream, as they come.
     *
     * @return some bytes, good until the next read; empty at the end of the source
     * @throws IOException if they cannot be read
     */
    public MemorySegment trailing() throws IOException {
        return buffer.some();
    }

    /**
     * The bytes of a source that ended within a record, kept apart from the buffer.
     */
    static MemorySegment copy(MemorySegment bytes) {
        return MemorySegment.ofArray(bytes.toArray(ValueLayout.JAVA_BYTE)).asReadOnly();
    }

    /**
     * Names the source in a fault.
     *
     * @param offset in the source
     * @param element at fault
     * @return the fault's beginning
     */
    public Fault fault(long offset, String element) {
        return Fault.in(source.name()).at(offset).element(element);
    }
}
