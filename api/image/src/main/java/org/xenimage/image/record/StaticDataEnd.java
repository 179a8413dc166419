package org.xenimage.image.record;

/**
 * The end of the state that does not change while the guest runs (libxc-migration-stream, section
 * STATIC_DATA_END). Version 3 only.
 *
 * <p>It has no fields; its body has no bytes.
 */
public record StaticDataEnd() implements FieldlessRecord {
    @Override
    public RecordType type() {
        return RecordType.STATIC_DATA_END;
    }
}
