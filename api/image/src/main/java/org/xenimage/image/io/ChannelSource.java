package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;

/** A source over a channel: a file, a FIFO, standard input, a socket, or an array of bytes. */
public final class ChannelSource implements ByteSource {
    /** The step in which bytes pass through memory when the kernel cannot move them: what `cat` came close to. */
    static final int STEP = 1 << 20;

    private final String name;
    private final ReadableByteChannel channel;
    private final OptionalLong size;
    private final KernelPipe pipe;
    private MemorySegment peeked = MemorySegment.NULL;
    private MemorySegment step = MemorySegment.NULL;
    private long position;

    private ChannelSource(
            String name, ReadableByteChannel channel, OptionalLong size, KernelPipe pipe) {
        this.name = name;
        this.channel = channel;
        this.size = size;
        this.pipe = pipe;
    }

    /**
     * Opens a file or a FIFO.
     *
     * @param path the file
     * @return the source
     * @throws IOException if it cannot be opened or is a directory
     */
    public static ChannelSource open(Path path) throws IOException {
        if (Files.isDirectory(path))
            throw new FileSystemException(path.toString(), null, "is a directory");
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        boolean regular = Files.isRegularFile(path);
        return new ChannelSource(
                path.toString(),
                channel,
                regular ? OptionalLong.of(channel.size()) : OptionalLong.empty(),
                KernelPipe.NONE);
    }

    /**
     * A source over any channel, which is closed with it.
     *
     * @param name for messages
     * @param channel blocking, at its beginning
     * @return the source
     */
    public static ChannelSource over(String name, ReadableByteChannel channel) {
        return new ChannelSource(name, channel, OptionalLong.empty(), KernelPipe.NONE);
    }

    /**
     * A source over standard input. If it and the sink are pipes, bytes that are not examined are
     * spliced.
     *
     * @return the source
     * @throws IOException if the kind of standard input cannot be determined
     */
    public static ChannelSource standardInput() throws IOException {
        return standardInput("standard input");
    }

    /**
     * A source over standard input, for a program whose user knows it by another name.
     *
     * @param name for messages
     * @return the source, as {@link #standardInput()}
     * @throws IOException if the kind of standard input cannot be determined
     */
    public static ChannelSource standardInput(String name) throws IOException {
        FileChannel channel = StandardStreams.input();
        Path file = Path.of("/dev/stdin");
        boolean regular = Files.isRegularFile(file);
        long from = regular ? channel.position() : 0;
        return new ChannelSource(
                name,
                channel,
                regular && from == 0 ? OptionalLong.of(channel.size()) : OptionalLong.empty(),
                KernelPipe.ofDescriptor(0));
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
    public OptionalLong size() {
        return size;
    }

    @Override
    public Optional<FileChannel> file() {
        return size.isPresent() && channel instanceof FileChannel regular
                ? Optional.of(regular)
                : Optional.empty();
    }

    @Override
    public long read(MemorySegment into) throws IOException {
        long filled = takePeeked(into);
        while (filled < into.byteSize()) {
            long read = channelRead(into.asSlice(filled));
            if (read < 0) break;
            filled += read;
        }
        position += filled;
        return filled;
    }

    @Override
    public long readSome(MemorySegment into) throws IOException {
        long got = takePeeked(into);
        if (got == 0 && into.byteSize() > 0) {
            do {
                got = channelRead(into);
            } while (got == 0);
        }
        if (got < 0) return 0;
        position += got;
        return got;
    }

    @Override
    public long skip(long bytes) throws IOException {
        if (size.isPresent() && channel instanceof FileChannel file) {
            peeked = MemorySegment.NULL;
            long step = Math.min(bytes, Math.max(0, size.getAsLong() - position));
            position += step;
            file.position(position);
            return step;
        }
        long skipped = 0;
        MemorySegment through = step();
        while (skipped < bytes) {
            long read = readSome(through.asSlice(0, Math.min(through.byteSize(), bytes - skipped)));
            if (read == 0) break;
            skipped += read;
        }
        return skipped;
    }

    @Override
    public long moveTo(ByteSink sink, long bytes) throws IOException {
        long moved = 0;
        if (peeked.byteSize() > 0) {
            MemorySegment held = peeked.asSlice(0, Math.min(peeked.byteSize(), bytes));
            sink.write(held);
            position += held.byteSize();
            moved = held.byteSize();
            peeked = peeked.asSlice(moved);
        }
        Optional<ChannelSink> to = sink.channel();
        if (moved < bytes && to.isPresent()) moved += moveByKernel(to.get(), bytes - moved);
        MemorySegment through = moved < bytes ? step() : MemorySegment.NULL;
        while (moved < bytes) {
            long read = readSome(through.asSlice(0, Math.min(through.byteSize(), bytes - moved)));
            if (read == 0) break;
            sink.write(through.asSlice(0, read));
            moved += read;
        }
        return moved;
    }

    private long transfer(FileChannel from, long bytes, FileChannel to, String toName)
            throws IOException {
        try {
            return from.transferTo(position, bytes, to);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(toName + ": " + e.getMessage(), e);
        }
    }

    private long moveByKernel(ChannelSink sink, long bytes) throws IOException {
        long moved = 0;
        if (size.isPresent()
                && channel instanceof FileChannel file
                && sink.fileForTransfer().isPresent()) {
            FileChannel target = sink.fileForTransfer().get();
            while (moved < bytes) {
                long now = transfer(file, bytes - moved, target, sink.name());
                if (now <= 0) break;
                position += now;
                moved += now;
                sink.moved(now);
            }
            file.position(position);
        } else if (pipe.canSpliceTo(sink.pipe())) {
            moved = pipe.splice(sink.pipe(), bytes);
            position += moved;
            sink.moved(moved);
        }
        return moved;
    }

    @Override
    public MemorySegment peek(int bytes) throws IOException {
        if (position != 0) throw new IllegalStateException("peek after reading");
        if (peeked.byteSize() < bytes) {
            MemorySegment buffer = Arena.ofAuto().allocate(PEEK_MAX);
            MemorySegment.copy(peeked, 0, buffer, 0, peeked.byteSize());
            long have = peeked.byteSize();
            while (have < bytes) {
                long read = channelRead(buffer.asSlice(have, bytes - have));
                if (read < 0) break;
                have += read;
            }
            peeked = buffer.asSlice(0, have);
        }
        return peeked.asSlice(0, Math.min(bytes, peeked.byteSize())).asReadOnly();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private long takePeeked(MemorySegment into) {
        long held = Math.min(peeked.byteSize(), into.byteSize());
        if (held > 0) {
            MemorySegment.copy(peeked, 0, into, 0, held);
            peeked = peeked.asSlice(held);
        }
        return held;
    }

    private long channelRead(MemorySegment into) throws IOException {
        ByteBuffer window =
                into.asSlice(0, Math.min(into.byteSize(), Integer.MAX_VALUE)).asByteBuffer();
        return channel.read(window);
    }

    private MemorySegment step() {
        if (step.byteSize() == 0) step = Arena.ofAuto().allocate(STEP, 4096);
        return step;
    }
}
