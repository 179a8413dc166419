package org.xenimage.image;

import org.xenimage.image.io.ByteRun;

import java.nio.ByteOrder;

/**
 * The header that {@code xl} puts before a saved or migrating domain ({@code tools/xl/xl.h}: {@code SAVEFILE_MAGIC} and
 * {@code struct save_file_header}).
 *
 * <pre>
 *   0  magic, 32 bytes: "Xen saved domain, xl format\n \0 \r"
 *  32  u32 byteorder        0x01020304 in the order of all integers of this header and of the optional data
 *  36  u32 mandatory_flags  bit 0: the config is JSON; bit 1: a libxl stream v2 follows
 *  40  u32 optional_flags
 *  44  u32 optional_data_len
 *  48  optional data: u32 length of the config, the config, a tail that xl does not look at
 * </pre>
 *
 * <p>The optional data are elements of their own: {@link Config}, {@link SiteMetadata}.
 *
 * @param offset of the header in its source
 * @param order of the integers of this layer
 * @param mandatoryFlags a reader must know each bit that is set
 * @param optionalFlags a reader may ignore these
 * @param foreignTail bytes of the optional data after the config that are not site metadata; kept as they stand
 */
public record XlHeader(
        long offset, ByteOrder order, int mandatoryFlags, int optionalFlags, ByteRun foreignTail)
        implements ImageElement {
    /** Mandatory flag: the config is JSON. */
    public static final int FLAG_JSON = 1;

    /** Mandatory flag: a libxl stream v2 follows, not a legacy one. */
    public static final int FLAG_STREAM_V2 = 2;

    @Override
    public String label() {
        return "xl header";
    }
}
