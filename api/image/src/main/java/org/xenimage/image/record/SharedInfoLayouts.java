package org.xenimage.image.record;

import static org.xenimage.image.layout.Layout.array;
import static org.xenimage.image.layout.Layout.bytes;
import static org.xenimage.image.layout.Layout.group;
import static org.xenimage.image.layout.Layout.numbers;
import static org.xenimage.image.layout.Layout.pad;
import static org.xenimage.image.layout.Layout.struct;
import static org.xenimage.image.layout.Layout.u32;
import static org.xenimage.image.layout.Layout.u64;
import static org.xenimage.image.layout.Layout.u8;
import static org.xenimage.image.layout.Layout.word;

import org.xenimage.image.layout.Layout;

/** The layouts of the shared info page, of 64-bit and of 32-bit guests ({@code xen.h}, {@code arch-x86/xen.h}). */
final class SharedInfoLayouts {
    private static final int PAGE = 4096;
    private static final int LEGACY_MAX_VCPUS = 32;

    private static final Layout TIME =
            struct(
                    "vcpu_time_info",
                    u32("version"),
                    pad("pad0", 4),
                    u64("tsc_timestamp"),
                    u64("system_time"),
                    u32("tsc_to_system_mul"),
                    u8("tsc_shift"),
                    u8("flags"),
                    pad("pad1", 2));

    private static final Layout PAGE_64 = page(8);
    private static final Layout PAGE_32 = page(4);

    private SharedInfoLayouts() {}

    static Layout page(RecordContext context) {
        return context.guestWidth() == 4 ? PAGE_32 : PAGE_64;
    }

    private static Layout page(int width) {
        Layout vcpuInfo =
                struct(
                        "vcpu_info",
                        u8("evtchn_upcall_pending"),
                        u8("evtchn_upcall_mask"),
                        pad("_pad", width - 2),
                        word("evtchn_pending_sel", width),
                        group(
                                "arch",
                                struct(
                                        "arch_vcpu_info",
                                        word("cr2", width),
                                        pad("pad", width == 8 ? 8 : 20))),
                        group("time", TIME));
        Layout events =
                struct(
                        "shared_info",
                        array("vcpu_info", LEGACY_MAX_VCPUS, vcpuInfo),
                        numbers("evtchn_pending", width * 8, width),
                        numbers("evtchn_mask", width * 8, width),
                        u32("wc_version"),
                        u32("wc_sec"),
                        u32("wc_nsec"));
        Layout arch =
                struct(
                        "arch_shared_info",
                        word("max_pfn", width),
                        word("pfn_to_mfn_frame_list_list", width),
                        word("nmi_reason", width),
                        word("p2m_cr3", width),
                        word("p2m_vaddr", width),
                        word("p2m_generation", width));
        Layout info =
                width == 8
                        ? events.and(u32("wc_sec_hi"), group("arch", arch))
                        : events.and(group("arch", arch.and(u32("wc_sec_hi"))));
        return info.and(bytes("rest", PAGE - info.length()));
    }
}
