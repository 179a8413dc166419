package org.xenimage.image.foreign;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads bytes in memory as a stream, for libraries that take one. */
final class SegmentStream extends InputStream {
    private final MemorySegment bytes;
    private long at;

    SegmentStream(MemorySegment bytes) {
        this.bytes = bytes;
    }

    @Override
    public int read() {
        return at == bytes.byteSize()
                ? -1
                : Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, at++));
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        long left = bytes.byteSize() - at;
        if (left == 0) return length == 0 ? 0 : -1;
        int step = (int) Math.min(left, length);
        MemorySegment.ofArray(into).asSlice(offset, step).copyFrom(bytes.asSlice(at, step));
        at += step;
        return step;
    }
}
