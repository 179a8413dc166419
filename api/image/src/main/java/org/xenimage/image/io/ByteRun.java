package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A run of bytes of known length. They are read on demand, and otherwise moved by the kernel.
 *
 * <p>A byte run from a source is a view of it. It is valid until the source moves on to the next
 * one; reading it later is an {@link IllegalStateException} and never returns other bytes.
 */
public sealed interface ByteRun permits SourceRun, MemoryRun, PositionedRun {
    /** {@return how many bytes} */
    long length();

    /**
     * Reads until the first bytes are in memory.
     *
     * @param bytes how many, at most {@link #length()}
     * @return a view of the first bytes, writable only by the creator of the run
     * @throws IOException if the source ends before them (a
     *     {@link org.xenimage.image.fault.TruncatedImage}) or cannot be read
     */
    MemorySegment first(long bytes) throws IOException;

    /**
     * Reads the whole run into memory.
     *
     * @return a view of all bytes
     * @throws IOException as {@link #first}
     */
    default MemorySegment all() throws IOException {
        return first(length());
    }

    /**
     * Writes the run: from memory what has been read, and the rest directly from the source.
     *
     * @param sink takes the bytes
     * @throws IOException as {@link #first}, or if the sink cannot be written
     */
    void writeTo(ByteSink sink) throws IOException;

    /**
     * Copies the run.
     *
     * @return a read-only copy of its bytes, valid for ever
     * @throws IOException as {@link #first}
     */
    default ByteRun detach() throws IOException {
        return of(MemorySegment.ofArray(all().toArray(ValueLayout.JAVA_BYTE)).asReadOnly());
    }

    /**
     * A run that is in memory already.
     *
     * @param segment the bytes, which must not change while the run is in use
     * @return the run
     */
    static ByteRun of(MemorySegment segment) {
        return new MemoryRun(segment);
    }

    /**
     * A run within bytes that can be read in any order; each access reads it again.
     *
     * @param from the bytes, which must stay readable while the run is in use
     * @param source its name, for messages
     * @param element the name of the element that the run is of, for messages
     * @param position of the first byte
     * @param length of the run
     * @return the run
     */
    static ByteRun at(
            RandomAccessBytes from, String source, String element, long position, long length) {
        return new PositionedRun(from, source, element, position, length);
    }
}
