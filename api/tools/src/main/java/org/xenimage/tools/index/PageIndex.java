package org.xenimage.tools.index;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.RandomAccessBytes;
import org.xenimage.image.page.PageMatch;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageSearchResult;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.page.PageView;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages of an image by their PFNs, each with what the last round of the image says of it.
 *
 * <p>Contents are read on demand. For one thread at a time; valid while its {@link ImageIndex} is
 * open.
 */
public final class PageIndex {
    /** Receives the batches of {@link #batches}. */
    public static final int BATCH = 1024;

    private final String source;
    private final RandomAccessBytes bytes;
    private final PageLocations table;
    private final ByteOrder order;

    PageIndex(String source, RandomAccessBytes bytes, PageLocations table, ByteOrder order) {
        this.source = source;
        this.bytes = bytes;
        this.table = table;
        this.order = order;
    }

    /** Takes batches of pages. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * Takes a batch.
         *
         * @param batch of pages in the order of their PFNs, valid during this call
         * @return whether there is to be another one
         * @throws IOException if the batch cannot be used
         */
        boolean accept(PageBatch batch) throws IOException;
    }

    /** Puts other contents in the place of those of the image. */
    @FunctionalInterface
    public interface Overlay {
        /** Changes nothing. */
        Overlay NONE = (_, _) -> {};

        /**
         * Changes the contents of a page.
         *
         * @param pfn of the page
         * @param contents as in the image, to be overwritten in place
         */
        void apply(long pfn, MemorySegment contents);
    }

    /** {@return the byte order of the guest's integers} */
    public ByteOrder order() {
        return order;
    }

    /** {@return how many PFNs the image names} */
    public long count() {
        return table.count();
    }

    /** {@return how many of them have contents} */
    public long withContents() {
        return table.withContents();
    }

    /**
     * How many pages are of a type.
     *
     * @param type of the pages
     * @return their number
     */
    public long count(PageType type) {
        return table.count(type);
    }

    /**
     * Whether the image names a PFN.
     *
     * @param pfn 52 bits
     * @return whether it does
     */
    public boolean has(long pfn) {
        return table.has(pfn);
    }

    /**
     * The type of a page.
     *
     * @param pfn that the image names
     * @return its type in the last round that has it
     */
    public PageType type(long pfn) {
        return table.type(pfn);
    }

    /**
     * The first PFN from some place on.
     *
     * @param from where to look, itself included
     * @return the first PFN that the image names, or -1 if none follows
     */
    public long next(long from) {
        return table.next(from);
    }

    /** {@return the greatest PFN that the image names, or -1 if it names none} */
    public long last() {
        return table.last();
    }

    /**
     * Reads the contents of a page.
     *
     * @param pfn of the page
     * @param into takes 4,096 bytes
     * @return false if the image has no contents of such a page
     * @throws IOException if they cannot be read
     */
    public boolean read(long pfn, MemorySegment into) throws IOException {
        long at = table.contents(pfn);
        if (at == Fault.NO_OFFSET) return false;
        fill(at, into.asSlice(0, PageBatch.PAGE_SIZE));
        return true;
    }

    private void fill(long at, MemorySegment into) throws IOException {
        long read = bytes.read(at, into);
        if (read < into.byteSize()) {
            throw new TruncatedImage(
                    Fault.in(source)
                            .at(at + read)
                            .element("record PAGE_DATA")
                            .problem("ends within a page: the file has become shorter"));
        }
    }

    /**
     * Makes a batch of one page, in memory, so that all batch operations can be used on it.
     *
     * @param pfn that the image names
     * @param overlay changes the contents
     * @return a batch of one entry, which stays good
     * @throws IOException if the contents cannot be read
     */
    public PageBatch batchOf(long pfn, Overlay overlay) throws IOException {
        MemorySegment data = MemorySegment.ofArray(new byte[PageBatch.PAGE_SIZE]);
        boolean there = read(pfn, data);
        if (there) overlay.apply(pfn, data);
        return PageBatch.of(order, new long[] {entry(pfn)}, there ? data : MemorySegment.NULL);
    }

    private long entry(long pfn) {
        return PageEntry.of(table.type(pfn), pfn).word();
    }

    /**
     * Passes on the pages with contents, in the order of their PFNs.
     *
     * @param selection by type and PFN
     * @param overlap how many pages of the previous batch each batch repeats, so that matches
     *     across both are found
     * @param overlay changes the contents
     * @param visitor takes the batches
     * @throws IOException if contents cannot be read, or whatever the visitor throws
     */
    public void batches(PageSelection selection, int overlap, Overlay overlay, Visitor visitor)
            throws IOException {
        long[] entries = new long[BATCH];
        // One record for all batches, because each is valid during one call: no copy, and nothing
        // to clear.
        MemorySegment record =
                Arena.ofAuto()
                        .allocate(
                                PageBatch.FIXED_LENGTH
                                        + (long) BATCH * (Long.BYTES + PageBatch.PAGE_SIZE),
                                PageBatch.PAGE_SIZE);
        int carried = 0;
        long carriedAt = 0;
        long pfn = table.next(selection.firstPfn());
        while (pfn >= 0 && pfn < selection.endPfn()) {
            int count = carried;
            while (count < BATCH && pfn >= 0 && pfn < selection.endPfn()) {
                if (table.contents(pfn) != Fault.NO_OFFSET
                        && selection.types().contains(table.type(pfn)))
                    entries[count++] = entry(pfn);
                pfn = table.next(pfn + 1);
            }
            long start = PageBatch.FIXED_LENGTH + (long) Long.BYTES * count;
            long length = (long) count * PageBatch.PAGE_SIZE;
            MemorySegment data = record.asSlice(start, length);
            MemorySegment.copy(record, carriedAt, data, 0, (long) carried * PageBatch.PAGE_SIZE);
            load(entries, carried, count, data, overlay);
            if (count == carried) return;
            if (!visitor.accept(batch(record.asSlice(0, start + length), entries, count))) return;
            carried = Math.min(overlap, count);
            System.arraycopy(entries, count - carried, entries, 0, carried);
            carriedAt = start + (long) (count - carried) * PageBatch.PAGE_SIZE;
        }
    }

    /** A batch whose contents are in a record already. */
    private PageBatch batch(MemorySegment record, long[] entries, int count) {
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        long body = record.byteSize() - RecordFrame.HEADER_LENGTH;
        record.set(u32, 0, RecordType.PAGE_DATA.code());
        record.set(u32, 4, (int) body);
        record.set(u32, 8, count);
        record.set(u32, 12, 0);
        MemorySegment.copy(
                entries,
                0,
                record,
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order),
                PageBatch.FIXED_LENGTH,
                count);
        return new PageBatch(source, Fault.NO_OFFSET, body, order, ByteRun.of(record));
    }

    /**
     * Finds a pattern in all pages, also where it is split over pages that are neighbours by PFN.
     *
     * @param pattern to find; matches may overlap
     * @param selection the pages that may hold a match, all of it
     * @param limit on the matches returned, at least 1
     * @param overlay changes the contents
     * @param pulse is run before each batch, and may end the search by throwing
     * @return the matches, by PFN
     * @throws IOException if contents cannot be read
     */
    public PageSearchResult find(
            PagePattern pattern,
            PageSelection selection,
            int limit,
            Overlay overlay,
            Runnable pulse)
            throws IOException {
        List<PageMatch> found = new ArrayList<>();
        long[] last = {-1};
        batches(
                selection,
                1,
                overlay,
                batch -> {
                    pulse.run();
                    PageView view = new PageView(batch);
                    // One more than is wanted tells whether there are more; what the page that was
                    // in the batch before holds whole is known, and does not count.
                    int wanted = limit + 1 - found.size();
                    for (PageMatch match :
                            view.find(pattern, selection, wanted + PageBatch.PAGE_SIZE).found()) {
                        boolean complete = match.offset() + pattern.length() <= PageBatch.PAGE_SIZE;
                        boolean known = match.pfn() == last[0] && complete;
                        if (!known && found.size() <= limit) found.add(match);
                    }
                    last[0] = batch.pfn(batch.count() - 1);
                    return found.size() <= limit;
                });
        boolean more = found.size() > limit;
        return new PageSearchResult(more ? found.subList(0, limit) : found, more);
    }

    /** Reads the contents of entries; those that stand one after the other at once. */
    private void load(long[] entries, int from, int to, MemorySegment data, Overlay overlay)
            throws IOException {
        int first = from;
        while (first < to) {
            long at = table.contents(new PageEntry(entries[first]).pfn());
            int end = first + 1;
            while (end < to
                    && table.contents(new PageEntry(entries[end]).pfn())
                            == at + (long) (end - first) * PageBatch.PAGE_SIZE) end++;
            fill(
                    at,
                    data.asSlice(
                            (long) first * PageBatch.PAGE_SIZE,
                            (long) (end - first) * PageBatch.PAGE_SIZE));
            first = end;
        }
        for (int i = from; i < to; i++)
            overlay.apply(
                    new PageEntry(entries[i]).pfn(),
                    data.asSlice((long) i * PageBatch.PAGE_SIZE, PageBatch.PAGE_SIZE));
    }
}
