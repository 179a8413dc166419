package org.xenimage.image.record;

import java.nio.ByteOrder;

/**
 * What else, apart from its type, decides how the body of a record is decoded.
 *
 * @param order of the integers
 * @param guestWidth bytes of a guest's word, 4 or 8: of a PV guest, as X86_PV_INFO tells, and of any other 8
 */
public record RecordContext(ByteOrder order, int guestWidth) {
    /** Little-endian, a 64-bit guest: nearly all there is. */
    public static final RecordContext X86_64 = new RecordContext(ByteOrder.LITTLE_ENDIAN, 8);

    /** Little-endian, a PV guest of 32 bits. */
    static final RecordContext X86_32 = new RecordContext(ByteOrder.LITTLE_ENDIAN, 4);
}
