package org.xenimage.formats.xenimage.v1.seal;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.image.io.PendingWrite;
import org.xenimage.image.seal.Sha256;
import org.xenimage.image.spi.Container;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The content digest (section 10): the SHA-256 of the SHA-256s of the pieces of the stream.
 *
 * <p>Two separate threads digest pieces while the caller continues; at most {@link #AHEAD} pieces
 * wait, which bounds the memory. A piece of zeros costs a comparison. Not safe for use by several
 * threads.
 */
public final class ContentDigest implements Closeable {
    public static final int DIGEST_LENGTH = 32;
    public static final int DESCRIPTOR_LENGTH = 48;
    private static final int AHEAD = 6;
    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[Native.PIECE]).asReadOnly();
    private static final byte[] ZERO_PIECE = ofZeros();

    private final ExecutorService workers =
            Executors.newFixedThreadPool(
                    Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors())),
                    Thread.ofPlatform().daemon().name("xenimage-digest-", 0).factory());
    private final MessageDigest overall = Sha256.begin();
    private final Deque<Future<Piece>> waiting = new ArrayDeque<>();
    private final Deque<Piece> free = new ArrayDeque<>();
    private PendingWrite writing = PendingWrite.DONE;
    private MemorySegment piece = Arena.ofAuto().allocate(Native.PIECE, 64);
    private int filled;
    private long length;

    /** A piece's digest, and the buffer that it no longer needs but whose bytes may still be written. */
    private record Piece(MemorySegment digest, MemorySegment buffer, PendingWrite writing) {}

    /** {@return the bytes so far} */
    public long length() {
        return length;
    }

    /**
     * A buffer for the next bytes of the stream, so that they need not be copied.
     *
     * @return at least one byte; fill some of it and call {@link #advance}
     */
    public MemorySegment buffer() {
        return piece.asSlice(filled);
    }

    /**
     * Takes bytes that were put into {@link #buffer}.
     *
     * @param bytes how many
     * @param write of these bytes, which are not changed before it is done
     * @throws IOException if the thread is interrupted while it waits for an earlier write
     */
    public void advance(long bytes, PendingWrite write) throws IOException {
        writing = write; // writes end in their order
        filled += (int) bytes;
        length += bytes;
        if (filled == Native.PIECE) submit();
    }

    /** Takes bytes that do not change before {@link #settle} returns: whole pieces are not copied. */
    public void updateShared(MemorySegment bytes) throws IOException {
        long head = filled == 0 ? 0 : Math.min(bytes.byteSize(), Native.PIECE - filled);
        if (head > 0) update(bytes.asSlice(0, head));
        long at = head;
        for (; bytes.byteSize() - at >= Native.PIECE; at += Native.PIECE) {
            MemorySegment overall = bytes.asSlice(at, Native.PIECE);
            waiting.add(
                    workers.submit(() ->
                            new Piece(
                                    MemorySegment.ofArray(digest(overall)),
                                    MemorySegment.NULL,
                                    PendingWrite.DONE)));
            length += Native.PIECE;
        }
        if (at < bytes.byteSize()) update(bytes.asSlice(at));
    }

    /** Waits for the bytes of {@link #updateShared}. */
    public void settle() {
        while (!waiting.isEmpty()) take();
    }

    public void update(MemorySegment bytes) throws IOException {
        long done = 0;
        while (done < bytes.byteSize()) {
            long step = Math.min(bytes.byteSize() - done, Native.PIECE - filled);
            MemorySegment.copy(bytes, done, piece, filled, step);
            filled += (int) step;
            done += step;
            if (filled == Native.PIECE) submit();
        }
        length += bytes.byteSize();
    }

    private void submit() throws IOException {
        digestPiece();
        if (waiting.size() >= AHEAD) take();
        Piece next = free.poll();
        if (next != null) next.writing().await();
        piece = next != null ? next.buffer() : Arena.ofAuto().allocate(Native.PIECE, 64);
    }

    private void digestPiece() {
        MemorySegment full = piece;
        int bytes = filled;
        PendingWrite until = writing;
        waiting.add(
                workers.submit(() ->
                        new Piece(
                                MemorySegment.ofArray(digest(full.asSlice(0, bytes))),
                                full,
                                until)));
        filled = 0;
        writing = PendingWrite.DONE;
    }

    private void take() {
        try {
            Piece done = waiting.remove().get();
            overall.update(done.digest().asByteBuffer());
            if (done.buffer().byteSize() > 0) free.add(done);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while digesting", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a piece could not be digested", e);
        }
    }

    /** Ends the stream. */
    public byte[] finish() {
        if (filled > 0) digestPiece();
        while (!waiting.isEmpty()) take();
        return overall.digest();
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }

    /** The descriptor of the note and of the chunk. */
    public static byte[] descriptor(long length, byte[] digest) {
        byte[] bytes = new byte[DESCRIPTOR_LENGTH];
        MemorySegment to = MemorySegment.ofArray(bytes);
        to.set(Elf.U32, 0, 1);
        to.set(Elf.U32, 4, Native.PIECE);
        to.set(Elf.U64, 8, length);
        System.arraycopy(digest, 0, bytes, 16, DIGEST_LENGTH);
        return bytes;
    }

    /** What a descriptor states. */
    public static Container.Digest stated(MemorySegment descriptor) {
        return new Container.Digest(
                HexFormat.of()
                        .formatHex(
                                descriptor
                                        .asSlice(16, DIGEST_LENGTH)
                                        .toArray(ValueLayout.JAVA_BYTE)),
                descriptor.get(Elf.U64, 8));
    }

    private static byte[] digest(MemorySegment bytes) {
        if (bytes.byteSize() == Native.PIECE && bytes.mismatch(ZEROS) < 0) return ZERO_PIECE;
        MessageDigest digest = Sha256.begin();
        digest.update(bytes.asByteBuffer());
        return digest.digest();
    }

    private static byte[] ofZeros() {
        return Sha256.begin().digest(new byte[Native.PIECE]);
    }
}
