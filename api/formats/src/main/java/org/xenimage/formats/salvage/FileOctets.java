package org.xenimage.formats.salvage;

import org.xenimage.formats.core.Spill;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/**
 * A file as it stands: nothing tells a damaged octet from a whole one.
 *
 * @param name for messages
 * @param file open for reading
 * @param length of it
 */
public record FileOctets(String name, FileChannel file, long length) implements HoledOctets {
    /**
     * A file.
     *
     * @param name for messages
     * @param file open for reading
     * @return its octets
     * @throws IOException if its length cannot be read
     */
    public static FileOctets of(String name, FileChannel file) throws IOException {
        return new FileOctets(name, file, file.size());
    }

    @Override
    public boolean whole(long offset, long octets) {
        return octets >= 0 && offset <= length - octets;
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
