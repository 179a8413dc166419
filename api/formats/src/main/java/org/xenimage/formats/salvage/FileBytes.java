package org.xenimage.formats.salvage;

import org.xenimage.formats.core.Spill;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/**
 * A raw file: damaged bytes cannot be recognised.
 *
 * @param name for messages
 * @param file open for reading
 * @param length of it
 */
public record FileBytes(String name, FileChannel file, long length) implements SparseBytes {
    /**
     * A file.
     *
     * @param name for messages
     * @param file open for reading
     * @return its bytes
     * @throws IOException if its length cannot be read
     */
    public static FileBytes of(String name, FileChannel file) throws IOException {
        return new FileBytes(name, file, file.size());
    }

    @Override
    public boolean intact(long offset, long bytes) {
        return bytes >= 0 && offset <= length - bytes;
    }

    @Override
    public long nextWhole(long offset) {
        return Math.min(offset, length);
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
        Spill.readAt(file, offset, into);
    }
}
