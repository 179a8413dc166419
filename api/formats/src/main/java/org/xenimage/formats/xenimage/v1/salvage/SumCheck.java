package org.xenimage.formats.xenimage.v1.salvage;

import org.xenimage.formats.core.PieceLimit;
import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.SumTable;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Which bytes of a damaged seekable file are whole, by its sums (section 10). If the trailer or the
 * checksums are lost, all bytes up to the end of the file count as intact.
 */
final class SumCheck {
    private final FileChannel file;
    private final long length;
    private final MemorySegment table;
    private final int count;
    private final long[] offsets;
    private final BitSet checked = new BitSet();
    private final BitSet sound = new BitSet();
    private final MemorySegment buffer = Arena.ofAuto().allocate(Native.PIECE, 64);

    private SumCheck(FileChannel file, long length, MemorySegment table) {
        this.file = file;
        this.length = length;
        this.table = table;
        this.count = (int) (table.byteSize() / Native.SUM_LENGTH);
        this.offsets = new long[count];
        for (int i = 0; i < count; i++)
            offsets[i] = table.get(Elf.U64, (long) i * Native.SUM_LENGTH);
    }

    static SumCheck open(String name, FileChannel file) throws IOException {
        long length = file.size();
        MemorySegment none = MemorySegment.ofArray(new byte[0]);
        long at = length - Native.TRAILER_LENGTH;
        if (at < Elf.HEADER_LENGTH) return new SumCheck(file, length, none);
        MemorySegment trailer = Arena.ofAuto().allocate(Native.TRAILER_LENGTH, 8);
        Spill.readAt(file, at, trailer);
        long offset = trailer.get(Elf.U64, 24);
        long bytes = trailer.get(Elf.U64, 32);
        boolean usable =
                trailer.get(Elf.U64, 0) == Native.TRAILER_MAGIC
                        && trailer.get(Elf.U32, 60) == SumTable.crc(trailer.asSlice(0, 60))
                        && offset >= 0
                        && bytes > 0
                        && bytes <= Native.SUM_LENGTH * (length / Native.PAGE + 4096)
                        && offset <= at - bytes
                        && bytes % Native.SUM_LENGTH == 0;
        if (!usable) return new SumCheck(file, length, none);
        Fault place = Fault.in(name).at(at).element("trailer").field("sums_length");
        PieceLimit.here().count(bytes / Native.SUM_LENGTH, place);
        MemorySegment table = Arena.ofAuto().allocate(bytes, 8);
        for (long done = 0; done < bytes; done += 1 << 26)
            Spill.readAt(file, offset + done, table.asSlice(done, Math.min(1 << 26, bytes - done)));
        boolean intact = SumTable.crc(table) == trailer.get(Elf.U32, 48);
        long end = 0;
        for (long i = 0; intact && i < bytes; i += Native.SUM_LENGTH) {
            long start = table.get(Elf.U64, i);
            long size = table.get(Elf.U64, i + 8);
            intact = start >= end && size > 0 && size <= Native.PIECE && start <= length - size;
            end = start + size;
        }
        return new SumCheck(file, length, intact ? table : none);
    }

    /** Whether there are checksums to detect damaged bytes. */
    boolean tells() {
        return count > 0;
    }

    boolean intact(long offset, long bytes) throws IOException {
        if (bytes < 0 || offset < 0 || offset > length - bytes) return false;
        if (count == 0) return true;
        for (long at = offset; at < offset + bytes; ) {
            int range = range(at);
            if (range < 0 || !sound(range)) return false;
            at = end(range);
        }
        return true;
    }

    /** The end of the damage that an offset is in. */
    long after(long offset) {
        if (count == 0) return length;
        int range = range(offset);
        if (range >= 0) return end(range);
        int next = Arrays.binarySearch(offsets, offset);
        next = next >= 0 ? next : -next - 1;
        return next < count ? Math.max(offsets[next], offset + 1) : length;
    }

    private long end(int range) {
        return offsets[range] + table.get(Elf.U64, (long) range * Native.SUM_LENGTH + 8);
    }

    private int range(long offset) {
        int found = Arrays.binarySearch(offsets, offset);
        int range = found >= 0 ? found : -found - 2;
        return range >= 0 && offset < end(range) ? range : -1;
    }

    private boolean sound(int range) throws IOException {
        if (!checked.get(range)) {
            checked.set(range);
            MemorySegment bytes = buffer.asSlice(0, end(range) - offsets[range]);
            Spill.readAt(file, offsets[range], bytes);
            int crc = table.get(Elf.U32, (long) range * Native.SUM_LENGTH + 16);
            sound.set(range, SumTable.crc(bytes) == crc);
        }
        return sound.get(range);
    }
}
