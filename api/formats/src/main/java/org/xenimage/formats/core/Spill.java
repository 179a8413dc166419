package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;
import org.xenimage.image.io.ScratchFile;
import org.xenimage.image.io.WriteFailed;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.Map;

/**
 * What does not fit the memory bound while an image is written, in a file without a name ({@link
 * ScratchFile#nameless}): appended through a buffer with holes for zeros, or a sparse table of
 * words. It is gone when it is closed. Zeros that are never written cost nothing.
 */
public final class Spill implements Closeable {
    private static final long WINDOW = 1 << 23;
    private static final int BUFFER = 1 << 20;

    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private final Map<Long, MemorySegment> windows = new HashMap<>();
    private final MemorySegment pending = Arena.ofAuto().allocate(BUFFER, 64);
    private int held;
    private long length;

    /**
     * Creates the file.
     *
     * @throws IOException if the disk is full
     */
    public Spill() throws IOException {
        channel = ScratchFile.nameless();
    }

    /** {@return the bytes appended} */
    public long length() {
        return length;
    }

    public FileChannel channel() {
        return channel;
    }

    /** Appends bytes through a buffer. */
    public void append(MemorySegment bytes) throws IOException {
        if (bytes.byteSize() > pending.byteSize() - held) {
            flush();
            if (bytes.byteSize() > pending.byteSize()) {
                write(length, bytes);
                length += bytes.byteSize();
                return;
            }
        }
        MemorySegment.copy(bytes, 0, pending, held, bytes.byteSize());
        held += (int) bytes.byteSize();
        length += bytes.byteSize();
    }

    /** Appends zeros, which are a hole of the file. */
    public void appendHole(long bytes) throws IOException {
        flush();
        length += bytes;
    }

    public void flush() throws IOException {
        if (held == 0) return;
        write(length - held, pending.asSlice(0, held));
        held = 0;
    }

    public void write(long offset, MemorySegment bytes) throws IOException {
        try {
            writeAt(channel, offset, bytes);
        } catch (WriteFailed e) {
            throw ScratchFile.failed(e);
        }
    }

    /** Reads bytes; beyond the end of the file they are zeros. */
    public void read(long offset, MemorySegment into) throws IOException {
        readAt(channel, offset, into);
    }

    /** A word of a sparse table; a spill is either a table or a run of bytes. */
    public long word(long index) throws IOException {
        return window(index).get(Elf.U64, index * 8 % WINDOW);
    }

    public void word(long index, long value) throws IOException {
        window(index).set(Elf.U64, index * 8 % WINDOW, value);
        length = Math.max(length, index * 8 + 8);
    }

    private MemorySegment window(long index) throws IOException {
        long number = index * 8 / WINDOW;
        MemorySegment window = windows.get(number);
        if (window == null) {
            window = channel.map(FileChannel.MapMode.READ_WRITE, number * WINDOW, WINDOW, arena);
            windows.put(number, window);
        }
        return window;
    }

    public static void writeAt(FileChannel channel, long offset, MemorySegment bytes)
            throws IOException {
        for (long done = 0; done < bytes.byteSize(); ) {
            ByteBuffer window =
                    bytes.asSlice(done, Math.min(bytes.byteSize() - done, 1 << 26)).asByteBuffer();
            try {
                while (window.hasRemaining()) done += channel.write(window, offset + done);
            } catch (IOException e) {
                throw new WriteFailed(e);
            }
        }
    }

    public static void readAt(FileChannel channel, long offset, MemorySegment into)
            throws IOException {
        ByteBuffer window = into.asByteBuffer();
        while (window.hasRemaining()) {
            int read = channel.read(window, offset + window.position());
            if (read < 0) {
                into.asSlice(window.position()).fill((byte) 0);
                return;
            }
        }
    }

    /** Moves bytes within a file, from the end that does not overwrite them. */
    public static void move(FileChannel file, long from, long to, long length) throws IOException {
        if (from == to || length == 0) return;
        MemorySegment buffer = Arena.ofAuto().allocate(1 << 20, 4096);
        for (long done = 0; done < length; ) {
            long step = Math.min(buffer.byteSize(), length - done);
            long at = to < from ? done : length - done - step;
            readAt(file, from + at, buffer.asSlice(0, step));
            writeAt(file, to + at, buffer.asSlice(0, step));
            done += step;
        }
    }

    @Override
    public void close() throws IOException {
        arena.close();
        channel.close();
    }
}
