package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Bytes that can be read anywhere, in any order: those of a file, or those of a stream that a file holds in another
 * form.
 *
 * <p>Positions count bytes from the beginning, as the offsets of the elements of an image do. Reading moves no
 * {@link ByteSource}. For one thread at a time.
 */
public interface RandomAccessBytes {
    /**
     * How many there are.
     *
     * @return the length in bytes
     * @throws IOException if the operating system refuses
     */
    long length() throws IOException;

    /**
     * Reads until the segment is full or the bytes end.
     *
     * @param position of the first byte
     * @param into takes the bytes
     * @return the bytes read: less than the segment's size only at the end
     * @throws IOException if they cannot be read, or are damaged
     */
    long read(long position, MemorySegment into) throws IOException;

    /**
     * The bytes of a file.
     *
     * @param file stays its owner's
     * @return its bytes
     */
    static RandomAccessBytes of(FileChannel file) {
        return new RandomAccessBytes() {
            @Override
            public long length() throws IOException {
                return file.size();
            }

            @Override
            public long read(long position, MemorySegment into) throws IOException {
                long done = 0;
                while (done < into.byteSize()) {
                    long step = Math.min(into.byteSize() - done, 1 << 30);
                    ByteBuffer window = into.asSlice(done, step).asByteBuffer();
                    int read = file.read(window, position + done);
                    if (read < 0) break;
                    done += read;
                }
                return done;
            }
        };
    }
}
