package org.xenimage.image.rewrite;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The state of a device model, which is an EMULATOR_CONTEXT record of libxl and a frame of xenopsd: the record has
 * {@code u32 emulator_id} and {@code u32 index} before the state, the frame has the state only.
 */
final class EmulatorState {
    private static final int HEADER_LENGTH = 8;
    private static final int QEMU_TRADITIONAL = 1;
    private static final int QEMU_UPSTREAM = 2;

    private EmulatorState() {}

    /** {@return whether a frame of xenopsd has the state of a device model that libxl knows} */
    static boolean inFrame(RecordFrame frame) {
        return frame.type().equals(RecordType.QEMU_TRAD)
                || frame.type().equals(RecordType.QEMU_XEN);
    }

    /** {@return whether a record of libxl has such a state} */
    static boolean inRecord(RecordFrame record) {
        return record.type().equals(RecordType.EMULATOR_CONTEXT)
                && record.bodyLength() >= HEADER_LENGTH;
    }

    /** {@return the record of libxl with the state of a frame} */
    static RecordFrame record(RecordFrame frame, RecordContext context) throws IOException {
        MemorySegment state = frame.body();
        MemorySegment body =
                MemorySegment.ofArray(new byte[Math.toIntExact(HEADER_LENGTH + state.byteSize())]);
        int id = frame.type().equals(RecordType.QEMU_TRAD) ? QEMU_TRADITIONAL : QEMU_UPSTREAM;
        body.set(ValueLayout.JAVA_INT_UNALIGNED.withOrder(context.order()), 0, id);
        body.asSlice(HEADER_LENGTH).copyFrom(state);
        return RecordFrame.of(RecordType.EMULATOR_CONTEXT, context, body);
    }

    /** {@return the frame of xenopsd with the state of a record} */
    static RecordFrame frame(RecordFrame record) throws IOException {
        MemorySegment body = record.body();
        int id = body.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(record.context().order()), 0);
        RecordType type = id == QEMU_TRADITIONAL ? RecordType.QEMU_TRAD : RecordType.QEMU_XEN;
        return RecordFrame.of(type, RecordContext.X86_64, body.asSlice(HEADER_LENGTH));
    }
}
