package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.List;
import java.util.Optional;

/**
 * MSRs of one vCPU of a PV guest (libxc-migration-stream, section X86_PV_VCPU_BASIC, EXTENDED, XSAVE, MSRS;
 * {@code domctl.h}, {@code xen_domctl_vcpu_msr}).
 *
 * <pre>
 *   0  u32 vcpu_id
 *   4  u32 reserved
 *   8  msrs up to the end: u32 index, u32 reserved, u64 value
 * </pre>
 *
 * <p>Xen 4.6 to 4.8 could write a record with no MSRs; it decodes (section Errata).
 *
 * @param vcpuId which vCPU
 * @param reserved verbatim
 * @param msrs in the order of the wire
 */
public record VcpuMsrs(long vcpuId, long reserved, List<Msr> msrs) implements XenRecord {
    static final Layout LAYOUT =
            Layout.struct(
                    "X86_PV_VCPU_MSRS",
                    Layout.u32("vcpu_id"),
                    Layout.u32("reserved"),
                    Layout.repeatedToEnd(
                            "msrs",
                            Layout.struct(
                                    "xen_domctl_vcpu_msr",
                                    Layout.u32("index"),
                                    Layout.u32("reserved"),
                                    Layout.u64("value"))));

    /** Copies the list. */
    public VcpuMsrs {
        msrs = List.copyOf(msrs);
    }

    /**
     * One MSR.
     *
     * @param index of the MSR
     * @param reserved verbatim
     * @param value unsigned
     */
    public record Msr(long index, long reserved, long value) {}

    static VcpuMsrs of(FieldValue.Group fields) {
        return new VcpuMsrs(
                fields.unsigned("vcpu_id"),
                fields.unsigned("reserved"),
                fields.sequence("msrs").stream()
                        .map(FieldValue.Group.class::cast)
                        .map(msr ->
                                new Msr(
                                        msr.unsigned("index"),
                                        msr.unsigned("reserved"),
                                        msr.unsigned("value")))
                        .toList());
    }

    @Override
    public RecordType type() {
        return RecordType.X86_PV_VCPU_MSRS;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder()
                .u32("vcpu_id", vcpuId)
                .u32("reserved", reserved)
                .groups(
                        "msrs",
                        msrs.stream()
                                .map(msr ->
                                        new GroupBuilder()
                                                .u32("index", msr.index())
                                                .u32("reserved", msr.reserved())
                                                .u64("value", msr.value())
                                                .build())
                                .toList())
                .build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
