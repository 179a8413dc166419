package org.xenimage.image.io;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.TruncatedImage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Bytes in a source, read from the front on demand.
 *
 * <p>Made by an {@link ElementBuffer}, which also decides when they go out of use.
 */
final class SourceRun implements ByteRun {
    private final ByteSource source;
    private final ElementBuffer buffer;
    private final long offset;
    private final long length;
    private final String element;
    private long inMemory;
    private boolean consumed;
    private boolean stale;

    SourceRun(
            ByteSource source,
            ElementBuffer buffer,
            long length,
            String element,
            MemorySegment head) {
        this.source = source;
        this.buffer = buffer;
        this.length = length;
        this.element = element;
        this.inMemory = head.byteSize();
        this.offset = source.position() - inMemory;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public MemorySegment first(long bytes) throws IOException {
        if (bytes < 0 || bytes > length)
            throw new IndexOutOfBoundsException(bytes + " of " + length + " bytes");
        requireInUse();
        if (bytes > inMemory) {
            if (consumed)
                throw new IllegalStateException(
                        element + ": its bytes have already been passed on");
            if (left() < bytes - inMemory) {
                source.skip(left());
                throw truncated();
            }
            MemorySegment into = buffer.reserve(bytes, inMemory, length);
            long read = source.read(into.asSlice(inMemory, bytes - inMemory));
            inMemory += read;
            if (inMemory < bytes) throw truncated();
        }
        return buffer.bytes(bytes);
    }

    @Override
    public void writeTo(ByteSink sink) throws IOException {
        requireInUse();
        if (consumed && inMemory < length) {
            throw new IllegalStateException(element + ": its bytes have already been passed on");
        }
        if (inMemory > 0) buffer.pass(sink, inMemory);
        if (inMemory < length) {
            consumed = true;
            if (source.moveTo(sink, length - inMemory) < length - inMemory) throw truncated();
        }
    }

    /** Reads up to the end of the source. */
    long fill() throws IOException {
        long there = inMemory + Math.min(left(), length - inMemory);
        MemorySegment into = buffer.reserve(there, inMemory, there);
        inMemory += source.read(into.asSlice(inMemory, there - inMemory));
        return inMemory;
    }

    /** How much the source still has; a file tells, so that a forged length gets no memory. */
    private long left() {
        return source.size().isPresent()
                ? Math.max(0, source.size().getAsLong() - source.position())
                : Long.MAX_VALUE;
    }

    long filled() {
        return inMemory;
    }

    /** Ends the use of these bytes: skips those that were not read. */
    void retire() throws IOException {
        if (stale) return;
        stale = true;
        long left = offset + length - source.position();
        if (left > 0 && source.skip(left) < left) throw truncated();
    }

    /** Ends the use of these bytes, of which the source has no more. */
    void abandon() {
        stale = true;
    }

    private void requireInUse() {
        if (stale) throw new IllegalStateException(element + ": used after the reader went on");
    }

    private TruncatedImage truncated() {
        return TruncatedImage.within(
                Fault.in(source.name()).at(offset).element(element),
                length,
                Math.max(0, source.position() - offset));
    }
}
