package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * A blob of the toolstack's (libxc-migration-stream, section TOOLSTACK). Deprecated there: no release of Xen writes it.
 *
 * @param contents up to the end
 */
public record Toolstack(FieldValue.Bytes contents) implements XenRecord {
    static final Layout LAYOUT = Layout.struct("TOOLSTACK", Layout.rest("data"));

    static Toolstack of(FieldValue.Group fields) {
        return new Toolstack(fields.bytes("data"));
    }

    @Override
    public RecordType type() {
        return RecordType.TOOLSTACK;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder().add("data", contents).build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
