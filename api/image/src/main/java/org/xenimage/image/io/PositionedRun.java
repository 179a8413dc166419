package org.xenimage.image.io;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.TruncatedImage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Bytes that are read again on each access and are not kept. */
record PositionedRun(
        RandomAccessBytes from, String source, String element, long position, long length)
        implements ByteRun {
    private static final long STEP = 1 << 20;

    @Override
    public MemorySegment first(long bytes) throws IOException {
        if (bytes < 0 || bytes > length)
            throw new IndexOutOfBoundsException(bytes + " of " + length + " bytes");
        MemorySegment read = Arena.ofAuto().allocate(Math.max(1, bytes), 8).asSlice(0, bytes);
        fill(position, read);
        return read.asReadOnly();
    }

    @Override
    public void writeTo(ByteSink sink) throws IOException {
        MemorySegment step = Arena.ofAuto().allocate(Math.clamp(length, 1, STEP));
        for (long done = 0; done < length; done += step.byteSize()) {
            MemorySegment some = step.asSlice(0, Math.min(step.byteSize(), length - done));
            fill(position + done, some);
            sink.write(some);
        }
    }

    private void fill(long at, MemorySegment into) throws IOException {
        long read = from.read(at, into);
        if (read == into.byteSize()) return;
        throw TruncatedImage.within(
                Fault.in(source).at(position).element(element),
                length,
                Math.max(0, at + read - position));
    }
}
