package org.xenimage.image.record;

/**
 * The end of a libxl stream (libxl-migration-stream, section END).
 *
 * <p>It has no fields; its body has no bytes.
 */
public record LibxlEnd() implements FieldlessRecord {
    @Override
    public RecordType type() {
        return RecordType.LIBXL_END;
    }
}
