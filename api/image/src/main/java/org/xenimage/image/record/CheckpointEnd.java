package org.xenimage.image.record;

/**
 * The end of one checkpoint of a libxl stream (libxl-migration-stream, section CHECKPOINT_END).
 *
 * <p>It has no fields; its body has no bytes.
 */
public record CheckpointEnd() implements FieldlessRecord {
    @Override
    public RecordType type() {
        return RecordType.CHECKPOINT_END;
    }
}
