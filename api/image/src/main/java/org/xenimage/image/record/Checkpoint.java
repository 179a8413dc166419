package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * What came before is one consistent state of the guest (libxc-migration-stream, section
 * CHECKPOINT). The libxl stream continues after it.
 *
 * <p>It has no fields; its body has no bytes.
 */
public record Checkpoint() implements XenRecord {
    private static final Layout LAYOUT = Layout.struct("CHECKPOINT");

    @Override
    public RecordType type() {
        return RecordType.CHECKPOINT;
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
