package org.xenimage.formats.salvage;

import org.xenimage.image.io.OctetSink;
import org.xenimage.image.io.OctetSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/** The octets of a damaged stream up to the first that is gone, for the codec of a header. */
final class RunSource implements OctetSource {
    private final HoledOctets octets;
    private long position;

    RunSource(HoledOctets octets) {
        this.octets = octets;
    }

    @Override
    public String name() {
        return octets.name();
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
        if (!octets.whole(position, there)) {
            long low = 0;
            while (low < there - 1) {
                long middle = (low + there) >>> 1;
                if (octets.whole(position, middle)) low = middle;
                else there = middle;
            }
            there = low;
        }
        octets.read(position, into.asSlice(0, there));
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
    public long moveTo(OctetSink sink, long count) throws IOException {
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
