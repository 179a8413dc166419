package org.xenimage.image.io;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.TruncatedImage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The one buffer through which the elements of a source pass, one after the other.
 *
 * <p>It grows, in steps of a quarter, to the largest element that was read completely. So a
 * reader's memory is bounded by the largest element that the format allows, and in practice by a
 * batch of 1,024 pages, a few of which wait while a file is written. Elements that are not examined
 * do not pass through it.
 */
public final class ElementBuffer {
    /** Room for a batch of 1,024 pages with its frame numbers and its record header. */
    private static final long USUAL = (1024L * (4096 + 8)) + 4096;

    /** How many elements may be on their way to the sink while the next one is read. */
    private static final int BUFFERS = 3;

    private final ByteSource source;
    private MemorySegment memory = Arena.ofAuto().allocate(64 * 1024, 64);
    private Optional<PendingWrite> writing = Optional.empty();
    private final Deque<Busy> busy = new ArrayDeque<>();
    private SourceRun current;

    /** A buffer whose bytes the sink still needs. */
    private record Busy(MemorySegment memory, PendingWrite writing) {}

    /**
     * A buffer for the elements of one source.
     *
     * @param source where the bytes come from; nothing else may read from it meanwhile
     */
    public ElementBuffer(ByteSource source) {
        this.source = source;
        this.current = new SourceRun(source, this, 0, "", MemorySegment.NULL);
    }

    /**
     * Ends the use of the element before, and reads the header of the next one.
     *
     * @param bytes the length of the header
     * @return the header, or fewer bytes, possibly none, if the source ended within it
     * @throws IOException if the source cannot be read, or ended within the element before
     */
    public MemorySegment header(int bytes) throws IOException {
        current.retire();
        next();
        MemorySegment reserved = reserve(bytes, 0, bytes);
        return reserved.asSlice(0, source.read(reserved.asSlice(0, bytes)));
    }

    /**
     * Reads a header that must be there whole.
     *
     * @param bytes the length of the header
     * @param element its name for messages
     * @return the header
     * @throws IOException if the source cannot be read or ended too early
     */
    public MemorySegment wholeHeader(int bytes, String element) throws IOException {
        MemorySegment head = header(bytes);
        if (head.byteSize() < bytes) {
            throw TruncatedImage.within(
                    Fault.in(source.name())
                            .at(source.position() - head.byteSize())
                            .element(element),
                    bytes,
                    head.byteSize());
        }
        return head;
    }

    /**
     * Makes the bytes of the element whose header was just read.
     *
     * @param head the header, as {@link #header} returned it: the first bytes of the run
     * @param length the bytes of the whole element, header included; checked against the format's bounds before
     * @param element its name for messages
     * @return the bytes, good until the next header is read
     */
    public ByteRun element(MemorySegment head, long length, String element) {
        current = new SourceRun(source, this, length, element, head);
        return current;
    }

    /**
     * Reads the current element, up to the end of the source.
     *
     * @return the bytes of it that are in memory: less than its length only if the source ended
     * @throws IOException if the source cannot be read
     */
    public long fill() throws IOException {
        return current.fill();
    }

    /**
     * Ends the use of an element that {@link #fill} found incomplete.
     *
     * @return a copy of what the source had of it
     */
    public ByteRun partial() {
        current.abandon();
        MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, current.filled()));
        MemorySegment.copy(memory, 0, copy, 0, current.filled());
        return ByteRun.of(copy.asSlice(0, current.filled()).asReadOnly());
    }

    /**
     * Ends the use of the element before, and reads some bytes, waiting only while there are none.
     *
     * @return the bytes, good until the next read; empty at the end of the source
     * @throws IOException if the source cannot be read
     */
    public MemorySegment some() throws IOException {
        current.retire();
        next();
        return memory.asSlice(0, source.readSome(memory));
    }

    /** Reserves memory for the first bytes of the current element, keeping those that are in memory already. */
    MemorySegment reserve(long bytes, long keep, long length) {
        if (bytes > memory.byteSize()) {
            long wanted =
                    length <= USUAL ? USUAL : Math.max(bytes, Math.min(length, bytes + bytes / 4));
            MemorySegment larger = Arena.ofAuto().allocate(wanted, 64);
            MemorySegment.copy(memory, 0, larger, 0, keep);
            memory = larger;
        }
        return memory;
    }

    MemorySegment bytes(long bytes) {
        return memory.asSlice(0, bytes);
    }

    /** Writes the first bytes of the current element, perhaps while the next one is read into another buffer. */
    void pass(ByteSink sink, long bytes) throws IOException {
        if (writing.isPresent()) writing.get().await(); // the same element passed on twice
        if (memory.byteSize() <= USUAL) writing = Optional.of(sink.writeBehind(bytes(bytes)));
        else sink.write(bytes(bytes)); // one buffer of that size is enough
    }

    /** Moves on to a buffer that no sink needs any more. */
    private void next() throws IOException {
        if (writing.isEmpty()) return;
        busy.add(new Busy(memory, writing.get()));
        writing = Optional.empty();
        if (busy.size() < BUFFERS) {
            memory = Arena.ofAuto().allocate(memory.byteSize(), 64);
            return;
        }
        Busy oldest = busy.remove();
        oldest.writing().await();
        memory = oldest.memory();
    }
}
