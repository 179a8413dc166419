package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * A record that its type alone describes: it has no fields, and its body no bytes (both
 * specifications, sections END, VERIFY, CHECKPOINT, STATIC_DATA_END, LIBXC_CONTEXT,
 * CHECKPOINT_END).
 */
public sealed interface FieldlessRecord extends XenRecord
        permits End, Verify, Checkpoint, StaticDataEnd, LibxlEnd, LibxcContext, CheckpointEnd {
    @Override
    default FieldValue.Group fields() {
        return new GroupBuilder().build();
    }

    @Override
    default Optional<Layout> layout(RecordContext context) {
        return Optional.of(Layout.struct(type().specName()));
    }
}
