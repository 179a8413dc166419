package org.xenimage.image.element;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.UnsupportedVersion;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The image header and the domain header of a libxc stream (libxc-migration-stream, section Headers).
 *
 * <pre>
 *   0  u64 marker      0xFFFFFFFFFFFFFFFF               all of the image header big-endian
 *   8  u32 id          0x58454E46, "XENF"
 *  12  u32 version     2 or 3
 *  16  u16 options     bit 0: byte order of what follows, 1 = big-endian
 *  18  u16, u32        reserved
 *  24  u32 type        1 PV, 2 HVM                      the domain header in the order of the options
 *  28  u16 page_shift  12
 *  30  u16             reserved
 *  32  u32 xen_major   0 if the legacy conversion tool made the stream
 *  36  u32 xen_minor
 * </pre>
 *
 * @param offset of the image header in its source
 * @param version of the stream
 * @param options all bits, including reserved ones
 * @param reserved16 the reserved field at 18
 * @param reserved32 the reserved field at 20
 * @param type the guest type's code
 * @param pageShift the page size as a power of two
 * @param domainReserved the reserved field at 30
 * @param xenMajor of the Xen that saved the image, unsigned
 * @param xenMinor of the Xen that saved the image, unsigned
 */
public record LibxcHeader(
        long offset,
        int version,
        short options,
        short reserved16,
        int reserved32,
        int type,
        short pageShift,
        short domainReserved,
        int xenMajor,
        int xenMinor)
        implements ImageElement {
    /** The length of both headers in bytes. */
    public static final int LENGTH = 40;

    /** The first eight bytes. */
    public static final long MARKER = 0xFFFFFFFFFFFFFFFFL;

    /** The four bytes after the marker. */
    public static final int ID = 0x58454E46;

    /** The oldest version that this release reads. */
    public static final int VERSION_MIN = 2;

    /** The newest version that this release reads, and the one it writes. */
    public static final int VERSION_MAX = 3;

    /** The size of a page, as a power of two, that Xen knows on x86. */
    public static final int PAGE_SHIFT = 12;

    private static final ValueLayout.OfShort BE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /**
     * Whether bytes begin a libxc stream.
     *
     * @param first the first bytes of a source
     * @return whether marker and id match
     */
    public static boolean recognises(MemorySegment first) {
        return first.byteSize() >= 12 && first.get(BE64, 0) == MARKER && first.get(BE32, 8) == ID;
    }

    /**
     * Decodes both headers.
     *
     * @param head at least {@link #LENGTH} bytes
     * @param place the header, with its offset, for faults
     * @return the header
     * @throws ImageException if a field has a value that no stream of a known version has
     */
    public static LibxcHeader decode(MemorySegment head, Fault place) throws ImageException {
        long offset = place.offset();
        long marker = head.get(BE64, 0);
        if (marker != MARKER) {
            throw new CorruptImage(
                    place.field("marker").expected("0xffffffffffffffff").found(marker));
        }
        int id = head.get(BE32, 8);
        if (id != ID) {
            throw new CorruptImage(
                    place.at(offset + 8)
                            .field("id")
                            .expected("0x58454e46")
                            .found(Integer.toUnsignedLong(id)));
        }
        int version = head.get(BE32, 12);
        if (Integer.compareUnsigned(version, VERSION_MIN) < 0
                || Integer.compareUnsigned(version, VERSION_MAX) > 0) {
            boolean newer = Integer.compareUnsigned(version, VERSION_MAX) > 0;
            throw new UnsupportedVersion(
                    place.at(offset + 12)
                            .field("version")
                            .expected("2 or 3")
                            .found(Integer.toUnsignedString(version))
                            .remedy(
                                    newer
                                            ? "a newer Xen saved this; use a newer xenimage"
                                            : "no Xen ever wrote this version"));
        }
        short options = head.get(BE16, 16);
        ByteOrder order = order(options);
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        ValueLayout.OfShort u16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
        var header =
                new LibxcHeader(
                        offset,
                        version,
                        options,
                        head.get(BE16, 18),
                        head.get(BE32, 20),
                        head.get(u32, 24),
                        head.get(u16, 28),
                        head.get(u16, 30),
                        head.get(u32, 32),
                        head.get(u32, 36));
        if (header.guestType().isEmpty()) {
            throw new CorruptImage(
                    place.at(offset + 24)
                            .field("type")
                            .expected("1 (PV) or 2 (HVM)")
                            .found(Integer.toUnsignedLong(header.type())));
        }
        if (header.pageShift() != PAGE_SHIFT) {
            throw new CorruptImage(
                    place.at(offset + 28)
                            .field("page_shift")
                            .expected("0xc")
                            .found(Short.toUnsignedLong(header.pageShift())));
        }
        return header;
    }

    /** {@return the wire encoding of both headers, {@link #LENGTH} bytes} */
    public MemorySegment encode() {
        MemorySegment bytes = Arena.ofAuto().allocate(LENGTH, 8);
        bytes.set(BE64, 0, MARKER);
        bytes.set(BE32, 8, ID);
        bytes.set(BE32, 12, version);
        bytes.set(BE16, 16, options);
        bytes.set(BE16, 18, reserved16);
        bytes.set(BE32, 20, reserved32);
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT.withOrder(order());
        ValueLayout.OfShort u16 = ValueLayout.JAVA_SHORT.withOrder(order());
        bytes.set(u32, 24, type);
        bytes.set(u16, 28, pageShift);
        bytes.set(u16, 30, domainReserved);
        bytes.set(u32, 32, xenMajor);
        bytes.set(u32, 36, xenMinor);
        return bytes.asReadOnly();
    }

    /**
     * The same headers of a stream of another version.
     *
     * @param other {@link #VERSION_MIN} to {@link #VERSION_MAX}
     * @return new headers
     */
    public LibxcHeader withVersion(int other) {
        if (other < VERSION_MIN || other > VERSION_MAX)
            throw new IllegalArgumentException(
                    "version: expected %d to %d, found %d"
                            .formatted(VERSION_MIN, VERSION_MAX, other));
        return new LibxcHeader(
                offset,
                other,
                options,
                reserved16,
                reserved32,
                type,
                pageShift,
                domainReserved,
                xenMajor,
                xenMinor);
    }

    private static ByteOrder order(short options) {
        return (options & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    /** {@return the byte order of the domain header and of the records} */
    public ByteOrder order() {
        return order(options);
    }

    /** {@return the guest type, if it is one the specification names} */
    public Optional<GuestType> guestType() {
        for (GuestType guest : GuestType.values())
            if (guest.code() == type) return Optional.of(guest);
        return Optional.empty();
    }

    /** {@return whether the legacy conversion tool made this stream} */
    public boolean legacyConverted() {
        return xenMajor == 0;
    }

    @Override
    public LibxcHeader detach() {
        return this;
    }

    @Override
    public String label() {
        return "libxc header";
    }
}
