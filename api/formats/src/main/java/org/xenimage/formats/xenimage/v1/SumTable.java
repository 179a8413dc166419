package org.xenimage.formats.xenimage.v1;

import org.xenimage.formats.core.PieceLimit;
import org.xenimage.formats.elf.Elf;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The sums of a file being written (section 10): 24 bytes for each MiB. */
public final class SumTable {
    private static final int ZERO = 1;
    private static final Fault OUTPUT = Fault.in("output").element("section " + Native.SUMS);

    private long[] offsets = new long[64];
    private long[] lengths = new long[64];
    private int[] crcs = new int[64];
    private byte[] flags = new byte[64];
    private int count;

    public void add(long offset, long length, int crc, boolean zero) throws LimitExceeded {
        if (length == 0) return;
        PieceLimit.here().number(count, OUTPUT);
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, count * 2);
            lengths = Arrays.copyOf(lengths, count * 2);
            crcs = Arrays.copyOf(crcs, count * 2);
            flags = Arrays.copyOf(flags, count * 2);
        }
        offsets[count] = offset;
        lengths[count] = length;
        crcs[count] = crc;
        flags[count++] = (byte) (zero ? ZERO : 0);
    }

    /** Adds the sums of bytes that are at an offset, piece by piece. */
    public void add(long offset, MemorySegment bytes) throws LimitExceeded {
        for (long at = 0; at < bytes.byteSize(); at += Native.PIECE) {
            MemorySegment piece = bytes.asSlice(at, Math.min(Native.PIECE, bytes.byteSize() - at));
            add(offset + at, piece.byteSize(), crc(piece), false);
        }
    }

    public long length() {
        return (long) count * Native.SUM_LENGTH;
    }

    /** The table, ascending by offset. */
    public byte[] encode() {
        Integer[] order = new Integer[count];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Long.compare(offsets[a], offsets[b]));
        byte[] bytes = new byte[Math.toIntExact(length())];
        MemorySegment to = MemorySegment.ofArray(bytes);
        for (int i = 0; i < count; i++) {
            long at = (long) i * Native.SUM_LENGTH;
            to.set(Elf.U64, at, offsets[order[i]]);
            to.set(Elf.U64, at + 8, lengths[order[i]]);
            to.set(Elf.U32, at + 16, crcs[order[i]]);
            to.set(Elf.U32, at + 20, flags[order[i]]);
        }
        return bytes;
    }

    public static int crc(MemorySegment bytes) {
        var crc = new CRC32C();
        crc.update(bytes.asByteBuffer());
        return (int) crc.getValue();
    }
}
