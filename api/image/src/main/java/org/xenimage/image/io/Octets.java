package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A run of octets of known length that are read when somebody looks, and moved by the kernel when nobody does.
 *
 * <p>An octet run that comes from a source is a view of it: it is good until the source goes on to the next one, and
 * reading it afterwards is an {@link IllegalStateException}, never other octets.
 */
public sealed interface Octets permits SourceOctets, MemoryOctets, PositionedOctets {
    /** {@return how many octets} */
    long length();

    /**
     * Reads so far that the first octets are in memory.
     *
     * @param octets how many, at most {@link #length()}
     * @return a view of the first octets, writable only by whoever made the run
     * @throws IOException if the source ends before them (a {@link org.xenimage.image.TruncatedImage}) or cannot be
     *     read
     */
    MemorySegment first(long octets) throws IOException;

    /**
     * Reads the whole run into memory.
     *
     * @return a view of all octets
     * @throws IOException as {@link #first}
     */
    default MemorySegment all() throws IOException {
        return first(length());
    }

    /**
     * Writes the run: what is in memory from there, the rest straight from the source.
     *
     * @param sink takes the octets
     * @throws IOException as {@link #first}, or if the sink cannot be written
     */
    void writeTo(OctetSink sink) throws IOException;

    /**
     * A run that is in memory already.
     *
     * @param segment the octets, which must not change while the run is in use
     * @return the run
     */
    static Octets of(MemorySegment segment) {
        return new MemoryOctets(segment);
    }

    /**
     * A run that stands somewhere in octets that can be read in any order, read each time somebody looks.
     *
     * @param from the octets, which must stay readable while the run is in use
     * @param source its name, for messages
     * @param element the name of the element that the run is of, for messages
     * @param position of the first octet
     * @param length of the run
     * @return the run
     */
    static Octets at(
            OctetsByPosition from, String source, String element, long position, long length) {
        return new PositionedOctets(from, source, element, position, length);
    }
}
