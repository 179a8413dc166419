package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Octets that are in memory from the start. */
record MemoryOctets(MemorySegment segment) implements Octets {
    @Override
    public long length() {
        return segment.byteSize();
    }

    @Override
    public MemorySegment first(long octets) {
        return segment.asSlice(0, octets);
    }

    @Override
    public void writeTo(OctetSink sink) throws IOException {
        sink.write(segment);
    }
}
