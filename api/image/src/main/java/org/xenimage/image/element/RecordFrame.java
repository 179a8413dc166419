package org.xenimage.image.element;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.XenRecord;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A record of a libxl or libxc stream, or of xenopsd, in its frame, decoded only on demand (both specifications,
 * section Records).
 *
 * <pre>
 *   0  u32 type
 *   4  u32 body_length
 *   8  body
 *      0 to 7 bytes of padding, zero, so that the record's length is a multiple of 8
 * </pre>
 *
 * <p>A frame of xenopsd is a record too: its type and length are i64, little-endian, and there is no padding.
 *
 * <p>PAGE_DATA has a separate class, {@link PageBatch}.
 */
public final class RecordFrame implements ImageElement {
    /** The length of the record header of libxl and libxc in bytes. */
    public static final int HEADER_LENGTH = Layout.BODY_OFFSET;

    /** What a body may be long: the bound that Xen's own reader has ({@code REC_LENGTH_MAX}). */
    public static final long BODY_LENGTH_MAX = 128L << 20;

    private static final ValueLayout.OfLong I64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String source;
    private final long offset;
    private final RecordType type;
    private final long bodyLength;
    private final RecordContext context;
    private final ByteRun bytes;

    /**
     * A frame that a reader found.
     *
     * @param source the name of the source, for messages
     * @param offset of the record header in the source
     * @param type from the header
     * @param bodyLength from the header, checked against {@link #BODY_LENGTH_MAX}
     * @param context how the body reads
     * @param bytes header, body and padding
     */
    public RecordFrame(
            String source,
            long offset,
            RecordType type,
            long bodyLength,
            RecordContext context,
            ByteRun bytes) {
        this.source = source;
        this.offset = offset;
        this.type = type;
        this.bodyLength = bodyLength;
        this.context = context;
        this.bytes = bytes;
    }

    /**
     * Makes a frame.
     *
     * @param type of the record
     * @param context how the body reads
     * @param body its bytes, copied
     * @return the frame, its padding zero
     */
    public static RecordFrame of(RecordType type, RecordContext context, MemorySegment body) {
        MemorySegment bytes =
                Arena.ofAuto().allocate(type.layer().recordLength(body.byteSize()), 8);
        putHeader(bytes, type, body.byteSize(), context.order());
        MemorySegment.copy(body, 0, bytes, type.layer().headerLength(), body.byteSize());
        return new RecordFrame(
                "a policy",
                Fault.NO_OFFSET,
                type,
                body.byteSize(),
                context,
                ByteRun.of(bytes.asReadOnly()));
    }

    /**
     * Writes the header of a record.
     *
     * @param to at least as long as a header of the layer
     * @param type of the record
     * @param bodyLength of its body
     * @param order of libxl's and libxc's integers; those of xenopsd are little-endian
     */
    public static void putHeader(
            MemorySegment to, RecordType type, long bodyLength, ByteOrder order) {
        switch (type.layer()) {
            case XENOPSD -> {
                to.set(I64, 0, Integer.toUnsignedLong(type.code()));
                to.set(I64, 8, bodyLength);
            }
            case XL, LIBVIRT, LIBXL, LIBXC -> {
                ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
                to.set(u32, 0, type.code());
                to.set(u32, 4, (int) bodyLength);
            }
        }
    }

    /**
     * Makes a frame.
     *
     * @param record to encode
     * @param context how its body reads
     * @return the frame
     */
    public static RecordFrame of(XenRecord record, RecordContext context) {
        return of(record.type(), context, MemorySegment.ofArray(record.encode(context)));
    }

    /**
     * The length of a record of libxl or libxc on the wire.
     *
     * @param bodyLength of its body
     * @return the length with header and padding
     */
    public static long paddedLength(long bodyLength) {
        return HEADER_LENGTH + ((bodyLength + 7) & ~7L);
    }

    @Override
    public long offset() {
        return offset;
    }

    /** {@return the type in the header} */
    public RecordType type() {
        return type;
    }

    /** {@return the length of the body, without padding} */
    public long bodyLength() {
        return bodyLength;
    }

    /** {@return how the body reads} */
    public RecordContext context() {
        return context;
    }

    /** {@return header, body and padding, verbatim} */
    public ByteRun bytes() {
        return bytes;
    }

    /**
     * The body.
     *
     * @return a read-only view, valid as long as this element
     * @throws IOException if the source ends within it or cannot be read
     */
    public MemorySegment body() throws IOException {
        int header = type.layer().headerLength();
        return bytes.first(header + bodyLength).asSlice(header, bodyLength).asReadOnly();
    }

    /**
     * The padding.
     *
     * @return a read-only view of 0 to 7 bytes
     * @throws IOException as {@link #body}
     */
    public MemorySegment padding() throws IOException {
        return bytes.all().asSlice(type.layer().headerLength() + bodyLength).asReadOnly();
    }

    /**
     * Decodes the body.
     *
     * @return the record, which stays good after this element went out of use
     * @throws IOException a {@link CorruptImage} if the body is not what the type says
     */
    public XenRecord decode() throws IOException {
        return XenRecord.decode(
                type, context, body(), Fault.in(source).at(offset).element(label()));
    }

    /**
     * Decodes the body to named values.
     *
     * @return the fields by the names of the specification and of Xen's public headers
     * @throws IOException as {@link #decode}
     */
    public FieldValue.Group fields() throws IOException {
        return decode().fields();
    }

    /**
     * The same record with another body.
     *
     * @param body copied
     * @return a new frame
     */
    public RecordFrame withBody(MemorySegment body) {
        return of(type, context, body);
    }

    @Override
    public RecordFrame detach() throws IOException {
        return new RecordFrame(source, offset, type, bodyLength, context, bytes.detach());
    }

    @Override
    public String label() {
        return "record " + type;
    }
}
