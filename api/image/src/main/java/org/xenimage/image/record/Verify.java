package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * All memory has been sent; what follows is sent again for the receiver to compare
 * (libxc-migration-stream, section VERIFY).
 *
 * <p>It has no fields; its body has no bytes.
 */
public record Verify() implements XenRecord {
    private static final Layout LAYOUT = Layout.struct("VERIFY");

    @Override
    public RecordType type() {
        return RecordType.VERIFY;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder().build();
    }

    @Override
    public byte[] encode(RecordContext context) {
        return new byte[0];
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
