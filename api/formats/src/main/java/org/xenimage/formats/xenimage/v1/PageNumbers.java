package org.xenimage.formats.xenimage.v1;

import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.Segment;
import org.xenimage.formats.salvage.SparseBytes;
import org.xenimage.image.element.PageBatch;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The PFNs of the pages in a damaged page store, as far as they are known. 24 bytes for each run.
 */
public final class PageNumbers {
    private long[] firsts = new long[16];
    private long[] counts = new long[16];
    private long[] numbers = new long[16];
    private int runs;

    /** From the table of PFNs; lost entries are skipped. */
    public static PageNumbers ofTable(SparseBytes table, int width) throws IOException {
        var made = new PageNumbers();
        MemorySegment buffer = Arena.ofAuto().allocate(Native.PAGE, 8);
        for (long at = 0; at + width <= table.length(); at += Native.PAGE) {
            long bytes = Math.min(Native.PAGE, table.length() - at) / width * width;
            if (!table.intact(at, bytes)) continue;
            table.read(at, buffer.asSlice(0, bytes));
            for (long i = 0; i < bytes; i += width)
                made.append(buffer.get(Elf.U64, i), 1, (at + i) / width);
        }
        return made;
    }

    /** From the PT_LOADs at the front of the file (section 8), if the table is lost. */
    public static PageNumbers ofSegments(FileChannel file, long pages, long length)
            throws IOException {
        var made = new PageNumbers();
        MemorySegment header = Arena.ofAuto().allocate(Elf.HEADER_LENGTH, 8);
        Spill.readAt(file, 0, header);
        int count = ElfHeader.decode(header).segmentCount();
        long capacity = Math.min(pages, file.size()) - Elf.HEADER_LENGTH;
        if (count == Elf.PN_XNUM || count == 0 || (long) count * Elf.SEGMENT_LENGTH > capacity)
            count = (int) Math.max(0, capacity / Elf.SEGMENT_LENGTH);
        MemorySegment all =
                Arena.ofAuto().allocate(Math.max(8, (long) count * Elf.SEGMENT_LENGTH), 8);
        Spill.readAt(file, Elf.HEADER_LENGTH, all);
        List<long[]> found = new ArrayList<>();
        for (long at = 0; at < (long) count * Elf.SEGMENT_LENGTH; at += Elf.SEGMENT_LENGTH) {
            Segment segment = Segment.decode(all, at);
            if (segment.type() != Elf.PT_LOAD && segment.type() != Elf.PT_NOTE) break;
            long offset = segment.offset() - pages;
            long physical = segment.physical();
            long bytes = segment.length();
            boolean sane =
                    segment.type() == Elf.PT_LOAD
                            && ((offset | physical | bytes) & (Native.PAGE - 1)) == 0
                            && offset >= 0
                            && bytes > 0
                            && bytes <= length
                            && offset <= length - bytes
                            && physical >>> 12 <= PageBatch.PFN_MASK - (bytes >>> 12);
            if (sane) found.add(new long[] {physical >>> 12, bytes >>> 12, offset >>> 12});
        }
        found.sort(Comparator.comparingLong(run -> run[0]));
        for (long[] run : found) {
            long next =
                    made.runs == 0 ? 0 : made.firsts[made.runs - 1] + made.counts[made.runs - 1];
            long skip = Math.max(0, next - run[0]);
            if (skip < run[1]) made.append(run[0] + skip, run[1] - skip, run[2] + skip);
        }
        return made;
    }

    private void append(long pfn, long count, long number) {
        if (pfn < 0 || pfn > PageBatch.PFN_MASK) return;
        if (runs > 0) {
            long next = firsts[runs - 1] + counts[runs - 1];
            long follows = numbers[runs - 1] + counts[runs - 1];
            if (pfn < next || number < follows) return;
            if (pfn == next && number == follows) {
                counts[runs - 1] += count;
                return;
            }
        }
        if (runs == firsts.length) {
            firsts = Arrays.copyOf(firsts, runs * 2);
            counts = Arrays.copyOf(counts, runs * 2);
            numbers = Arrays.copyOf(numbers, runs * 2);
        }
        firsts[runs] = pfn;
        counts[runs] = count;
        numbers[runs++] = number;
    }

    /** The number of a PFN's page, or -1. */
    public long find(long pfn) {
        int found = Arrays.binarySearch(firsts, 0, runs, pfn);
        int run = found >= 0 ? found : -found - 2;
        if (run < 0 || pfn - firsts[run] >= counts[run]) return -1;
        return numbers[run] + pfn - firsts[run];
    }

    public int runs() {
        return runs;
    }

    public long first(int run) {
        return firsts[run];
    }

    public long count(int run) {
        return counts[run];
    }

    public long number(int run) {
        return numbers[run];
    }
}
