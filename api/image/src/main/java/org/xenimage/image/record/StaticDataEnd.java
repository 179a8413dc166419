package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * The end of the state that does not change while the guest runs (libxc-migration-stream, section
 * STATIC_DATA_END). Version 3 only.
 *
 * <p>It has no fields; its body has no bytes.
 */
public record StaticDataEnd() implements XenRecord {
    private static final Layout LAYOUT = Layout.struct("STATIC_DATA_END");

    @Override
    public RecordType type() {
        return RecordType.STATIC_DATA_END;
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
