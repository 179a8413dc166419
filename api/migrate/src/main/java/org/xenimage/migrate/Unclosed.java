package org.xenimage.migrate;

import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.RandomAccessBytes;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;

/** A source that its reader does not close, because the sender sends more after its image. */
record Unclosed(ByteSource source) implements ByteSource {
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
    public void close() {}
}
