package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * A libxc stream follows (libxl-migration-stream, section LIBXC_CONTEXT).
 *
 * <p>It has no fields; its body has no bytes.
 */
public record LibxcContext() implements XenRecord {
    private static final Layout LAYOUT = Layout.struct("LIBXC_CONTEXT");

    @Override
    public RecordType type() {
        return RecordType.LIBXC_CONTEXT;
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
