package org.xenimage.image;

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
 * @param options the bits as they stand, reserved ones included
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

    /** {@return the byte order of the domain header and of the records} */
    public ByteOrder order() {
        return (options & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
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
    public String label() {
        return "libxc header";
    }
}
