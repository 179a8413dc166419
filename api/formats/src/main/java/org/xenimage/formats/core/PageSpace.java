package org.xenimage.formats.core;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/**
 * Where a {@link PageStore} puts pages: bytes by the number of their page. What was never written reads as zeros. Not
 * safe for use by several threads.
 */
public interface PageSpace {
    /**
     * Writes pages.
     *
     * @param number of the first
     * @param pages whole ones
     * @throws IOException if the disk is full
     */
    void write(long number, MemorySegment pages) throws IOException;

    /**
     * Reads pages.
     *
     * @param number of the first
     * @param into whole pages
     * @throws IOException if they cannot be read
     */
    void read(long number, MemorySegment into) throws IOException;

    /**
     * Consecutive uncompressed pages in a file.
     *
     * @param file open for reading and writing; the caller's
     * @param base where the first page is in it
     * @return the space
     */
    static PageSpace within(FileChannel file, long base) {
        return new PageSpace() {
            @Override
            public void write(long number, MemorySegment pages) throws IOException {
                Spill.writeAt(file, base + number * PageStore.PAGE, pages);
            }

            @Override
            public void read(long number, MemorySegment into) throws IOException {
                Spill.readAt(file, base + number * PageStore.PAGE, into);
            }
        };
    }
}
