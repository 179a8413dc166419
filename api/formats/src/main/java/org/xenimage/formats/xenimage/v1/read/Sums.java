package org.xenimage.formats.xenimage.v1.read;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.SumTable;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The checksums of an open image (section 10), and reading with verification: no byte with a wrong
 * checksum is returned.
 *
 * <p>24 bytes of memory for each MiB of the file. A range is summed when it is first touched.
 */
public final class Sums {
    private final ElfFile file;
    private final long[] offsets;
    private final long[] lengths;
    private final int[] crcs;
    private final BitSet zero = new BitSet();
    private final BitSet sound = new BitSet();
    private final long longest;

    Sums(ElfFile file, MemorySegment table) throws CorruptImage {
        this.file = file;
        int count = (int) (table.byteSize() / Native.SUM_LENGTH);
        offsets = new long[count];
        lengths = new long[count];
        crcs = new int[count];
        long end = 0;
        for (int i = 0; i < count; i++) {
            long at = (long) i * Native.SUM_LENGTH;
            offsets[i] = table.get(Elf.U64, at);
            lengths[i] = table.get(Elf.U64, at + 8);
            crcs[i] = table.get(Elf.U32, at + 16);
            zero.set(i, (table.get(Elf.U32, at + 20) & 1) != 0);
            if (offsets[i] < end
                    || lengths[i] <= 0
                    || lengths[i] > Native.PIECE
                    || offsets[i] > file.length() - lengths[i]) {
                throw new CorruptImage(
                        Fault.in(file.name())
                                .element("sum " + i)
                                .field("offset, length")
                                .expected(
                                        "ascending from 0x%x, at most 0x100000 bytes, within the file"
                                                .formatted(end))
                                .found("0x%x, 0x%x".formatted(offsets[i], lengths[i])));
            }
            end = offsets[i] + lengths[i];
        }
        longest = Arrays.stream(lengths).max().orElse(0);
    }

    int count() {
        return offsets.length;
    }

    /** {@return access to bytes that are returned only after their checksum was verified} */
    Cursor cursor() {
        return new Cursor(false);
    }

    /**
     * {@return access for reading forwards: bytes are returned at once, and a wrong checksum is
     * reported at the end of its range}
     */
    Cursor forwards() {
        return new Cursor(true);
    }

    /**
     * One reader's place: it keeps the range that it last read, so that small reads are cheap. Not
     * thread-safe.
     */
    final class Cursor {
        private final boolean forwards;
        private final CRC32C crc = new CRC32C();
        private MemorySegment buffer = MemorySegment.NULL;
        private int held = -1;
        private int begun = -1;
        private long next;

        private Cursor(boolean forwards) {
            this.forwards = forwards;
        }

        void read(long offset, MemorySegment into) throws IOException {
            long done = 0;
            while (done < into.byteSize()) {
                int range = rangeAt(offset + done);
                long within = offset + done - offsets[range];
                long step = Math.min(into.byteSize() - done, lengths[range] - within);
                part(range, within, into.asSlice(done, step));
                done += step;
            }
        }

        private void part(int range, long within, MemorySegment into) throws IOException {
            if (zero.get(range)) {
                into.fill((byte) 0);
            } else if (held == range) {
                MemorySegment.copy(buffer, within, into, 0, into.byteSize());
            } else if (isSound(range) && into.byteSize() >= Native.PAGE) {
                file.read(offsets[range] + within, into);
            } else if (into.byteSize() == lengths[range]) {
                file.read(offsets[range], into);
                check(range, SumTable.crc(into));
            } else if (forwards && (within == 0 || (range == begun && within == next))) {
                file.read(offsets[range] + within, into);
                if (within == 0) crc.reset();
                crc.update(into.asByteBuffer());
                begun = range;
                next = within + into.byteSize();
                if (next == lengths[range]) check(range, (int) crc.getValue());
            } else {
                held = -1;
                if (buffer.byteSize() == 0) buffer = Arena.ofAuto().allocate(longest, 64);
                MemorySegment slice = buffer.asSlice(0, lengths[range]);
                file.read(offsets[range], slice);
                check(range, SumTable.crc(slice));
                held = range;
                MemorySegment.copy(buffer, within, into, 0, into.byteSize());
            }
        }
    }

    /** Holds bytes against their sums. */
    void check(long offset, long length) throws IOException {
        Cursor cursor = cursor();
        MemorySegment piece = Arena.ofAuto().allocate(Math.max(1, Math.min(length, Native.PIECE)));
        for (long done = 0; done < length; done += Native.PIECE) {
            cursor.read(offset + done, piece.asSlice(0, Math.min(Native.PIECE, length - done)));
        }
    }

    /** All sums but those of ranges within an area that gets others, for a table that replaces this one. */
    public SumTable without(List<ElfSection> replaced, long header, MemorySegment headerNow)
            throws IOException {
        var table = new SumTable();
        for (int i = 0; i < offsets.length; i++) {
            long from = offsets[i];
            long to = from + lengths[i];
            if (replaced.stream().anyMatch(area -> area.offset() <= from && to <= area.end()))
                continue;
            int crc = crcs[i];
            if (from <= header && header < to) {
                MemorySegment range = Arena.ofAuto().allocate(lengths[i], 8);
                file.read(from, range);
                if (header + headerNow.byteSize() > to)
                    throw new CorruptImage(
                            Fault.in(file.name())
                                    .at(from)
                                    .element("sum " + i)
                                    .problem("cuts the ELF header in two"));
                MemorySegment.copy(headerNow, 0, range, header - from, headerNow.byteSize());
                crc = SumTable.crc(range);
            }
            table.add(from, lengths[i], crc, zero.get(i));
        }
        return table;
    }

    private boolean isSound(int range) {
        synchronized (sound) {
            return sound.get(range);
        }
    }

    private int rangeAt(long offset) throws CorruptImage {
        int found = Arrays.binarySearch(offsets, offset);
        int range = found >= 0 ? found : -found - 2;
        if (range < 0 || offset >= offsets[range] + lengths[range]) {
            throw new CorruptImage(
                    Fault.in(file.name())
                            .at(offset)
                            .problem("is not covered by a checksum")
                            .remedy("the table of checksums is damaged"));
        }
        return range;
    }

    private void check(int range, int found) throws CorruptImage {
        if (found != crcs[range]) {
            throw new CorruptImage(
                    Fault.in(file.name())
                            .at(offsets[range])
                            .element("range of 0x%x bytes".formatted(lengths[range]))
                            .field("crc")
                            .expected("0x%08x".formatted(crcs[range]))
                            .found("0x%08x".formatted(found))
                            .remedy(
                                    "the image is damaged here; xenimage salvage recovers the rest"));
        }
        synchronized (sound) {
            sound.set(range);
        }
    }

    /** Checks every range. */
    public void checkAll() throws IOException {
        MemorySegment buffer = Arena.ofAuto().allocate(Native.PIECE, 64);
        for (int range = 0; range < offsets.length; range++) {
            MemorySegment slice = buffer.asSlice(0, lengths[range]);
            file.read(offsets[range], slice);
            check(range, SumTable.crc(slice));
        }
    }
}
