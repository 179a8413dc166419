package org.xenimage.formats.xenimage.v1.salvage;

import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.salvage.SparseBytes;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.spi.SalvageLog;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/**
 * The content of the chunks of a damaged file that are whole, by position.
 *
 * <p>A chunk is whole if its checksum is right and it decodes. After damage it searches for the
 * next magic of an intact chunk. A chunk within the stored bytes of a damaged one is ignored if the
 * header of the damaged one gives its end, and another chunk is there. Memory: 24 bytes for each
 * chunk, and two pieces.
 */
final class SalvagedChunks implements SparseBytes {
    private static final int WINDOW = 1 << 20;
    private static final byte[] MAGIC = {0x5c, 0x2a, 0x4d, 0x18};

    private final String name;
    private final FileChannel file;
    private final long end;
    private final Chunk.Origin origin;
    private final MemorySegment header = Arena.ofAuto().allocate(Chunk.HEADER_LENGTH, 8);
    private final MemorySegment piece = Arena.ofAuto().allocate(Native.PIECE, 64);
    private MemorySegment stored =
            Arena.ofAuto().allocate(Chunk.HEADER_LENGTH + Native.PIECE + 8192L, 8);
    private long[] positions = new long[16];
    private long[] lengths = new long[16];
    private long[] offsets = new long[16];
    private int count;
    private int held = -1;
    private long length;
    private MemorySegment metadata = MemorySegment.NULL;
    private boolean ended;
    private final Beside beside;

    /** Takes whole chunks that are neither content nor metadata, nor the end. */
    @FunctionalInterface
    interface Beside {
        /** Ignores them. */
        Beside NONE = (_, _, _, _) -> {};

        void take(Chunk chunk, long at, MemorySegment content, MemorySegment all)
                throws IOException;
    }

    private SalvagedChunks(
            String name, FileChannel file, long end, Chunk.Origin origin, Beside beside) {
        this.beside = beside;
        this.name = name;
        this.file = file;
        this.end = end;
        this.origin = origin;
    }

    /**
     * Finds the chunks.
     *
     * @param from the expected offset of the first one
     * @param end of the chunks
     * @param origin the section that they are in, and what decrypts it
     * @param log receives each damaged one
     */
    static SalvagedChunks scan(
            String name, FileChannel file, long from, long end, Chunk.Origin origin, SalvageLog log)
            throws IOException {
        return scan(name, file, from, end, origin, log, Beside.NONE);
    }

    static SalvagedChunks scan(
            String name,
            FileChannel file,
            long from,
            long end,
            Chunk.Origin origin,
            SalvageLog log,
            Beside beside)
            throws IOException {
        var chunks = new SalvagedChunks(name, file, Math.min(end, file.size()), origin, beside);
        long at = Math.min(from, chunks.end);
        while (at < chunks.end && !chunks.ended) {
            long next = chunks.take(at);
            if (next < 0) {
                next = chunks.resync(at);
                log.lost(at, next - at, "a chunk of " + origin.name() + " that is damaged");
            }
            at = next;
        }
        return chunks;
    }

    /** Takes the chunk at this offset; returns the offset after it, or -1 if it is damaged. */
    private long take(long at) throws IOException {
        if (at > end - Chunk.HEADER_LENGTH) return -1;
        Spill.readAt(file, at, header);
        Fault place = Fault.in(name).at(at);
        try {
            Chunk chunk = Chunk.decode(header, place);
            long bytes = Chunk.HEADER_LENGTH + (long) chunk.stored();
            if (at > end - bytes) return -1;
            if (bytes > stored.byteSize()) stored = Arena.ofAuto().allocate(bytes, 8);
            Spill.readAt(file, at, stored.asSlice(0, bytes));
            held = -1;
            MemorySegment into =
                    chunk.kind() == Chunk.CONTENT
                            ? piece
                            : Arena.ofAuto().allocate(Math.max(1, chunk.length()));
            chunk.content(stored.asSlice(0, bytes), into, origin, place);
            if (chunk.kind() == Chunk.CONTENT) {
                if (chunk.position() < length || chunk.length() == 0) return -1;
                add(chunk.position(), chunk.length(), at);
            } else if (chunk.kind() == Chunk.METADATA) {
                metadata = into.asSlice(0, chunk.length());
            } else if (chunk.kind() == Chunk.END) {
                ended = true;
            } else {
                beside.take(chunk, at, into.asSlice(0, chunk.length()), stored.asSlice(0, bytes));
            }
            return at + bytes;
        } catch (ImageException e) {
            return -1;
        }
    }

