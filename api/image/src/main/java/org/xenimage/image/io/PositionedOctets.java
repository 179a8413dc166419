package org.xenimage.image.io;

import org.xenimage.image.Fault;
import org.xenimage.image.TruncatedImage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Octets that are read again each time somebody looks; nothing of them is kept. */
record PositionedOctets(
        OctetsByPosition from, String source, String element, long position, long length)
        implements Octets {
    private static final long STEP = 1 << 20;

    @Override
    public MemorySegment first(long octets) throws IOException {
        if (octets < 0 || octets > length)
            throw new IndexOutOfBoundsException(octets + " of " + length + " octets");
        MemorySegment read = Arena.ofAuto().allocate(Math.max(1, octets), 8).asSlice(0, octets);
        fill(position, read);
        return read.asReadOnly();
    }

    @Override
    public void writeTo(OctetSink sink) throws IOException {
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
        throw new TruncatedImage(
                Fault.in(source)
                        .at(position)
                        .element(element)
                        .problem("is cut short")
                        .expected(length + " octets")
                        .found(Math.max(0, at + read - position) + " before the end of the source")
                        .remedy("the sender or the disk stopped early; save the domain again"));
    }
}
