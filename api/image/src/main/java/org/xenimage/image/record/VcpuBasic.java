package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * The registers of one vCPU of a PV guest (libxc-migration-stream, section X86_PV_VCPU_BASIC, EXTENDED, XSAVE, MSRS;
 * {@code arch-x86/xen.h}, {@code vcpu_guest_context}).
 *
 * <pre>
 *   0  u32 vcpu_id
 *   4  u32 reserved
 *   8  fpu_ctxt (512 bytes), flags, user_regs, trap_ctxt[256], ldt_base, ldt_ents, gdt_frames[16], gdt_ents,
 *      kernel_ss, kernel_sp, ctrlreg[8], debugreg[8], callbacks, vm_assist
 *      fs_base, gs_base_kernel, gs_base_user    64-bit guests only
 * </pre>
 *
 * <p>The context of a 64-bit guest has 5,168 bytes, of a 32-bit one 2,800; {@link RecordContext#guestWidth} tells which
 * one it is. Frames in {@code gdt_frames} and in the page table registers are PFNs in a stream, where Xen has MFNs.
 *
 * @param fields by the names of the header
 */
public record VcpuBasic(FieldValue.Group fields) implements XenRecord {
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
        return RecordType.X86_PV_VCPU_BASIC;
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(VcpuLayouts.basic(context).of(fields));
    }
}
