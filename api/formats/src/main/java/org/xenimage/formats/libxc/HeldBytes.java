package org.xenimage.formats.libxc;

import org.xenimage.formats.core.Spill;
import org.xenimage.image.io.ByteSink;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Bytes that wait to be passed on: the first MiB in memory, more in a temporary file without a name. For one thread.
 */
final class HeldBytes implements ByteSink {
    private static final int MEMORY_MAX = 1 << 20;
    private static final int MEMORY_MIN = 4096;

    private final String name;
    private byte[] memory = new byte[0];
    private int inMemory;
    private Optional<Spill> file = Optional.empty();

    HeldBytes(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    /** {@return how many bytes wait} */
    @Override
    public long position() {
        return file.isPresent() ? file.get().length() : inMemory;
    }

    @Override
    public void write(MemorySegment... segments) throws IOException {
        for (MemorySegment bytes : segments) {
            if (file.isEmpty() && bytes.byteSize() <= MEMORY_MAX - inMemory) remember(bytes);
            else spill(bytes);
        }
    }

    private void remember(MemorySegment bytes) {
        int length = (int) bytes.byteSize();
        if (inMemory + length > memory.length) {
            int capacity = Math.max(MEMORY_MIN, Math.max(inMemory + length, 2 * memory.length));
            memory = Arrays.copyOf(memory, Math.min(MEMORY_MAX, capacity));
        }
        MemorySegment.copy(bytes, 0, MemorySegment.ofArray(memory), inMemory, length);
        inMemory += length;
    }

    private void spill(MemorySegment bytes) throws IOException {
        if (file.isEmpty()) {
            var made = new Spill();
            file = Optional.of(made);
            made.append(MemorySegment.ofArray(memory).asSlice(0, inMemory));
            memory = new byte[0];
            inMemory = 0;
        }
        file.get().append(bytes);
    }

    /**
     * Passes the bytes on; afterwards none wait.
     *
     * @param sink takes them
     * @throws IOException if the sink fails
     */
    void moveTo(ByteSink sink) throws IOException {
        if (file.isPresent()) {
            Spill spilled = file.get();
            spilled.flush();
            MemorySegment buffer = MemorySegment.ofArray(new byte[MEMORY_MAX]);
            for (long at = 0; at < spilled.length(); at += buffer.byteSize()) {
                MemorySegment some =
                        buffer.asSlice(0, Math.min(buffer.byteSize(), spilled.length() - at));
                spilled.read(at, some);
                sink.write(some);
            }
        } else if (inMemory > 0) {
            sink.write(MemorySegment.ofArray(memory).asSlice(0, inMemory));
        }
        close();
    }

    /** Forgets the bytes. */
    @Override
    public void close() throws IOException {
        memory = new byte[0];
        inMemory = 0;
        if (file.isPresent()) file.get().close();
        file = Optional.empty();
    }
}
