package org.xenimage.script.isolate;

import org.xenimage.image.element.RecordFrame;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The shared memory that carries batches of pages to a policy's process and back. It is a file in {@code /dev/shm} if
 * that exists, else in the folder for temporary files. Only this user can read it, and it is unlinked as soon as the
 * process has opened it.
 *
 * <p>The process maps the file. The host reads and writes it by position, so the process cannot cause a memory fault in
 * the host: if it truncates the file, the host gets an end-of-file error. The file is as long as the longest record,
 * but only the parts that were written use memory. For one thread; closing frees the memory.
 */
public final class SharedPages implements AutoCloseable {
    /** The length of the file. */
    private static final long LENGTH = RecordFrame.paddedLength(RecordFrame.BODY_LENGTH_MAX);

    private static final int CHUNK = 1 << 22;

    private final Path name;
    private final FileChannel channel;

    private SharedPages(Path name, FileChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    /**
     * Makes the memory.
     *
     * @return the host's side of it
     * @throws IOException if the file cannot be created
     */
    public static SharedPages create() throws IOException {
        Path memory = Path.of("/dev/shm");
        Path folder =
                Files.isDirectory(memory) && Files.isWritable(memory)
                        ? memory
                        : Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
        Path name =
                Files.createTempFile(
                        folder,
                        "xenimage-%d-".formatted(ProcessHandle.current().pid()),
                        ".pages",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        try {
            FileChannel channel =
                    FileChannel.open(name, StandardOpenOption.READ, StandardOpenOption.WRITE);
            channel.write(ByteBuffer.allocate(1), LENGTH - 1);
            return new SharedPages(name, channel);
        } catch (IOException e) {
            Files.deleteIfExists(name);
            throw e;
        }
    }

    /**
     * Maps the memory, in the policy's process.
     *
     * @param name of the file
     * @return all of it, for as long as the process lives
     * @throws IOException if it cannot be mapped
     */
    public static MemorySegment map(Path name) throws IOException {
        try (FileChannel channel =
                FileChannel.open(name, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH, Arena.global());
        }
    }

    /** {@return the name of the file, until it is {@linkplain #unlink unlinked}} */
    public Path name() {
        return name;
    }

    /**
     * Unlinks the file.
     *
     * @throws IOException if it cannot be unlinked
     */
    public void unlink() throws IOException {
        Files.deleteIfExists(name);
    }

    /**
     * Writes at the beginning.
     *
     * @param bytes to write, those of one record at most
     * @throws IOException if there is no room
     */
    public void write(MemorySegment bytes) throws IOException {
        for (long at = 0; at < bytes.byteSize(); ) {
            ByteBuffer chunk =
                    bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at)).asByteBuffer();
            while (chunk.hasRemaining()) at += channel.write(chunk, at);
        }
    }

    /**
     * Reads what the process wrote.
     *
     * @param from position
     * @param into filled
     * @throws IOException if the process truncated the file
     */
    public void read(long from, MemorySegment into) throws IOException {
        for (long at = 0; at < into.byteSize(); ) {
            ByteBuffer chunk =
                    into.asSlice(at, Math.min(CHUNK, into.byteSize() - at)).asByteBuffer();
            while (chunk.hasRemaining()) {
                int count = channel.read(chunk, from + at);
                if (count < 0) throw new EOFException("the shared memory was truncated");
                at += count;
            }
        }
    }

    @Override
    public void close() {
        try (channel) {
            unlink();
        } catch (IOException e) {
            System.getLogger(SharedPages.class.getName())
                    .log(System.Logger.Level.DEBUG, name.toString(), e);
        }
    }
}
