package org.xenimage.image.page;

import org.xenimage.image.element.PageEntry;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.image.io.ScratchFile;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/**
 * What an image says last of each of its PFNs: the entry of the page, and one or two words more.
 *
 * <p>First it is filled, in any order; then it is {@linkplain #seal sealed}, and read in the order of the PFNs or
 * looked up. Memory: what {@link HeapBounds#table} allows. What is more is sorted, written to a file without a name,
 * and merged into a second one when the table is sealed, so that neither the number of PFNs nor their distance is
 * bounded by anything but the disk: 16 or 24 bytes for each entry, twice. Reading cannot be interrupted. Not safe for
 * use by several threads.
 */
public final class PfnTable implements Closeable {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;

    private final int stride;
    private final int capacity;
    private final Arena arena = Arena.ofShared();
    private final List<ScratchFile> files = new ArrayList<>();

    /** The sorted runs in the first file. */
    private final List<Extent> runs = new ArrayList<>();

    private long[] filling;
    private int filled;
    private boolean ascending = true;

    /** The records in the order of their PFNs, once the table is sealed. */
    private MemorySegment sorted = MemorySegment.NULL;

    private boolean sealed;
    private long size;

    /** What there was at the last {@link #mark}: whole runs, and entries that are not in a run yet. */
    private int markedRuns;

    private int markedFilled;

    /**
     * A sorted run.
     *
     * @param from its first record in the file
     * @param to the record after its last one
     */
    private record Extent(long from, long to) {}

    /**
     * An empty table.
     *
     * @param words that each entry has next to it, 1 or 2
     * @param bounds of the heap
     */
    public PfnTable(int words, HeapBounds bounds) {
        if (words < 1 || words > 2) throw new IllegalArgumentException(words + " words");
        this.stride = 1 + words;
        this.capacity = (int) Math.min(bounds.table() / (8L * stride), 1 << 26);
        this.filling = new long[stride * Math.min(capacity, 1024)];
    }

    /**
     * Notes an entry; of several with one PFN the last counts.
     *
     * @param entry of a page: its type in bits 63 to 60, its PFN in bits 51 to 0
     * @param first word next to it
     * @param second word next to it; not kept by a table with one
     * @throws IOException if the disk is full
     */
    public void put(long entry, long first, long second) throws IOException {
        if (sealed) throw new IllegalStateException("the table is sealed");
        int at = filled * stride;
        if (at == filling.length) at = more();
        if (filled > 0 && pfn(entry) <= pfn(filling[at - stride])) ascending = false;
        filling[at] = entry;
        filling[at + 1] = first;
        if (stride == 3) filling[at + 2] = second;
        filled++;
    }

    private int more() throws IOException {
        if (filled < capacity) {
            int records = (int) Math.min(capacity, 2L * filled);
            filling = Arrays.copyOf(filling, records * stride);
        } else {
            spill();
        }
        return filled * stride;
    }

    private static long pfn(long entry) {
        return new PageEntry(entry).pfn();
    }

    /** Puts what was filled in into order, the last one of each PFN. */
    private void order() {
        if (ascending) return;
        long[] from = filling;
        int[] order = new int[filled];
        for (int i = 0; i < filled; i++) order[i] = i;
        int[] other = new int[filled];
        for (int width = 1; width < filled; width *= 2) {
            for (int low = 0; low < filled; low += 2 * width)
                merge(from, order, other, low, Math.min(filled, low + width), width);
            int[] swap = order;
            order = other;
            other = swap;
        }
        long[] into = new long[filled * stride];
        int count = 0;
        for (int i = 0; i < order.length; i++) {
            boolean last =
                    i + 1 == order.length
                            || pfn(from[order[i] * stride]) != pfn(from[order[i + 1] * stride]);
            if (last) System.arraycopy(from, order[i] * stride, into, stride * count++, stride);
        }
        filling = into;
        filled = count;
        ascending = true;
    }

    private void merge(long[] keys, int[] from, int[] into, int low, int middle, int width) {
        int high = (int) Math.min(filled, (long) middle + width);
        int left = low;
        int right = middle;
        for (int at = low; at < high; at++) {
            boolean takeLeft =
                    left < middle
                            && (right >= high
                                    || pfn(keys[from[left] * stride])
                                            <= pfn(keys[from[right] * stride]));
            into[at] = takeLeft ? from[left++] : from[right++];
        }
    }

