package org.xenimage.image.record;

/**
 * The end of a libxc stream (libxc-migration-stream, section END).
 *
 * <p>It has no fields; its body has no bytes.
 */
public record End() implements FieldlessRecord {
    @Override
    public RecordType type() {
        return RecordType.END;
    }
}
