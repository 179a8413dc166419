package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * A sink that whoever writes to it cannot close. It passes on everything else, also what a sink
 * need not have: otherwise the image would be written on the thread that reads it, and no byte
 * would be moved by the kernel.
 */
record LeftOpenSink(ByteSink sink) implements ByteSink {
    @Override
    public String name() {
        return sink.name();
    }

    @Override
    public long position() {
        return sink.position();
    }

    @Override
    public void write(MemorySegment... segments) throws IOException {
        sink.write(segments);
    }

    @Override
    public PendingWrite writeBehind(MemorySegment bytes) throws IOException {
        return sink.writeBehind(bytes);
    }

    @Override
    public Optional<FileChannel> file() {
        return sink.file();
    }

    @Override
    public Optional<ChannelSink> channel() {
        return sink.channel();
    }

    @Override
    public ByteSink leftOpen() {
        return this;
    }

    @Override
    public void close() {}
}
