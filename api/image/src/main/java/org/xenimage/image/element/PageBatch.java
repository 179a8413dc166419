package org.xenimage.image.element;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A PAGE_DATA record: frame numbers, page types and the contents of the pages that have any (libxc-migration-stream,
 * section PAGE_DATA).
 *
 * <pre>
 *   0  u32 count            of entries, at least 1; Xen writes up to 1,024
 *   4  u32 reserved
 *   8  u64 entry[count]     bits 63-60 page type, 59-52 reserved, 51-0 PFN
 *      page[n]              4,096 bytes for each entry whose type has contents, in the order of the entries
 * </pre>
 *
 * <p>Pages never become objects. The entries are read on demand, the contents when {@link #data} is
 * called; a batch that was not examined is moved by the kernel. Contents are edited in place
 * through {@link #editData}; this changes the reader's buffer, not the file. Valid during the call
 * that passes it, for one thread.
 */
public final class PageBatch implements ImageElement {
    /** The size of a page in bytes: {@link LibxcHeader#PAGE_SHIFT}. */
    public static final int PAGE_SIZE = 4096;

    /** What precedes the entries: record header, count, reserved. */
    public static final int FIXED_LENGTH = 16;

    /** The bits of an entry that are the PFN. */
    public static final long PFN_MASK = (1L << 52) - 1;

    /** The bits of an entry that are reserved. */
    public static final long RESERVED_MASK = ((1L << 60) - 1) & ~PFN_MASK;

    private static final int WINDOW = 8192;

    private final String source;
    private final long offset;
    private final long bodyLength;
    private final ByteOrder order;
    private final ByteRun bytes;
    private final long contentsOffset;
    private int count = -1;
    private MemorySegment entries = MemorySegment.NULL;

    /** Some entries, those around the one that was asked for last. */
    private long[] window = {};

    private int windowStart;
    private int dataCount = -1;
    private int edits;

    /**
     * A batch that a reader found.
     *
     * @param source the name of the source, for messages
     * @param offset of the record header in the source
     * @param bodyLength from the record header, checked against {@link RecordFrame#BODY_LENGTH_MAX}
     * @param order of the integers
     * @param bytes record header, body and padding
     */
    public PageBatch(String source, long offset, long bodyLength, ByteOrder order, ByteRun bytes) {
        this(source, offset, bodyLength, order, bytes, Fault.NO_OFFSET);
    }

    private PageBatch(
            String source,
            long offset,
            long bodyLength,
            ByteOrder order,
            ByteRun bytes,
            long contentsOffset) {
        this.contentsOffset = contentsOffset;
        this.source = source;
        this.offset = offset;
        this.bodyLength = bodyLength;
        this.order = order;
        this.bytes = bytes;
    }

    /**
     * Makes a batch.
     *
     * @param order of the integers
     * @param entries page types and PFNs
     * @param data the contents of those that have any, in order; copied
     * @return the batch
     */
    public static PageBatch of(ByteOrder order, long[] entries, MemorySegment data) {
        return of(order, entries, data, Fault.NO_OFFSET);
    }

    /**
     * Makes a batch of pages that are in a source, but not in a record.
     *
     * @param order of the integers
     * @param entries page types and PFNs
     * @param data the contents of those that have any, in order; copied
     * @param contentsOffset of the consecutive contents in the source
     * @return the batch
     */
    public static PageBatch of(
            ByteOrder order, long[] entries, MemorySegment data, long contentsOffset) {
        long body = 8 + 8L * entries.length + data.byteSize();
        MemorySegment bytes = Arena.ofAuto().allocate(RecordFrame.paddedLength(body), 8);
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT.withOrder(order);
        ValueLayout.OfLong u64 = ValueLayout.JAVA_LONG.withOrder(order);
        bytes.set(u32, 0, RecordType.PAGE_DATA.code());
        bytes.set(u32, 4, (int) body);
        bytes.set(u32, 8, entries.length);
        for (int i = 0; i < entries.length; i++) bytes.set(u64, FIXED_LENGTH + 8L * i, entries[i]);
        MemorySegment.copy(data, 0, bytes, FIXED_LENGTH + 8L * entries.length, data.byteSize());
        return new PageBatch(
                "a policy", Fault.NO_OFFSET, body, order, ByteRun.of(bytes), contentsOffset);
    }

    @Override
    public long offset() {
        return offset;
    }

    /** {@return the length of the record's body} */
    public long bodyLength() {
        return bodyLength;
    }

    /** {@return the byte order of the entries} */
    public ByteOrder order() {
        return order;
    }

    /** {@return record header, body and padding, edits included} */
    public ByteRun bytes() {
        return bytes;
    }

    /** {@return whether the contents may have been changed} */
    public boolean edited() {
        return edits > 0;
    }

    /** {@return how often the contents were given out for editing: between two equal answers they did not change} */
    public int edits() {
        return edits;
    }

    /**
     * The number of entries.
     *
     * @return at least 1
     * @throws IOException a {@link CorruptImage} if the body is too short for it
     */
    public int count() throws IOException {
        if (count >= 0) return count;
        if (bodyLength < 8) {
            throw new CorruptImage(
                    fault(4, "body_length").expected("at least 0x10").found(bodyLength));
        }
        MemorySegment head = bytes.first(FIXED_LENGTH);
        long found =
                Integer.toUnsignedLong(
                        head.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), 8));
        if (found == 0 || found > (bodyLength - 8) / 8) {
            throw new CorruptImage(
                    fault(8, "count")
                            .expected(
                                    "1 to 0x"
                                            + Long.toHexString((bodyLength - 8) / 8)
                                            + " in a body of 0x"
                                            + Long.toHexString(bodyLength)
                                            + " bytes")
                            .found(found)
                            .remedy("the record is damaged; everything before it is intact"));
        }
        count = (int) found;
        return count;
    }

    /**
     * The entries.
     *
     * @return a read-only view of {@link #count} words of 64 bits in the byte order of the batch
     * @throws IOException as {@link #count}, or if the source ends within them
     */
    public MemorySegment entries() throws IOException {
        if (entries.byteSize() == 0) {
            long length = 8L * count();
            entries = bytes.first(FIXED_LENGTH + length).asSlice(FIXED_LENGTH, length).asReadOnly();
        }
        return entries;
    }

    /**
     * One entry.
     *
     * @param index 0 to {@link #count} exclusive
     * @return page type and PFN
     * @throws IOException as {@link #entries}
     */
    public long entry(int index) throws IOException {
        int at = index - windowStart;
        if (at >= 0 && at < window.length) return window[at];
        load(Objects.checkIndex(index, count()));
        return window[index - windowStart];
    }

    /**
     * Into an array: loops over it are fast from the first batch on, before any compiler has run. A batch has 1,024
     * entries as Xen writes them, and up to 16 million, which no heap need hold.
     */
    private void load(int index) throws IOException {
        int start = index - index % WINDOW;
        long[] words = new long[Math.min(WINDOW, count() - start)];
        ValueLayout.OfLong u64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        MemorySegment.copy(entries(), u64, 8L * start, words, 0, words.length);
        window = words;
        windowStart = start;
    }

    /**
     * The PFN of an entry.
     *
     * @param index 0 to {@link #count} exclusive
     * @return bits 51-0
     * @throws IOException as {@link #entries}
     */
    public long pfn(int index) throws IOException {
        return entry(index) & PFN_MASK;
    }

    /**
     * The page type of an entry.
     *
     * @param index 0 to {@link #count} exclusive
     * @return bits 63-60
     * @throws IOException as {@link #entries}
     */
    public PageType type(int index) throws IOException {
        return PageType.of(entry(index));
    }

    /**
     * The number of entries whose contents follow.
     *
     * @return by the types of the entries
     * @throws IOException a {@link CorruptImage} if the body's length says otherwise
     */
    public int dataCount() throws IOException {
        if (dataCount >= 0) return dataCount;
        int entryCount = count();
        int pages = 0;
        for (int i = 0; i < entryCount; i++) if (PageType.hasData((int) (entry(i) >>> 60))) pages++;
        long expected = 8 + 8L * entryCount + (long) pages * PAGE_SIZE;
        if (expected != bodyLength) {
            throw new CorruptImage(
                    fault(4, "body_length")
                            .expected(
                                    "0x"
                                            + Long.toHexString(expected)
                                            + " for "
                                            + count
                                            + " entries, "
                                            + pages
                                            + " of them with contents")
                            .found(bodyLength)
                            .remedy("the record is damaged; everything before it is intact"));
        }
        dataCount = pages;
        return pages;
    }

    /**
     * The contents of the pages that have any, one after the other.
     *
     * @return a read-only view of {@link #dataCount} pages
     * @throws IOException as {@link #dataCount}, or if the source ends within them
     */
    public MemorySegment data() throws IOException {
        return dataView().asReadOnly();
    }

    /**
     * The contents for editing in place.
     *
     * @return a writable view of {@link #dataCount} pages; changes go where the batch goes
     * @throws IOException as {@link #data}
     */
    public MemorySegment editData() throws IOException {
        edits++;
        return dataView();
    }

    /**
     * The offset of the contents in the source.
     *
     * @return the bytes from the start of the source to the first page's contents, or {@link Fault#NO_OFFSET}
     * @throws IOException as {@link #count}
     */
    public long contentsOffset() throws IOException {
        return offset == Fault.NO_OFFSET ? contentsOffset : offset + FIXED_LENGTH + 8L * count();
    }

    private MemorySegment dataView() throws IOException {
        long start = FIXED_LENGTH + 8L * count();
        long length = (long) PAGE_SIZE * dataCount();
        return bytes.first(start + length).asSlice(start, length);
    }

    private Fault fault(long bytes, String field) {
        long at = offset == Fault.NO_OFFSET ? Fault.NO_OFFSET : offset + bytes;
        return Fault.in(source).at(at).element(label()).field(field);
    }

    @Override
    public PageBatch detach() throws IOException {
        var copy = new PageBatch(source, offset, bodyLength, order, bytes.detach(), contentsOffset);
        copy.edits = edits;
        return copy;
    }

    @Override
    public String label() {
        return "record PAGE_DATA";
    }
}
