package org.xenimage.formats.salvage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Bytes read by position, some of which may be gone. Not safe for use by several threads. */
public interface SparseBytes {
    /** {@return the name for messages} */
    String name();

    /**
     * {@return the total number of bytes, as far as it is known: bytes lost at the end do not
     * count}
     */
    long length();

    /**
     * Whether bytes exist.
     *
     * @param offset of the first
     * @param bytes how many
     * @return false if one of them is gone, or beyond the end
     * @throws IOException if the file cannot be read
     */
    boolean intact(long offset, long bytes) throws IOException;

    /**
     * Skips a hole.
     *
     * @param offset where to begin
     * @return the first offset at or after it whose byte exists; the length if there is none
     * @throws IOException if the file cannot be read
     */
    long nextWhole(long offset) throws IOException;

    /**
     * Reads bytes that are {@link #intact}.
     *
     * @param offset of the first
     * @param into takes them
     * @throws IOException if the file cannot be read
     */
    void read(long offset, MemorySegment into) throws IOException;
}
