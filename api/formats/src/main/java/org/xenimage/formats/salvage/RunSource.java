package org.xenimage.formats.salvage;

import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/** The bytes of a damaged stream up to the first that is gone, for the codec of a header. */
final class RunSource implements ByteSource {
    private final SparseBytes bytes;
    private long position;

    RunSource(SparseBytes bytes) {
        this.bytes = bytes;
    }

    @Override
    public String name() {
        return bytes.name();
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.empty();
    }

    @Override
    public long read(MemorySegment into) throws IOException {
        long there = into.byteSize();
        if (!bytes.whole(position, there)) {
            long low = 0;
            while (low < there - 1) {
                long middle = (low + there) >>> 1;
                if (bytes.whole(position, middle)) low = middle;
                else there = middle;
            }
            there = low;
        }
        bytes.read(position, into.asSlice(0, there));
        position += there;
        return there;
    }

    @Override
    public long readSome(MemorySegment into) throws IOException {
        return read(into);
    }

    @Override
    public long skip(long count) {
        position += count;
        return count;
    }

    @Override
    public long moveTo(ByteSink sink, long count) throws IOException {
        throw new UnsupportedOperationException("a header is not moved");
    }

    @Override
    public MemorySegment peek(int count) throws IOException {
        MemorySegment first = Arena.ofAuto().allocate(Math.max(1, count));
        long before = position;
        long there = read(first.asSlice(0, count));
        position = before;
        return first.asSlice(0, there).asReadOnly();
    }

    @Override
    public void close() {}
}
