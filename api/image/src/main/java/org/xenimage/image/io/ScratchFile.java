package org.xenimage.image.io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;

/**
 * An unnamed file for data that does not fit into memory. It disappears when it is closed, or when
 * the program ends in any way. It is in the folder that {@code java.io.tmpdir} names. Bytes are
 * appended, and mapped. Not safe for use by several threads.
 */
public final class ScratchFile implements Closeable {
    private static final long TRANSFER = 1 << 17;

    private final FileChannel channel;
    private final MemorySegment transfer = Arena.ofAuto().allocate(TRANSFER, 64);
    private long length;

    /**
     * Creates the file.
     *
     * @throws IOException if the folder for temporary files does not take one
     */
    public ScratchFile() throws IOException {
        channel = nameless();
    }

    /**
     * Opens an empty file without a name.
     *
     * @return open for reading and writing; the file is gone when it is closed
     * @throws IOException if the folder for temporary files does not take one
     */
    public static FileChannel nameless() throws IOException {
        return FileChannel.open(
                Files.createTempFile("xenimage", ".scratch"),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }

    /**
     * What to throw if a nameless file could not be written.
     *
     * @param cause that the operating system gave
     * @return the failure, with the folder that is full
     */
    public static IOException failed(WriteFailed cause) {
        return cause.to("a temporary file in " + System.getProperty("java.io.tmpdir"));
    }

    /** {@return the bytes that were appended} */
    public long length() {
        return length;
    }

    /**
     * Appends bytes.
     *
     * @param bytes to write
     * @throws IOException if the disk is full
     */
    public void append(MemorySegment bytes) throws IOException {
        for (long done = 0; done < bytes.byteSize(); ) {
            long step = Math.min(bytes.byteSize() - done, transfer.byteSize());
            // Through a buffer: an array of long has no view as bytes that a channel takes.
            MemorySegment.copy(bytes, done, transfer, 0, step);
            ByteBuffer window = transfer.asSlice(0, step).asByteBuffer();
            try {
                while (window.hasRemaining()) length += channel.write(window, length);
            } catch (IOException e) {
                throw failed(new WriteFailed(e));
            }
            done += step;
        }
    }

    /**
     * Maps what was appended so far. A mapping needs neither heap nor direct memory, and reading it
     * cannot be interrupted; the system takes its memory back when it needs it.
     *
     * @param arena that ends the mapping
     * @return the bytes, read-only
     * @throws IOException if the file cannot be mapped
     */
    public MemorySegment map(Arena arena) throws IOException {
        return length == 0
                ? MemorySegment.NULL
                : channel.map(FileChannel.MapMode.READ_ONLY, 0, length, arena);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