    /** Writes what is filled in; what was there at the mark becomes a run of its own. */
    private void spill() throws IOException {
        if (markedFilled > 0 && markedFilled < filled) {
            long[] since = Arrays.copyOfRange(filling, markedFilled * stride, filled * stride);
            filled = markedFilled;
            ascending = false;
            writeRun();
            System.arraycopy(since, 0, filling, 0, since.length);
            filled = since.length / stride;
            ascending = false;
            markedRuns = runs.size();
        } else if (markedFilled > 0) {
            markedRuns = runs.size() + 1;
        }
        markedFilled = 0;
        writeRun();
    }

    private void writeRun() throws IOException {
        order();
        if (files.isEmpty()) files.add(new ScratchFile());
        ScratchFile file = files.getFirst();
        long from = file.length() / (8L * stride);
        runs.add(new Extent(from, from + filled));
        file.append(MemorySegment.ofArray(filling).asSlice(0, 8L * stride * filled));
        if (filling.length < capacity * stride) filling = new long[capacity * stride];
        filled = 0;
        ascending = true;
    }

    /** Marks what there is, so that {@link #backToMark} goes back to it; an earlier mark is gone. */
    public void mark() {
        markedRuns = runs.size();
        markedFilled = filled;
    }

    /** Forgets what was put since the last mark; all, if there was none. */
    public void backToMark() {
        if (sealed) throw new IllegalStateException("the table is sealed");
        runs.subList(markedRuns, runs.size()).clear();
        filled = markedFilled;
        ascending = filled == 0;
    }

    /**
     * Ends the filling.
     *
     * @throws IOException if the disk is full
     */
    public void seal() throws IOException {
        sealed = true;
        if (runs.isEmpty()) {
            order();
            sorted = MemorySegment.ofArray(filling).asSlice(0, 8L * stride * filled);
        } else {
            if (filled > 0) spill();
            filling = new long[0];
            mergeRuns();
        }
        size = sorted.byteSize() / (8L * stride);
    }

    /** A sorted run that is being merged. */
    private final class Run {
        private final int number;
        private final long end;
        private long at;

        Run(int number) {
            this.number = number;
            this.at = runs.get(number).from();
            this.end = runs.get(number).to();
        }
    }

    private void mergeRuns() throws IOException {
        MemorySegment all = files.getFirst().map(arena);
        var queue =
                new PriorityQueue<Run>((one, two) -> {
                    int byPfn = Long.compare(pfnAt(all, one.at), pfnAt(all, two.at));
                    // The last one of equal PFNs comes first; the others are skipped.
                    return byPfn != 0 ? byPfn : Integer.compare(two.number, one.number);
                });
        for (int i = 0; i < runs.size(); i++) queue.add(new Run(i));
        var merged = new ScratchFile();
        files.add(merged);
        MemorySegment buffer = MemorySegment.ofArray(new long[1 << 14]);
        long space = buffer.byteSize() / (8L * stride) * 8L * stride;
        long held = 0;
        long before = -1;
        while (!queue.isEmpty()) {
            Run run = queue.remove();
            long pfn = pfnAt(all, run.at);
            if (pfn != before) {
                MemorySegment.copy(all, run.at * stride * 8, buffer, held, 8L * stride);
                held += 8L * stride;
                before = pfn;
            }
            if (held == space) {
                merged.append(buffer.asSlice(0, held));
                held = 0;
            }
            if (++run.at < run.end) queue.add(run);
        }
        merged.append(buffer.asSlice(0, held));
        sorted = merged.map(arena);
    }

    private long pfnAt(MemorySegment records, long record) {
        return pfn(records.getAtIndex(WORD, record * stride));
    }

    /** {@return how many PFNs there are} */
    public long size() {
        return size;
    }

    /**
     * An entry by its rank among the PFNs.
     *
     * @param record from 0, below {@link #size}
     * @return the entry
     */
    public long entry(long record) {
        return sorted.getAtIndex(WORD, record * stride);
    }

    /**
     * The PFN of an entry by its rank.
     *
     * @param record from 0, below {@link #size}
     * @return the PFN
     */
    public long pfnAt(long record) {
        return pfn(entry(record));
    }

    /**
     * A word next to an entry.
     *
     * @param record from 0, below {@link #size}
     * @param word 0, or 1 in a table with two
     * @return the word
     */
    public long word(long record, int word) {
        return sorted.getAtIndex(WORD, record * stride + 1 + word);
    }

    /**
     * Finds the first PFN from some place on.
     *
     * @param from where to look, itself included
     * @return its rank; {@link #size} if none follows
     */
    public long rank(long from) {
        long low = 0;
        long high = size;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (pfnAt(middle) < from) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    @Override
    public void close() throws IOException {
        arena.close();
        for (ScratchFile file : files) file.close();
    }
}
