package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/** A sink over a channel: a file, a FIFO, standard output or a socket. */
public final class ChannelSink implements ByteSink {
    /** Fewer bytes are written at once: handing them to another thread costs as much. */
    private static final long BEHIND_MIN = 1 << 18;

    private final String name;
    private final WritableByteChannel channel;
    private final boolean regular;
    private final KernelPipe pipe;
    private long position;
    private Optional<WriteBehind> behind = Optional.empty();

    private ChannelSink(
            String name, WritableByteChannel channel, boolean regular, KernelPipe pipe) {
        this.name = name;
        this.channel = channel;
        this.regular = regular;
        this.pipe = pipe;
    }

    /**
     * Creates a file that must not be there yet.
     *
     * @param path the file
     * @return the sink
     * @throws IOException if it already exists or cannot be created
     */
    public static ChannelSink create(Path path) throws IOException {
        return create(path, path.toString());
    }

    /**
     * Creates a file that must not be there yet, and that is to get another name.
     *
     * @param path the file
     * @param name for messages
     * @return the sink
     * @throws IOException if it already exists or cannot be created
     */
    public static ChannelSink create(Path path, String name) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE_NEW);
        return new ChannelSink(name, channel, true, KernelPipe.NONE);
    }

    /**
     * Opens a FIFO; waits until it has a reader. Bytes from a pipe that are not examined are
     * spliced.
     *
     * @param name for messages
     * @param fifo which exists; it may be removed as soon as this returns
     * @return the sink
     * @throws IOException if it cannot be opened
     */
    public static ChannelSink fifo(String name, Path fifo) throws IOException {
        Set<Integer> others = KernelPipe.descriptorsOf(fifo);
        FileChannel channel = FileChannel.open(fifo, StandardOpenOption.WRITE);
        return new ChannelSink(name, channel, false, KernelPipe.ofNewDescriptor(fifo, others));
    }

    /**
     * A sink over any channel, which is closed with it.
     *
     * @param name for messages
     * @param channel blocking
     * @return the sink
     */
    public static ChannelSink over(String name, WritableByteChannel channel) {
        return new ChannelSink(name, channel, false, KernelPipe.NONE);
    }

    /** {@return a sink over standard output, which may be a pipe, a file or a terminal} */
    public static ChannelSink standardOutput() {
        return new ChannelSink(
                "standard output", StandardStreams.output(), false, KernelPipe.ofDescriptor(1));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public void write(MemorySegment... segments) throws IOException {
        try {
            writeAll(segments);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw named(e);
        }
    }

    private IOException named(IOException e) {
        return new IOException(name + ": " + e.getMessage(), e);
    }

    private void writeAll(MemorySegment... segments) throws IOException {
        drain();
        ByteBuffer[] buffers = new ByteBuffer[segments.length];
        long left = 0;
        for (int i = 0; i < segments.length; i++) {
            buffers[i] = segments[i].asByteBuffer();
            left += segments[i].byteSize();
        }
        if (channel instanceof GatheringByteChannel gathering && buffers.length > 1) {
            long end = position + left;
            while (position < end) position += gathering.write(buffers);
        } else {
            for (ByteBuffer buffer : buffers)
                while (buffer.hasRemaining()) position += channel.write(buffer);
        }
    }

    @Override
    public PendingWrite writeBehind(MemorySegment bytes) throws IOException {
        if (!regular || bytes.byteSize() < BEHIND_MIN) {
            write(bytes);
            return PendingWrite.DONE;
        }
        if (behind.isEmpty()) behind = Optional.of(new WriteBehind());
        position += bytes.byteSize();
        return behind.get().submit(bytes, this::writeAll);
    }

    private void writeAll(MemorySegment bytes) throws IOException {
        ByteBuffer buffer = bytes.asByteBuffer();
        while (buffer.hasRemaining()) channel.write(buffer);
    }

    /** Waits for background writes, and throws their failure if there was one. */
    private void drain() throws IOException {
        if (behind.isPresent()) behind.get().drain();
    }

    /**
     * Waits until a file's bytes are on disk. Does nothing on a pipe.
     *
     * @throws IOException if the operating system refuses
     */
    public void force() throws IOException {
        try {
            drain();
            if (regular && channel instanceof FileChannel file) file.force(true);
        } catch (IOException e) {
            throw named(e);
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            drain();
        } finally {
            behind.ifPresent(WriteBehind::close);
        }
    }

    @Override
    public Optional<FileChannel> file() {
        return regular && channel instanceof FileChannel file
                ? Optional.of(file)
                : Optional.empty();
    }

    @Override
    public Optional<ChannelSink> channel() {
        return Optional.of(this);
    }

    /** The file, once everything written so far is in it. */
    Optional<FileChannel> fileForTransfer() throws IOException {
        drain();
        return regular && channel instanceof FileChannel file
                ? Optional.of(file)
                : Optional.empty();
    }

    KernelPipe pipe() {
        return pipe;
    }

    void moved(long bytes) {
        position += bytes;
    }
}