    private void add(long position, long bytes, long offset) {
        if (count == positions.length) {
            positions = Arrays.copyOf(positions, count * 2);
            lengths = Arrays.copyOf(lengths, count * 2);
            offsets = Arrays.copyOf(offsets, count * 2);
        }
        positions[count] = position;
        lengths[count] = bytes;
        offsets[count++] = offset;
        length = position + bytes;
        held = -1;
    }

    /** The offset of the next intact chunk; the end if there is none. */
    private long resync(long at) throws IOException {
        if (at <= end - Chunk.HEADER_LENGTH) {
            Spill.readAt(file, at, header);
            try {
                long next =
                        at
                                + Chunk.HEADER_LENGTH
                                + Chunk.decode(header, Fault.in(name).at(at)).stored();
                if (magic(next)) return next;
            } catch (ImageException e) {
                // The header is damaged too: it is looked for.
            }
        }
        MemorySegment window = Arena.ofAuto().allocate(WINDOW, 8);
        for (long start = at + 1; start <= end - Chunk.HEADER_LENGTH; start += WINDOW - 16) {
            long bytes = Math.min(WINDOW, end - start);
            Spill.readAt(file, start, window.asSlice(0, bytes));
            for (long i = 0; i + 12 <= bytes; i++) {
                if (window.get(java.lang.foreign.ValueLayout.JAVA_BYTE, i) != MAGIC[0]) continue;
                if (isMagic(window.asSlice(i, 12)) && sound(start + i)) return start + i;
            }
        }
        return end;
    }

    /** Whether the checksum of the chunk that would be here is right. */
    private boolean sound(long at) throws IOException {
        if (at > end - Chunk.HEADER_LENGTH) return false;
        MemorySegment probe = Arena.ofAuto().allocate(Chunk.HEADER_LENGTH, 8);
        Spill.readAt(file, at, probe);
        Fault place = Fault.in(name).at(at);
        try {
            Chunk chunk = Chunk.decode(probe, place);
            long bytes = Chunk.HEADER_LENGTH + (long) chunk.stored();
            if (at > end - bytes || chunk.length() > Chunk.OTHER_MAX) return false;
            MemorySegment all = Arena.ofAuto().allocate(bytes, 8);
            Spill.readAt(file, at, all);
            chunk.content(all, Arena.ofAuto().allocate(Math.max(1, chunk.length())), origin, place);
            return chunk.kind() != Chunk.CONTENT || chunk.position() >= length;
        } catch (ImageException e) {
            return false;
        }
    }

    private boolean magic(long at) throws IOException {
        if (at == end) return true;
        if (at > end - Chunk.HEADER_LENGTH) return false;
        MemorySegment probe = Arena.ofAuto().allocate(12, 4);
        Spill.readAt(file, at, probe);
        return isMagic(probe);
    }

    private static boolean isMagic(MemorySegment bytes) {
        return bytes.get(Elf.U32, 0) == 0x184d2a5c && bytes.get(Elf.U32, 8) == 0x4b434958;
    }

    /** The bytes of the last whole chunk of metadata; none if there is none. */
    MemorySegment metadata() {
        return metadata;
    }

    /** Whether the empty chunk is at the end. */
    boolean ended() {
        return ended;
    }

    int count() {
        return count;
    }

    private int at(long position) {
        int found = Arrays.binarySearch(positions, 0, count, position);
        return found >= 0 ? found : -found - 2;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean intact(long offset, long bytes) {
        if (bytes < 0 || offset > length - bytes) return false;
        for (long done = 0; done < bytes; ) {
            int chunk = at(offset + done);
            if (chunk < 0 || offset + done >= positions[chunk] + lengths[chunk]) return false;
            done = positions[chunk] + lengths[chunk] - offset;
        }
        return true;
    }

    @Override
    public long nextWhole(long offset) {
        int chunk = at(offset);
        if (chunk >= 0 && offset < positions[chunk] + lengths[chunk]) return offset;
        return chunk + 1 < count ? positions[chunk + 1] : length;
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
        for (long done = 0; done < into.byteSize(); ) {
            int chunk = at(offset + done);
            load(chunk);
            long within = offset + done - positions[chunk];
            long bytes = Math.min(into.byteSize() - done, lengths[chunk] - within);
            MemorySegment.copy(piece, within, into, done, bytes);
            done += bytes;
        }
    }

    private void load(int number) throws IOException {
        if (held == number) return;
        held = -1;
        Fault place = Fault.in(name).at(offsets[number]);
        Spill.readAt(file, offsets[number], header);
        Chunk chunk = Chunk.decode(header, place);
        MemorySegment all = stored.asSlice(0, Chunk.HEADER_LENGTH + (long) chunk.stored());
        Spill.readAt(file, offsets[number], all);
        chunk.content(all, piece, origin, place);
        held = number;
    }
}
