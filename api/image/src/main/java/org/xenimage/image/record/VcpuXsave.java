package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * The extended state of one vCPU of a PV guest (libxc-migration-stream, section X86_PV_VCPU_BASIC, EXTENDED, XSAVE,
 * MSRS; {@code domctl.h}, {@code xen_domctl_vcpuextstate}).
 *
 * <pre>
 *   0  u32 vcpu_id
 *   4  u32 reserved
 *   8  u64 xcr0, u64 xcr0_accum
 *  24  save_area: fpu_sse (512 bytes), xsave_hdr (u64 xstate_bv, u64 xcomp_bv, 48 bytes reserved),
 *      extended (up to the end, in the layout that CPUID leaf 0xd describes)
 * </pre>
 *
 * <p>A save area that is too short for its header stays a run of bytes.
 *
 * @param fields by the names of the header
 */
public record VcpuXsave(FieldValue.Group fields) implements XenRecord {
    /** {@return which vCPU} */
    public long vcpuId() {
        return fields.unsigned("vcpu_id");
    }

    /** {@return whether the record has a context; Xen 4.6 to 4.8 could write one without (section Errata)} */
    public boolean empty() {
        return VcpuLayouts.EMPTY.describes(fields);
    }

    @Override
    public RecordType type() {
        return RecordType.X86_PV_VCPU_XSAVE;
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(VcpuLayouts.XSAVE.of(fields));
    }
}
