package org.xenimage.formats.salvage;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;

/**
 * Eight bytes read as a record header, whether they are one or not (libxc-migration-stream and
 * libxl-migration-stream, section Records: {@code u32 type, u32 body_length}).
 *
 * @param offset of the header in the stream
 * @param code the type, without its layer
 * @param bodyLength in bytes, without padding; from 0 to 2^32 - 1
 */
record RecordHeader(long offset, int code, long bodyLength) {
    /** The type, if it is a record of a layer. */
    RecordType type(Layer of) {
        return new RecordType(of, code);
    }

    /** Whether the body is longer than any record's. */
    boolean tooLong() {
        return bodyLength > RecordFrame.BODY_LENGTH_MAX;
    }

    /** Header, body and padding, in bytes. */
    long length() {
        return RecordFrame.paddedLength(bodyLength);
    }

    /** Where the next record begins. */
    long end() {
        return offset + length();
    }
}
