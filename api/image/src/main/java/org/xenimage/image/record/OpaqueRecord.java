package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * A record of a type that the specification does not define, kept verbatim.
 * {@link RecordType#optional} tells whether a receiver may ignore it.
 *
 * @param type from the record's header
 * @param body its bytes
 */
public record OpaqueRecord(RecordType type, FieldValue.Bytes body) implements XenRecord {
    static final Layout LAYOUT = Layout.struct("an opaque record", Layout.rest("body"));

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder().add("body", body).build();
    }

    @Override
    public byte[] encode(RecordContext context) {
        return body.toArray();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
