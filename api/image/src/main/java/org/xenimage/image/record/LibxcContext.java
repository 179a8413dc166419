package org.xenimage.image.record;

/**
 * A libxc stream follows (libxl-migration-stream, section LIBXC_CONTEXT).
 *
 * <p>It has no fields; its body has no bytes.
 */
public record LibxcContext() implements FieldlessRecord {
    @Override
    public RecordType type() {
        return RecordType.LIBXC_CONTEXT;
    }
}
