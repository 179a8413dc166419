package org.xenimage.image.record;

/**
 * All memory has been sent; what follows is sent again for the receiver to compare
 * (libxc-migration-stream, section VERIFY).
 *
 * <p>It has no fields; its body has no bytes.
 */
public record Verify() implements FieldlessRecord {
    @Override
    public RecordType type() {
        return RecordType.VERIFY;
    }
}
