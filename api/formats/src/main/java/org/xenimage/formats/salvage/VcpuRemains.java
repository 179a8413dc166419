package org.xenimage.formats.salvage;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/**
 * The intact part of a record with the registers of vCPUs that is truncated or damaged.
 *
 * <pre>
 *   HVM_CONTEXT        the intact entries and an END; at least the CPU entry of one vCPU
 *   X86_PV_VCPU_BASIC  the bytes that are there, then zeros; at least up to the end of user_regs
 * </pre>
 *
 * <p>For one record and one thread.
 */
final class VcpuRemains {
    private static final int DESCRIPTOR = 8;
    private static final int HEADER_TYPE = 1;
    private static final int CPU_TYPE = 2;

    /** Xen's longest entry, CPU_XSAVE, has 11 KiB with AMX. */
    private static final long ENTRY_MAX = 1 << 16;

    /** vcpu_id and reserved, fpu_ctxt, flags, user_regs. */
    private static final int REGISTERS_64 = 8 + 512 + 8 + 200;

    private static final int REGISTERS_32 = 8 + 512 + 4 + 68;
    private static final int BODY_64 = 8 + 5168;
    private static final int BODY_32 = 8 + 2800;

    private final SparseBytes in;
    private final long body;
    private final long length;
    private final RecordContext context;
    private long taken;

    VcpuRemains(SparseBytes in, RecordHeader record, RecordContext context) {
        this.in = in;
        this.body = record.offset() + RecordFrame.HEADER_LENGTH;
        this.length = record.bodyLength();
        this.context = context;
    }

    /** Where the intact part ends. */
    long end() {
        return body + taken;
    }

    /** A body made from the intact part; empty if the record is of another type or has too little. */
    Optional<MemorySegment> of(RecordType type) throws IOException {
        if (type.equals(RecordType.HVM_CONTEXT)) return context();
        return type.equals(RecordType.X86_PV_VCPU_BASIC) ? basic() : Optional.empty();
    }

    private Optional<MemorySegment> context() throws IOException {
        var entries = new ByteArrayOutputStream();
        ValueLayout.OfShort u16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(context.order());
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(context.order());
        boolean registers = false;
        while (in.intact(body + taken, DESCRIPTOR) && taken + DESCRIPTOR <= length) {
            MemorySegment head = read(taken, DESCRIPTOR);
            int type = Short.toUnsignedInt(head.get(u16, 0));
            long bytes = DESCRIPTOR + Integer.toUnsignedLong(head.get(u32, 4));
            boolean first = taken == 0;
            if (first != (type == HEADER_TYPE) || type == HvmEntryType.END.code()) break;
            if (bytes > ENTRY_MAX || taken + bytes > length) break;
            if (!in.intact(body + taken, bytes)) break;
            entries.writeBytes(read(taken, bytes).toArray(ValueLayout.JAVA_BYTE));
            registers |= type == CPU_TYPE;
            taken += bytes;
        }
        if (!registers) return Optional.empty();
        entries.writeBytes(new byte[DESCRIPTOR]);
        return Optional.of(MemorySegment.ofArray(entries.toByteArray()));
    }

    private Optional<MemorySegment> basic() throws IOException {
        boolean narrow = context.guestWidth() == 4;
        if (length != (narrow ? BODY_32 : BODY_64)) return Optional.empty();
        while (taken < length && in.intact(body + taken, 1)) taken++;
        if (taken == length || taken < (narrow ? REGISTERS_32 : REGISTERS_64))
            return Optional.empty();
        byte[] some = read(0, taken).toArray(ValueLayout.JAVA_BYTE);
        return Optional.of(MemorySegment.ofArray(Arrays.copyOf(some, (int) length)));
    }

    private MemorySegment read(long at, long bytes) throws IOException {
        MemorySegment into = MemorySegment.ofArray(new byte[(int) bytes]);
        in.read(body + at, into);
        return into;
    }
}
