package org.xenimage.formats.xenimage.v1.chunk;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.foreign.LibraryCall;

import java.io.Closeable;
import java.lang.foreign.MemorySegment;

/** Pieces of content as zstd frames (section 6): the only class that calls the zstd library. */
final class ZstdFrames {
    private ZstdFrames() {}

    /** {@return how long the frame of a piece can become} */
    static int bound(int length) {
        return (int) Zstd.compressBound(length);
    }

    /**
     * Decompresses a frame whose length is known.
     *
     * @param frame one frame, with nothing after it
     * @param into takes the bytes
     * @param length of the bytes
     * @throws ImageException a {@link CorruptImage} if it is not a frame of that length
     */
    static void decompress(MemorySegment frame, MemorySegment into, int length, Fault place)
            throws ImageException {
        Fault fault = place.element("chunk");
        // It throws what its documentation says it returns: both are checked.
        long got =
                LibraryCall.decodeInMemory(
                        fault,
                        "zstd",
                        () ->
                                Zstd.decompressDirectByteBuffer(
                                        into.asByteBuffer(),
                                        0,
                                        length,
                                        frame.asByteBuffer(),
                                        0,
                                        (int) frame.byteSize()));
        if (got == length) return;
        throw new CorruptImage(
                fault.problem("is not a zstd frame of its length")
                        .expected("0x" + Integer.toHexString(length))
                        .found(
                                Zstd.isError(got)
                                        ? Zstd.getErrorName(got)
                                        : "0x" + Long.toHexString(got)));
    }

    /** Compresses pieces one after the other. Not thread-safe. */
    static final class Compressor implements Closeable {
        private final ZstdCompressCtx context;

        Compressor(int level) {
            context = new ZstdCompressCtx().setLevel(level);
        }

        /**
         * Compresses a piece.
         *
         * @param from starts with the piece
         * @param length of it
         * @param into receives the frame; has space for {@link #bound} bytes
         * @param at where the frame begins
         * @return how long it is
         */
        int compress(MemorySegment from, int length, MemorySegment into, int at) {
            return context.compressDirectByteBuffer(
                    into.asByteBuffer(),
                    at,
                    (int) into.byteSize() - at,
                    from.asByteBuffer(),
                    0,
                    length);
        }

        @Override
        public void close() {
            context.close();
        }
    }
}
