package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Bytes that are in memory from the start. */
record MemoryRun(MemorySegment segment) implements ByteRun {
    @Override
    public long length() {
        return segment.byteSize();
    }

    @Override
    public MemorySegment first(long bytes) {
        return segment.asSlice(0, bytes);
    }

    @Override
    public void writeTo(ByteSink sink) throws IOException {
        sink.write(segment);
    }
}
