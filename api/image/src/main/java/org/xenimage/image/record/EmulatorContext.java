package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;
import java.util.SequencedMap;

/**
 * The state of the device model (libxl-migration-stream, section EMULATOR_CONTEXT).
 *
 * <pre>
 *   0  u32 emulator_id  see {@link Emulators}
 *   4  u32 index        of the emulator for the domain
 *   8  emulator_ctx     up to the end, in the emulator's own format
 * </pre>
 *
 * @param emulatorId which emulator
 * @param index of the emulator for the domain
 * @param state in the emulator's own format
 */
public record EmulatorContext(long emulatorId, long index, FieldValue.Bytes state)
        implements XenRecord {
    static final Layout LAYOUT =
            Layout.struct(
                    "EMULATOR_CONTEXT",
                    Layout.u32("emulator_id"),
                    Layout.u32("index"),
                    Layout.rest("emulator_ctx"));

    static EmulatorContext of(FieldValue.Group fields) {
        return new EmulatorContext(
                fields.unsigned("emulator_id"),
                fields.unsigned("index"),
                fields.bytes("emulator_ctx"));
    }

    @Override
    public SequencedMap<String, String> names() {
        return Emulators.names(emulatorId);
    }

    @Override
    public RecordType type() {
        return RecordType.EMULATOR_CONTEXT;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder()
                .u32("emulator_id", emulatorId)
                .u32("index", index)
                .add("emulator_ctx", state)
                .build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
