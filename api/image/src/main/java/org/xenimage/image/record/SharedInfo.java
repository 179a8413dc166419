package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Optional;

/**
 * The shared info page of a PV guest (libxc-migration-stream, section SHARED_INFO; {@code xen.h},
 * {@code shared_info}).
 *
 * <pre>
 *        64-bit  32-bit
 *     0       0          vcpu_info[32]: evtchn_upcall_pending, evtchn_upcall_mask, evtchn_pending_sel, arch, time
 *  2048    2048          evtchn_pending[], evtchn_mask[]: 64 or 32 words each
 *  3072    2304          u32 wc_version, u32 wc_sec, u32 wc_nsec, and of a 64-bit guest u32 wc_sec_hi
 *  3088    2316          arch: max_pfn, pfn_to_mfn_frame_list_list, nmi_reason, p2m_cr3, p2m_vaddr, p2m_generation,
 *                        and of a 32-bit guest u32 wc_sec_hi
 *  3136    2344          the rest of the page
 * </pre>
 *
 * <p>The body has exactly 4,096 bytes. Times are in seconds and nanoseconds since the epoch; {@code tsc_shift} is a
 * signed byte, shown unsigned.
 *
 * @param fields by the names of the header
 */
public record SharedInfo(FieldValue.Group fields) implements XenRecord {
    @Override
    public RecordType type() {
        return RecordType.SHARED_INFO;
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(SharedInfoLayouts.page(context));
    }
}
