package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * Callbacks and machine check state of one vCPU of a PV guest (libxc-migration-stream, section X86_PV_VCPU_BASIC,
 * EXTENDED, XSAVE, MSRS; {@code domctl.h}, {@code xen_domctl_ext_vcpucontext}).
 *
 * <pre>
 *   0  u32 vcpu_id
 *   4  u32 reserved
 *   8  u32 vcpu, u32 size                        size: bytes of this structure, these two fields included
 *  16  u64 syscall32_callback_eip, u64 sysenter_callback_eip
 *  32  u16 syscall32_callback_cs, u16 sysenter_callback_cs
 *  36  u8 syscall32_disables_events, u8 sysenter_disables_events, 2 bytes of padding
 *  40  vmce: u64 caps, u64 mci_ctl2_bank0, u64 mci_ctl2_bank1, u64 mcg_ext_ctl
 * </pre>
 *
 * <p>Older releases of Xen end before {@code vmce} or within it. A context of another length, up to the 128 bytes
 * that Xen allows, stays a run of bytes named {@code context}.
 *
 * @param fields by the names of the header
 */
public record VcpuExtended(FieldValue.Group fields) implements XenRecord {
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
        return RecordType.X86_PV_VCPU_EXTENDED;
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(VcpuLayouts.EXTENDED.of(fields));
    }
}
