package org.xenimage.image.element;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.UnsupportedVersion;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The header of a libxl stream (libxl-migration-stream, section Header).
 *
 * <pre>
 *   0  u64 ident    0x4c6962786c466d74, "LibxlFmt"     all three big-endian
 *   8  u32 version  2
 *  12  u32 options  bit 0: byte order of the records, 1 = big-endian; bit 1: made by the legacy conversion tool
 * </pre>
 *
 * @param offset of the header in its source
 * @param version of the stream
 * @param options all bits, including reserved ones
 */
public record LibxlHeader(long offset, int version, int options) implements ImageElement {
    /** The length of the header in bytes. */
    public static final int LENGTH = 16;

    /** The first eight bytes. */
    public static final long IDENT = 0x4c6962786c466d74L;

    /** The version that this release reads and writes. */
    public static final int VERSION = 2;

    private static final ValueLayout.OfInt BE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /**
     * Whether bytes begin a libxl stream.
     *
     * @param first the first bytes of a source
     * @return whether the ident matches
     */
    public static boolean recognises(MemorySegment first) {
        return first.byteSize() >= 8 && first.get(BE64, 0) == IDENT;
    }

    /**
     * Decodes the header.
     *
     * @param head at least {@link #LENGTH} bytes
     * @param place the header, with its offset, for faults
     * @return the header
     * @throws ImageException if the ident is missing, or the version is another
     */
    public static LibxlHeader decode(MemorySegment head, Fault place) throws ImageException {
        long ident = head.get(BE64, 0);
        if (ident != IDENT) {
            throw new CorruptImage(
                    place.field("ident").expected("0x4c6962786c466d74").found(ident));
        }
        int version = head.get(BE32, 8);
        if (version != VERSION) {
            throw new UnsupportedVersion(
                    place.at(place.offset() + 8)
                            .field("version")
                            .expected("2")
                            .found(Integer.toUnsignedString(version))
                            .remedy(
                                    Integer.compareUnsigned(version, VERSION) > 0
                                            ? "a newer Xen saved this; use a newer xenimage"
                                            : "no Xen ever wrote this version"));
        }
        return new LibxlHeader(place.offset(), version, head.get(BE32, 12));
    }

    /** {@return the wire encoding of the header, {@link #LENGTH} bytes} */
    public MemorySegment encode() {
        MemorySegment bytes = Arena.ofAuto().allocate(LENGTH, 8);
        bytes.set(BE64, 0, IDENT);
        bytes.set(BE32, 8, version);
        bytes.set(BE32, 12, options);
        return bytes.asReadOnly();
    }

    /** {@return the byte order of the records} */
    public ByteOrder order() {
        return (options & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    /** {@return whether the legacy conversion tool made this stream} */
    public boolean legacyConverted() {
        return (options & 2) != 0;
    }

    @Override
    public LibxlHeader detach() {
        return this;
    }

    @Override
    public String label() {
        return "libxl header";
    }
}
