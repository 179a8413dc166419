package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;

/** A source that its reader cannot close. It passes on everything else. */
record LeftOpenSource(ByteSource source) implements ByteSource {
    @Override
    public String name() {
        return source.name();
    }

    @Override
    public long position() {
        return source.position();
    }

    @Override
    public OptionalLong size() {
        return source.size();
    }

    @Override
    public long read(MemorySegment into) throws IOException {
        return source.read(into);
    }

    @Override
    public long readSome(MemorySegment into) throws IOException {
        return source.readSome(into);
    }

    @Override
    public long skip(long bytes) throws IOException {
        return source.skip(bytes);
    }

    @Override
    public long moveTo(ByteSink sink, long bytes) throws IOException {
        return source.moveTo(sink, bytes);
    }

    @Override
    public MemorySegment peek(int bytes) throws IOException {
        return source.peek(bytes);
    }

    @Override
    public Optional<FileChannel> file() {
        return source.file();
    }

    @Override
    public Optional<RandomAccessBytes> byPosition() throws IOException {
        return source.byPosition();
    }

    @Override
    public ByteSource leftOpen() {
        return this;
    }

    @Override
    public void close() {}
}
