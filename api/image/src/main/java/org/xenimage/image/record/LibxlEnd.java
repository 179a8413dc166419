package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * The end of a libxl stream (libxl-migration-stream, section END).
 *
 * <p>It has no fields; its body has no bytes.
 */
public record LibxlEnd() implements XenRecord {
    private static final Layout LAYOUT = Layout.struct("END");

    @Override
    public RecordType type() {
        return RecordType.LIBXL_END;
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
