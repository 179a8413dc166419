package org.xenimage.formats.xenimage.v1.write;

import org.xenimage.formats.core.PageSpace;
import org.xenimage.formats.core.PieceLimit;
import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.chunk.ChunkRun;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Pages in compressed chunks, one for each piece, while an image is written.
 *
 * <p>Pages mostly come in ascending order: each piece is then compressed once, while later ones
 * come, and its chunk is final. When a page is written again, its piece is compressed again once it
 * has not been used for a while; the old chunk stays in the file as waste. The waste ends with the
 * file, which has no name. Memory: the pieces that are being compressed, {@link #HELD} that were
 * read or changed, and 12 bytes for each piece. Not safe for use by several threads.
 */
final class PackedPages implements PageSpace, Closeable {
    private static final int HELD = 8;
    private static final long NOWHERE = -1;
    private static final Fault OUTPUT = Fault.in("output").element("pages");

    private final Spill log = new Spill();
    private final ChunkRun run;
    private final Chunk.Encoder anew;
    private final Chunk.Origin origin;
    private long[] offsets = new long[64];
    private int[] lengths = new int[64];

    /** The piece that is being filled. */
    private int tail;

    private boolean tailBegun;

    /** Pieces that were decoded again, the one used longest ago first. */
    private final LinkedHashMap<Integer, Piece> held = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Piece {
        private final MemorySegment bytes = Arena.ofAuto().allocate(Native.PIECE, 64);
        private boolean changed;
    }

    PackedPages(Chunk.WriteChoice choice) throws IOException {
        origin = new Chunk.Origin(Native.PAGES_COMPRESSED, choice.cipher());
        Arrays.fill(offsets, NOWHERE);
        run = new ChunkRun(choice, Native.PAGES_COMPRESSED, this::keep);
        anew = new Chunk.Encoder(choice, Native.PAGES_COMPRESSED);
    }

    /** Takes an encoded chunk: it names its own piece. */
    private void keep(MemorySegment chunk) throws IOException {
        int piece = piece(chunk.get(Elf.U64, Chunk.POSITION_AT));
        if (piece >= offsets.length) {
            int before = offsets.length;
            offsets = Arrays.copyOf(offsets, Math.max(piece + 1, before * 2));
            lengths = Arrays.copyOf(lengths, offsets.length);
            Arrays.fill(offsets, before, offsets.length, NOWHERE);
        }
        offsets[piece] = log.length();
        lengths[piece] = (int) chunk.byteSize();
        log.append(chunk);
    }

    @Override
    public void write(long number, MemorySegment pages) throws IOException {
        for (long done = 0; done < pages.byteSize(); ) {
            long at = number * Native.PAGE + done;
            int piece = piece(at);
            long within = at % Native.PIECE;
            long step = Math.min(pages.byteSize() - done, Native.PIECE - within);
            MemorySegment.copy(pages, done, changing(piece), within, step);
            done += step;
        }
    }

    /** The bytes of a piece that is about to change. */
    private MemorySegment changing(int piece) throws IOException {
        if (piece < tail) {
            Piece again = decoded(piece);
            again.changed = true;
            return again.bytes;
        }
        advanceTo(piece);
        return run.input();
    }

    /** Fills the pieces before one; unwritten ones are zeros. */
    private void advanceTo(int piece) throws IOException {
        while (tail < piece) {
            begin();
            run.submit((long) tail * Native.PIECE, Native.PIECE);
            tail++;
            tailBegun = false;
        }
        begin();
    }

    private void begin() {
        if (!tailBegun) run.input().fill((byte) 0);
        tailBegun = true;
    }

    @Override
    public void read(long number, MemorySegment into) throws IOException {
        for (long done = 0; done < into.byteSize(); ) {
            long at = number * Native.PAGE + done;
            int piece = piece(at);
            long within = at % Native.PIECE;
            long step = Math.min(into.byteSize() - done, Native.PIECE - within);
            if (piece > tail || (piece == tail && !tailBegun))
                into.asSlice(done, step).fill((byte) 0);
            else
                MemorySegment.copy(
                        piece == tail ? run.input() : decoded(piece).bytes,
                        within,
                        into,
                        done,
                        step);
            done += step;
        }
    }

    private Piece decoded(int number) throws IOException {
        Piece found = held.get(number);
        if (found != null) return found;
        if (held.size() >= HELD) {
            Map.Entry<Integer, Piece> oldest = held.firstEntry();
            again(oldest.getKey(), oldest.getValue());
            held.remove(oldest.getKey());
        }
        var piece = new Piece();
        load(number, piece.bytes);
        held.put(number, piece);
        return piece;
    }

    private void load(int number, MemorySegment into) throws IOException {
        if (number >= offsets.length || offsets[number] == NOWHERE) run.flush();
        log.flush();
        MemorySegment all = Arena.ofAuto().allocate(lengths[number], 8);
        log.read(offsets[number], all);
        Fault place = Fault.in("the pages on their way").at(offsets[number]);
        Chunk chunk = Chunk.decode(all, place);
        chunk.content(all, into, origin, place);
    }

    /** Compresses a piece once more if it was changed. */
    private void again(int number, Piece piece) throws IOException {
        if (!piece.changed) return;
        anew.input().copyFrom(piece.bytes);
        keep(anew.encode((long) number * Native.PIECE, Native.PIECE));
        piece.changed = false;
    }

    /**
     * Ends the filling. Pages are still there for reading.
     *
     * @param pages how many there are in all
     */
    void finish(long pages) throws IOException {
        if (pages == 0) return;
        int count = pieces(pages);
        int rest = (int) (pages * Native.PAGE - (count - 1L) * Native.PIECE);
        advanceTo(count - 1);
        for (Map.Entry<Integer, Piece> one : held.entrySet()) again(one.getKey(), one.getValue());
        run.submit((long) tail * Native.PIECE, rest);
        tail++;
        tailBegun = false;
        run.flush();
        log.flush();
    }

    /** The piece that a position is in. */
    private static int piece(long position) throws LimitExceeded {
        return PieceLimit.here().number(position / Native.PIECE, OUTPUT);
    }

    private static int pieces(long pages) throws LimitExceeded {
        long pieces = (pages + Native.PAGES_PER_PIECE - 1) / Native.PAGES_PER_PIECE;
        return PieceLimit.here().count(pieces, OUTPUT);
    }

    /** Takes the chunks of all pieces, in order. */
    interface Taker {
        void take(Spill from, long offset, int length) throws IOException;
    }

    /** Returns the offset of the chunk of each piece; after {@link #finish}. */
    void chunks(long pages, Taker taker) throws IOException {
        int count = pieces(pages);
        for (int piece = 0; piece < count; piece++) taker.take(log, offsets[piece], lengths[piece]);
    }

    @Override
    public void close() throws IOException {
        run.close();
        anew.close();
        log.close();
    }
}
