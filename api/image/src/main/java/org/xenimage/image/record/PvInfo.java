package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * What a PV guest is (libxc-migration-stream, section X86_PV_INFO).
 *
 * <pre>
 *   0  u8 guest_width  bytes of the guest's word: 4 or 8
 *   1  u8 pt_levels    levels of its page tables: 3 or 4
 *   2  6 bytes, reserved
 * </pre>
 *
 * @param guestWidth bytes of the guest's word: 4 or 8
 * @param ptLevels levels of its page tables: 3 or 4
 * @param reserved the six reserved bytes verbatim
 */
public record PvInfo(int guestWidth, int ptLevels, FieldValue.Bytes reserved) implements XenRecord {
    static final Layout LAYOUT =
            Layout.struct(
                    "X86_PV_INFO",
                    Layout.u8("guest_width").allow(4, 8),
                    Layout.u8("pt_levels").allow(3, 4),
                    Layout.bytes("reserved", 6));

    static PvInfo of(FieldValue.Group fields) {
        return new PvInfo(
                (int) fields.unsigned("guest_width"),
                (int) fields.unsigned("pt_levels"),
                fields.bytes("reserved"));
    }

    @Override
    public RecordType type() {
        return RecordType.X86_PV_INFO;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder()
                .u8("guest_width", guestWidth)
                .u8("pt_levels", ptLevels)
                .add("reserved", reserved)
                .build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
