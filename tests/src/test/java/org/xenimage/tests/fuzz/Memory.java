package org.xenimage.tests.fuzz;

import org.xenimage.image.io.ByteSink;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A sink that keeps what is written, as a pipe would take it. */
final class Memory implements ByteSink {
    /** More than any input of a fuzzer makes, so that a writer that never ends is told. */
    private static final int MOST = 64 << 20;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public long position() {
        return bytes.size();
    }

    @Override
    public void write(MemorySegment... segments) {
        for (MemorySegment segment : segments) {
            if (segment.byteSize() > MOST - bytes.size())
                throw new AssertionError("more than " + MOST + " bytes are written");
            bytes.writeBytes(segment.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Override
    public void close() {}

    byte[] all() {
        return bytes.toByteArray();
    }
}
