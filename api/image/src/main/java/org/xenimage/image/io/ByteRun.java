package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A run of bytes of known length that are read when somebody looks, and moved by the kernel when nobody does.
 *
 * <p>A byte run that comes from a source is a view of it: it is good until the source goes on to the next one, and
 * reading it afterwards is an {@link IllegalStateException}, never other bytes.
 */
public sealed interface ByteRun permits SourceRun, MemoryRun, PositionedRun {
    /** {@return how many bytes} */
    long length();

    /**
     * Reads so far that the first bytes are in memory.
     *
     * @param bytes how many, at most {@link #length()}
     * @return a view of the first bytes, writable only by whoever made the run
     * @throws IOException if the source ends before them (a {@link org.xenimage.image.fault.TruncatedImage}) or cannot be
     *     read
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
     * Writes the run: what is in memory from there, the rest straight from the source.
     *
     * @param sink takes the bytes
     * @throws IOException as {@link #first}, or if the sink cannot be written
     */
    void writeTo(ByteSink sink) throws IOException;

    /**
     * Copies the run.
     *
     * @return its bytes in memory of their own, read-only, good without an end
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
     * A run that stands somewhere in bytes that can be read in any order, read each time somebody looks.
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
