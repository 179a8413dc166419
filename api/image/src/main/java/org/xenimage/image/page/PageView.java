package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The pages of a batch, indexed once for any number of vector operations.
 *
 * <p>A page is named by the index of its entry in the batch, as in {@link PageBatch#pfn}; offsets are bytes in the
 * page, 0 to 4,095. Integers are read in the byte order of the batch. Contents are read through
 * {@link PageBatch#data}; {@link PageBatch#editData} is called by an operation that overwrites bytes, and then only.
 *
 * <p>Memory: four numbers per entry and 32 KiB for searches; a view that {@linkplain #moveTo turns}
 * to the next batch uses them again. Valid as long as its batch, for one thread. Every operation
 * that looks at contents asks the batch for them, so that a view kept too long fails as the batch
 * does and never shows other bytes.
 */
public final class PageView {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;
    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[PAGE_SIZE]).asReadOnly();

    private static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64_BIG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int NO_CONTENTS = -1;

    private final Neighbours neighbours = new Neighbours();
    private final RunWalk runs = new RunWalk();
    private final CRC32C crc = new CRC32C();
    private byte[] pageBytes = {};

    private PageBatch batch;
    private boolean bigEndian;
    private int count;
    private long[] entries = {};

    /** For each entry, its place among the pages with contents. */
    private int[] dataIndices = {};

    private int dataCount;

    /** For each page with contents, its entry and its PFN. */
    private int[] entryIndices = {};

    private long[] dataPfns = {};
    private boolean neighboursKnown;

    /**
     * A view of a batch.
     *
     * @param batch to look at
     * @throws IOException as {@link PageBatch#dataCount}
     */
    public PageView(PageBatch batch) throws IOException {
        this.batch = batch;
        moveTo(batch);
    }

    /**
     * Turns to another batch.
     *
     * @param other to look at from now on
     * @throws IOException as {@link PageBatch#dataCount}
     */
    public void moveTo(PageBatch other) throws IOException {
        batch = other;
        bigEndian = other.order() == ByteOrder.BIG_ENDIAN;
        neighboursKnown = false;
        count = 0;
        dataCount = 0;
        int found = other.count();
        int withContents = other.dataCount();
        if (entries.length < found) {
            entries = new long[found];
            dataIndices = new int[found];
        }
        if (entryIndices.length < withContents) {
            entryIndices = new int[withContents];
            dataPfns = new long[withContents];
        }
        MemorySegment.copy(other.entries(), bigEndian ? U64_BIG : U64, 0, entries, 0, found);
        for (int index = 0; index < found; index++) {
            dataIndices[index] = NO_CONTENTS;
            if (PageType.of(entries[index]).hasData()) {
                dataIndices[index] = dataCount;
                entryIndices[dataCount] = index;
                dataPfns[dataCount] = new PageEntry(entries[index]).pfn();
                dataCount++;
            }
        }
        count = found;
    }

    /** {@return the batch} */
    public PageBatch batch() {
        return batch;
    }

    /** {@return the number of entries} */
    public int count() {
        return count;
    }

    /**
     * The PFN of an entry.
     *
     * @param index of the entry
     * @return 52 bits
     */
    public long pfn(int index) {
        return new PageEntry(entries[checked(index)]).pfn();
    }

    /**
     * The page type of an entry.
     *
     * @param index of the entry
     * @return the type
     */
    public PageType type(int index) {
        return PageType.of(entries[checked(index)]);
    }

    /**
     * Whether the record holds the contents of a page.
     *
     * @param index of the entry
     * @return as its type says
     */
    public boolean hasContents(int index) {
        return dataIndices[checked(index)] != NO_CONTENTS;
    }

    /**
     * The entry of a page with contents.
     *
     * @param dataIndex as in {@link PageMatch}
     * @return the index of its entry
     */
    public int entryOf(int dataIndex) {
        if (dataIndex < 0 || dataIndex >= dataCount) {
            throw new IndexOutOfBoundsException(
                    "page "
                            + dataIndex
                            + ": the batch has the contents of "
                            + dataCount
                            + " pages");
        }
        return entryIndices[dataIndex];
    }

    /**
     * The contents of a page.
     *
     * @param index of the entry
     * @return a read-only view of 4,096 bytes, valid as long as the batch
     * @throws IOException as {@link PageBatch#data}
     */
    public MemorySegment bytes(int index) throws IOException {
        return batch.data().asSlice(byteOffset(index), PAGE_SIZE);
    }

    /**
     * Whether a page is zero.
     *
     * @param index of the entry
     * @return whether the page has contents and all of them are 0
     * @throws IOException as {@link PageBatch#data}
     */
    public boolean isZero(int index) throws IOException {
        int dataIndex = dataIndices[checked(index)];
        return dataIndex != NO_CONTENTS && isZero(batch.data(), dataIndex);
    }

    /**
     * The zero pages.
     *
     * @return the entries of the pages that have contents, all of them 0
     * @throws IOException as {@link PageBatch#data}
     */
    public BitSet zeroPages() throws IOException {
        return select(PageSelection.ALL.content(PageSelection.Content.ZERO));
    }

    /**
     * Selects pages.
     *
     * @param selection by type, PFN and contents
     * @return their entries
     * @throws IOException as {@link PageBatch#data}
     */
    public BitSet select(PageSelection selection) throws IOException {
        BitSet selected = new BitSet(count);
        int types = selection.typeBits();
        PageSelection.Content content = selection.content();
        MemorySegment data =
                content == PageSelection.Content.ANY ? MemorySegment.NULL : batch.data();
        for (int index = 0; index < count; index++) {
            long pfn = new PageEntry(entries[index]).pfn();
            if ((types >>> (entries[index] >>> 60) & 1) == 0) continue;
            if (pfn < selection.firstPfn() || pfn >= selection.endPfn()) continue;
            if (content != PageSelection.Content.ANY) {
                int dataIndex = dataIndices[index];
                if (dataIndex == NO_CONTENTS) continue;
                if (isZero(data, dataIndex) != (content == PageSelection.Content.ZERO)) continue;
            }
            selected.set(index);
        }
        return selected;
    }

    /**
     * Selects pages that contain a pattern, or a part of a match that is split over pages that are all selected.
     *
     * @param selection by type, PFN and contents
     * @param pattern to find
     * @return the entries of the pages that a match touches
     * @throws IOException as {@link PageBatch#data}
     */
    public BitSet select(PageSelection selection, PagePattern pattern) throws IOException {
        BitSet containing = new BitSet(count);
        int clear = PAGE_SIZE - pattern.length();
        walk(
                pattern,
                selectData(selection),
                (dataIndex, offset) -> {
                    containing.set(entryIndices[dataIndex]);
                    if (offset > clear) containing.set(entryIndices[neighbours.next(dataIndex)]);
                    // What is left to know of this page is whether a match continues into the next
                    // one.
                    return Math.max(1, clear + 1 - offset);
                });
        return containing;
    }

    /**
     * Finds a pattern, also across pages with adjacent PFNs, whatever their order in the batch.
     *
     * @param pattern to find; matches may overlap
     * @param selection the pages that may hold a match, all of it
     * @param limit on the matches returned, at least 1
     * @return the matches
     * @throws IOException as {@link PageBatch#data}
     */
    public PageSearchResult find(PagePattern pattern, PageSelection selection, int limit)
            throws IOException {
        if (limit < 1) throw new IllegalArgumentException("limit: at least 1, found " + limit);
        List<PageMatch> found = new ArrayList<>();
        boolean[] more = new boolean[1];
        walk(
                pattern,
                selectData(selection),
                (dataIndex, offset) -> {
                    if (found.size() == limit) {
                        more[0] = true;
                        return MatchVisitor.STOP;
                    }
                    found.add(match(dataIndex, offset));
                    return 1;
                });
        return new PageSearchResult(found, more[0]);
    }

    /**
     * Compares two pages.
     *
     * @param index of the entry of one
     * @param other of the entry of the other
     * @return the offset of the first byte that differs, or -1 if there is none
     * @throws IOException as {@link PageBatch#data}
     */
    public int mismatch(int index, int other) throws IOException {
        long one = byteOffset(index);
        long two = byteOffset(other);
        MemorySegment data = batch.data();
        return (int) MemorySegment.mismatch(data, one, one + PAGE_SIZE, data, two, two + PAGE_SIZE);
    }

    /**
     * Compares bytes of a page with given ones.
     *
     * @param index of the entry
     * @param offset of the first byte in the page
     * @param bytes expected there, within the page
     * @return whether the bytes are equal
     * @throws IOException as {@link PageBatch#data}
     */
    public boolean holds(int index, int offset, byte[] bytes) throws IOException {
        long at = byteOffset(index, offset, bytes.length, "bytes");
        MemorySegment expected = MemorySegment.ofArray(bytes);
        return MemorySegment.mismatch(
                        batch.data(), at, at + bytes.length, expected, 0, bytes.length)
                < 0;
    }

    /**
     * The CRC32C of a page (Castagnoli's polynomial, as in RFC 3720).
     *
     * @param index of the entry
     * @return 32 bits
     * @throws IOException as {@link PageBatch#data}
     */
    public long crc32c(int index) throws IOException {
        long at = byteOffset(index);
        if (pageBytes.length == 0) pageBytes = new byte[PAGE_SIZE];
        MemorySegment.copy(batch.data(), ValueLayout.JAVA_BYTE, at, pageBytes, 0, PAGE_SIZE);
        crc.reset();
        crc.update(pageBytes, 0, PAGE_SIZE);
        return crc.getValue();
    }

    /**
     * Reads a byte.
     *
     * @param index of the entry
     * @param offset in the page
     * @return 0 to 0xff
     * @throws IOException as {@link PageBatch#data}
     */
    public int u8(int index, int offset) throws IOException {
        long at = byteOffset(index, offset, Byte.BYTES, "u8");
        return batch.data().get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }

    /**
     * Reads an integer of 16 bits.
     *
     * @param index of the entry
     * @param offset in the page
     * @return 0 to 0xffff
     * @throws IOException as {@link PageBatch#data}
     */
    public int u16(int index, int offset) throws IOException {
        long at = byteOffset(index, offset, Short.BYTES, "u16");
        short value = batch.data().get(U16, at);
        return (bigEndian ? Short.reverseBytes(value) : value) & 0xffff;
    }

    /**
     * Reads an integer of 32 bits.
     *
     * @param index of the entry
     * @param offset in the page
     * @return 0 to 0xffffffff
     * @throws IOException as {@link PageBatch#data}
     */
    public long u32(int index, int offset) throws IOException {
        long at = byteOffset(index, offset, Integer.BYTES, "u32");
        int value = batch.data().get(U32, at);
        return Integer.toUnsignedLong(bigEndian ? Integer.reverseBytes(value) : value);
    }

    /**
     * Reads an integer of 64 bits.
     *
     * @param index of the entry
     * @param offset in the page
     * @return the 64 bits, to be taken as unsigned
     * @throws IOException as {@link PageBatch#data}
     */
    public long u64(int index, int offset) throws IOException {
        long at = byteOffset(index, offset, Long.BYTES, "u64");
        long value = batch.data().get(U64, at);
        return bigEndian ? Long.reverseBytes(value) : value;
    }

    /**
     * Overwrites bytes of a page with one value.
     *
     * @param index of the entry
     * @param from the offset of the first byte
     * @param to the end, exclusive, at most 4,096
     * @param b 0 to 0xff
     * @throws IOException as {@link PageBatch#editData}
     */
    public void fill(int index, int from, int to, int b) throws IOException {
        if (to < from)
            throw new IndexOutOfBoundsException(place(index) + ": fill from " + from + " to " + to);
        byte value = checkedByte(b);
        long at = byteOffset(index, from, to - from, "fill");
        batch.editData().asSlice(at, to - from).fill(value);
    }

    /**
     * Makes a page zero.
     *
     * @param index of the entry
     * @throws IOException as {@link PageBatch#editData}
     */
    public void zero(int index) throws IOException {
        fill(index, 0, PAGE_SIZE, 0);
    }

    /**
     * Overwrites bytes of a page.
     *
     * @param index of the entry
     * @param offset of the first byte
     * @param bytes to write, within the page
     * @throws IOException as {@link PageBatch#editData}
     */
    public void write(int index, int offset, byte[] bytes) throws IOException {
        long at = byteOffset(index, offset, bytes.length, "bytes");
        MemorySegment.copy(bytes, 0, batch.editData(), ValueLayout.JAVA_BYTE, at, bytes.length);
    }

    /**
     * Dumps bytes of a page; the addresses are those of the bytes in the guest's memory.
     *
     * @param index of the entry
     * @param from the offset of the first byte
     * @param to the end, exclusive, at most 4,096
     * @return lines as {@link HexDump#lines}
     * @throws IOException as {@link PageBatch#data}
     */
    public List<String> hexDump(int index, int from, int to) throws IOException {
        if (to < from)
            throw new IndexOutOfBoundsException(place(index) + ": dump from " + from + " to " + to);
        long at = byteOffset(index, from, to - from, "dump");
        return HexDump.lines(batch.data(), at, at + (to - from), pfn(index) * PAGE_SIZE + from);
    }

    /** {@return the value of a byte, checked} */
    static byte checkedByte(int value) {
        if (value < 0 || value > 0xff) {
            throw new IllegalArgumentException("byte: 0 to 0xff, found " + value);
        }
        return (byte) value;
    }

    PageMatch match(int dataIndex, int offset) {
        return new PageMatch(dataPfns[dataIndex], offset, dataIndex);
    }

    /** {@return the pages of a selection that have contents, by their place among those} */
    BitSet selectData(PageSelection selection) throws IOException {
        BitSet entriesSelected = select(selection);
        BitSet selected = new BitSet(dataCount);
        for (int dataIndex = 0; dataIndex < dataCount; dataIndex++) {
            if (entriesSelected.get(entryIndices[dataIndex])) selected.set(dataIndex);
        }
        return selected;
    }

    void walk(PagePattern pattern, BitSet selected, MatchVisitor visitor) throws IOException {
        walk(pattern, selected, selected, visitor);
    }

    /** Walks the matches in selected pages, where it is known of some of them that no match begins there. */
    void walk(PagePattern pattern, BitSet selected, BitSet begins, MatchVisitor visitor)
            throws IOException {
        if (begins.intersects(selected) || neighbours().scattered())
            runs.walk(pattern, batch.data(), neighbours(), selected, begins, visitor);
    }

    Neighbours neighbours() {
        if (!neighboursKnown) {
            neighbours.index(dataPfns, dataCount);
            neighboursKnown = true;
        }
        return neighbours;
    }

    static boolean isZero(MemorySegment data, int dataIndex) {
        long at = (long) dataIndex * PAGE_SIZE;
        return MemorySegment.mismatch(data, at, at + PAGE_SIZE, ZEROS, 0, PAGE_SIZE) < 0;
    }

    private int checked(int index) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException(
                    "entry " + index + ": the batch has " + count + " entries");
        }
        return index;
    }

    private long byteOffset(int index) {
        int dataIndex = dataIndices[checked(index)];
        if (dataIndex == NO_CONTENTS) {
            throw new IllegalArgumentException(
                    place(index) + ": a page of type " + type(index) + " has no contents");
        }
        return (long) dataIndex * PAGE_SIZE;
    }

    private long byteOffset(int index, int offset, int length, String what) {
        long page = byteOffset(index);
        if (offset < 0 || length > PAGE_SIZE || offset > PAGE_SIZE - length) {
            throw new IndexOutOfBoundsException(
                    "%s: %s of %d bytes at offset %s0x%x: a page has 0x1000 bytes"
                            .formatted(
                                    place(index),
                                    what,
                                    length,
                                    offset < 0 ? "-" : "",
                                    Math.abs((long) offset)));
        }
        return page + offset;
    }

    private String place(int index) {
        return "PFN 0x" + Long.toHexString(pfn(index));
    }
}
