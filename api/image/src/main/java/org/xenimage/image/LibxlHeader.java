package org.xenimage.image;

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
 * @param options the bits as they stand, reserved ones included
 */
public record LibxlHeader(long offset, int version, int options) implements ImageElement {
    /** The length of the header in bytes. */
    public static final int LENGTH = 16;

    /** The first eight bytes. */
    public static final long IDENT = 0x4c6962786c466d74L;

    /** The version that this release reads and writes. */
    public static final int VERSION = 2;

    /** {@return the byte order of the records} */
    public ByteOrder order() {
        return (options & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    /** {@return whether the legacy conversion tool made this stream} */
    public boolean legacyConverted() {
        return (options & 2) != 0;
    }

    @Override
    public String label() {
        return "libxl header";
    }
}
