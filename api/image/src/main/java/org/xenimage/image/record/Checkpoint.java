package org.xenimage.image.record;

/**
 * What came before is one consistent state of the guest (libxc-migration-stream, section
 * CHECKPOINT). The libxl stream continues after it.
 *
 * <p>It has no fields; its body has no bytes.
 */
public record Checkpoint() implements FieldlessRecord {
    @Override
    public RecordType type() {
        return RecordType.CHECKPOINT;
    }
}
