package org.xenimage.image.record;

import static org.xenimage.image.layout.Layout.array;
import static org.xenimage.image.layout.Layout.bytes;
import static org.xenimage.image.layout.Layout.count;
import static org.xenimage.image.layout.Layout.counted;
import static org.xenimage.image.layout.Layout.group;
import static org.xenimage.image.layout.Layout.numbers;
import static org.xenimage.image.layout.Layout.pad;
import static org.xenimage.image.layout.Layout.rest;
import static org.xenimage.image.layout.Layout.spaced;
import static org.xenimage.image.layout.Layout.struct;
import static org.xenimage.image.layout.Layout.u16;
import static org.xenimage.image.layout.Layout.u32;
import static org.xenimage.image.layout.Layout.u64;
import static org.xenimage.image.layout.Layout.u8;

import org.xenimage.image.layout.Layout;

/**
 * The layouts of the entries of an HVM context ({@code hvm/save.h}, {@code arch-x86/hvm/save.h}).
 *
 * <p>If a structure grew, the shorter ones of older releases are listed too: Xen itself reads them
 * as if the members that are missing were zero.
 */
final class HvmLayouts {
    static final LayoutChoice END = LayoutChoice.of(struct("hvm_save_end"));

    static final LayoutChoice HEADER =
            LayoutChoice.of(
                    struct(
                            "hvm_save_header",
                            u32("magic"),
                            u32("version"),
                            u64("changeset"),
                            u32("cpuid"),
                            u32("gtsc_khz")));

    private static final Layout CPU_BEFORE_TSC_AUX =
            struct(
                    "hvm_hw_cpu",
                    bytes("fpu_regs", 512),
                    u64("rax"),
                    u64("rbx"),
                    u64("rcx"),
                    u64("rdx"),
                    u64("rbp"),
                    u64("rsi"),
                    u64("rdi"),
                    u64("rsp"),
                    u64("r8"),
                    u64("r9"),
                    u64("r10"),
                    u64("r11"),
                    u64("r12"),
                    u64("r13"),
                    u64("r14"),
                    u64("r15"),
                    u64("rip"),
                    u64("rflags"),
                    u64("cr0"),
                    u64("cr2"),
                    u64("cr3"),
                    u64("cr4"),
                    u64("dr0"),
                    u64("dr1"),
                    u64("dr2"),
                    u64("dr3"),
                    u64("dr6"),
                    u64("dr7"),
                    u32("cs_sel"),
                    u32("ds_sel"),
                    u32("es_sel"),
                    u32("fs_sel"),
                    u32("gs_sel"),
                    u32("ss_sel"),
                    u32("tr_sel"),
                    u32("ldtr_sel"),
                    u32("cs_limit"),
                    u32("ds_limit"),
                    u32("es_limit"),
                    u32("fs_limit"),
                    u32("gs_limit"),
                    u32("ss_limit"),
                    u32("tr_limit"),
                    u32("ldtr_limit"),
                    u32("idtr_limit"),
                    u32("gdtr_limit"),
                    u64("cs_base"),
                    u64("ds_base"),
                    u64("es_base"),
                    u64("fs_base"),
                    u64("gs_base"),
                    u64("ss_base"),
                    u64("tr_base"),
                    u64("ldtr_base"),
                    u64("idtr_base"),
                    u64("gdtr_base"),
                    u32("cs_arbytes"),
                    u32("ds_arbytes"),
                    u32("es_arbytes"),
                    u32("fs_arbytes"),
                    u32("gs_arbytes"),
                    u32("ss_arbytes"),
                    u32("tr_arbytes"),
                    u32("ldtr_arbytes"),
                    u64("sysenter_cs"),
                    u64("sysenter_esp"),
                    u64("sysenter_eip"),
                    u64("shadow_gs"),
                    u64("msr_flags"),
                    u64("msr_lstar"),
                    u64("msr_star"),
                    u64("msr_cstar"),
                    u64("msr_syscall_mask"),
                    u64("msr_efer"));

    /** Today's; the one before flags; the compat one of the header, which lacks msr_tsc_aux too. */
    static final LayoutChoice CPU =
            LayoutChoice.of(
                    CPU_BEFORE_TSC_AUX.and(
                            u64("msr_tsc_aux"),
                            u64("tsc"),
                            u32("pending_event"),
                            u32("error_code"),
                            u32("flags"),
                            pad("pad0", 4)),
                    CPU_BEFORE_TSC_AUX.and(
                            u64("msr_tsc_aux"),
                            u64("tsc"),
                            u32("pending_event"),
                            u32("error_code")),
                    CPU_BEFORE_TSC_AUX.and(u64("tsc"), u32("pending_event"), u32("error_code")));

    /**
     * Bit fields stay in their bytes. {@code init_state_priority_add}: bits 0 to 3 init_state, 4 to 7 priority_add.
     * {@code modes}: from bit 0 readsel_isr, poll, auto_eoi, rotate_on_auto_eoi, special_fully_nested_mode,
     * special_mask_mode, is_master.
     */
    static final LayoutChoice PIC =
            LayoutChoice.of(
                    struct(
                            "hvm_hw_vpic",
                            u8("irr"),
                            u8("imr"),
                            u8("isr"),
                            u8("irq_base"),
                            u8("init_state_priority_add"),
                            u8("modes"),
                            u8("elcr"),
                            u8("int_output")));

    /** Each entry of redirtbl: vector in bits 0 to 7, mask in bit 16, dest_id in bits 56 to 63. */
    static final LayoutChoice IOAPIC =
            LayoutChoice.of(
                    struct(
                            "hvm_hw_vioapic",
                            u64("base_address"),
                            u32("ioregsel"),
                            u32("id"),
                            numbers("redirtbl", 48, 8)));

    private static final Layout LAPIC_TODAY =
            struct(
                    "hvm_hw_lapic",
                    u64("apic_base_msr"),
                    u32("disabled"),
                    u32("timer_divisor"),
                    u64("tdt_msr"),
                    u32("pending_esr"),
                    pad("_pad", 4));

    static final LayoutChoice LAPIC =
            LayoutChoice.of(
                    LAPIC_TODAY, LAPIC_TODAY.before("pending_esr"), LAPIC_TODAY.before("tdt_msr"));

    /** The registers at the offsets of the APIC's own page, each 32 bits wide and 16 bytes from the next. */
    static final LayoutChoice LAPIC_REGS =
            LayoutChoice.of(
                    struct(
                            "hvm_hw_lapic_regs",
                            pad("_res_000", 0x20),
                            u32("id"),
                            pad("_res_024", 12),
                            u32("version"),
                            pad("_res_034", 0x4c),
                            u32("tpr"),
                            pad("_res_084", 12),
                            u32("apr"),
                            pad("_res_094", 12),
                            u32("ppr"),
                            pad("_res_0a4", 12),
                            u32("eoi"),
                            pad("_res_0b4", 12),
                            u32("rrd"),
                            pad("_res_0c4", 12),
                            u32("ldr"),
                            pad("_res_0d4", 12),
                            u32("dfr"),
                            pad("_res_0e4", 12),
                            u32("svr"),
                            pad("_res_0f4", 12),
                            spaced("isr", 8, 4, 16),
                            spaced("tmr", 8, 4, 16),
                            spaced("irr", 8, 4, 16),
                            u32("esr"),
                            pad("_res_284", 0x6c),
                            u32("lvt_cmci"),
                            pad("_res_2f4", 12),
                            u32("icr"),
                            pad("_res_304", 12),
                            u32("icr2"),
                            pad("_res_314", 12),
                            u32("lvt_timer"),
                            pad("_res_324", 12),
                            u32("lvt_thermal"),
                            pad("_res_334", 12),
                            u32("lvt_performance"),
                            pad("_res_344", 12),
                            u32("lvt_lint0"),
                            pad("_res_354", 12),
                            u32("lvt_lint1"),
                            pad("_res_364", 12),
                            u32("lvt_error"),
                            pad("_res_374", 12),
                            u32("timer_initial"),
                            pad("_res_384", 12),
                            u32("timer_current"),
                            pad("_res_394", 0x4c),
                            u32("timer_divide"),
                            pad("_res_3e4", 0x1c)));

    static final LayoutChoice PCI_IRQ =
            LayoutChoice.of(struct("hvm_hw_pci_irqs", numbers("i", 2, 8)));

    static final LayoutChoice ISA_IRQ =
            LayoutChoice.of(struct("hvm_hw_isa_irqs", numbers("i", 1, 8)));

    static final LayoutChoice PCI_LINK =
            LayoutChoice.of(struct("hvm_hw_pci_link", numbers("route", 4, 1), pad("pad0", 4)));

    private static final Layout PIT_CHANNEL =
            struct(
                    "hvm_hw_pit_channel",
                    u32("count"),
                    u16("latched_count"),
                    u8("count_latched"),
                    u8("status_latched"),
                    u8("status"),
                    u8("read_state"),
                    u8("write_state"),
                    u8("write_latch"),
                    u8("rw_mode"),
                    u8("mode"),
                    u8("bcd"),
                    u8("gate"));

    static final LayoutChoice PIT =
            LayoutChoice.of(
                    struct(
                            "hvm_hw_pit",
                            array("channels", 3, PIT_CHANNEL),
                            u32("speaker_data_on"),
                            pad("pad0", 4)));

    /** {@code rtc_offset} is a signed number of seconds, shown unsigned. */
    static final LayoutChoice RTC =
            LayoutChoice.of(
                    struct(
                            "hvm_hw_rtc",
                            bytes("cmos_data", 14),
                            u8("cmos_index"),
                            pad("pad0", 1),
                            u64("rtc_offset")));

    private static final Layout HPET_TIMER =
            struct("hvm_hw_hpet_timer", u64("config"), u64("cmp"), u64("fsb"), pad("res4", 8));

    static final LayoutChoice HPET =
            LayoutChoice.of(
                    struct(
                            "hvm_hw_hpet",
                            u64("capability"),
                            pad("res0", 8),
                            u64("config"),
                            pad("res1", 8),
                            u64("isr"),
                            pad("res2", 25 * 8),
                            u64("mc64"),
                            pad("res3", 8),
                            array("timers", 3, HPET_TIMER),
                            pad("res5", 4 * (24 - 3) * 8),
                            numbers("period", 3, 8)));

    static final LayoutChoice PMTIMER =
            LayoutChoice.of(
                    struct("hvm_hw_pmtimer", u32("tmr_val"), u16("pm1a_sts"), u16("pm1a_en")));

    static final LayoutChoice MTRR =
            LayoutChoice.of(
                    struct(
                            "hvm_hw_mtrr",
                            u64("msr_pat_cr"),
                            numbers("msr_mtrr_var", 16, 8),
                            numbers("msr_mtrr_fixed", 11, 8),
                            u64("msr_mtrr_cap"),
                            u64("msr_mtrr_def_type")));

    private static final Layout VIRIDIAN_DOMAIN_TODAY =
            struct(
                    "hvm_viridian_domain_context",
                    u64("hypercall_gpa"),
                    u64("guest_os_id"),
                    u64("time_ref_count"),
                    u64("reference_tsc"));

    static final LayoutChoice VIRIDIAN_DOMAIN =
            LayoutChoice.of(
                    VIRIDIAN_DOMAIN_TODAY,
                    VIRIDIAN_DOMAIN_TODAY.before("reference_tsc"),
                    VIRIDIAN_DOMAIN_TODAY.before("time_ref_count"));

    /** The legacy region and the header that every XSAVE area begins with; what follows depends on xcomp_bv. */
    static final Layout XSAVE_AREA =
            struct(
                    "save_area",
                    bytes("fpu_sse", 512),
                    group(
                            "xsave_hdr",
                            struct(
                                    "xsave_hdr",
                                    u64("xstate_bv"),
                                    u64("xcomp_bv"),
                                    pad("reserved", 48))),
                    rest("extended"));

    static final LayoutChoice CPU_XSAVE =
            LayoutChoice.of(
                    struct(
                            "hvm_hw_cpu_xsave",
                            u64("xfeature_mask"),
                            u64("xcr0"),
                            u64("xcr0_accum"),
                            group("save_area", XSAVE_AREA)));

    private static final Layout VIRIDIAN_VCPU_TODAY =
            struct(
                    "hvm_viridian_vcpu_context",
                    u64("vp_assist_msr"),
                    u8("apic_assist_pending"),
                    pad("_pad", 7),
                    u64("simp_msr"),
                    numbers("sint_msr", 16, 8),
                    numbers("stimer_config_msr", 4, 8),
                    numbers("stimer_count_msr", 4, 8));

    static final LayoutChoice VIRIDIAN_VCPU =
            LayoutChoice.of(
                    VIRIDIAN_VCPU_TODAY,
                    VIRIDIAN_VCPU_TODAY.before("stimer_config_msr"),
                    VIRIDIAN_VCPU_TODAY.before("simp_msr"),
                    VIRIDIAN_VCPU_TODAY.before("apic_assist_pending"));

    /** Also the end of X86_PV_VCPU_EXTENDED. */
    static final Layout VMCE =
            struct(
                    "hvm_vmce_vcpu",
                    u64("caps"),
                    u64("mci_ctl2_bank0"),
                    u64("mci_ctl2_bank1"),
                    u64("mcg_ext_ctl"));

    static final LayoutChoice VMCE_VCPU =
            LayoutChoice.of(VMCE, VMCE.before("mcg_ext_ctl"), VMCE.before("mci_ctl2_bank0"));

    static final LayoutChoice TSC_ADJUST =
            LayoutChoice.of(struct("hvm_tsc_adjust", u64("tsc_adjust")));

    static final LayoutChoice CPU_MSR =
            LayoutChoice.of(
                    struct(
                            "hvm_msr",
                            count("count", 4),
                            pad("_pad", 4),
                            counted(
                                    "msr",
                                    struct(
                                            "hvm_one_msr",
                                            u32("index"),
                                            u32("_rsvd"),
                                            u64("val")))));

    private HvmLayouts() {}

    static LayoutChoice of(HvmEntryType type) {
        return switch (type) {
            case END -> END;
            case HEADER -> HEADER;
            case CPU -> CPU;
            case PIC -> PIC;
            case IOAPIC -> IOAPIC;
            case LAPIC -> LAPIC;
            case LAPIC_REGS -> LAPIC_REGS;
            case PCI_IRQ -> PCI_IRQ;
            case ISA_IRQ -> ISA_IRQ;
            case PCI_LINK -> PCI_LINK;
            case PIT -> PIT;
            case RTC -> RTC;
            case HPET -> HPET;
            case PMTIMER -> PMTIMER;
            case MTRR -> MTRR;
            case VIRIDIAN_DOMAIN -> VIRIDIAN_DOMAIN;
            case CPU_XSAVE -> CPU_XSAVE;
            case VIRIDIAN_VCPU -> VIRIDIAN_VCPU;
            case VMCE_VCPU -> VMCE_VCPU;
            case TSC_ADJUST -> TSC_ADJUST;
            case CPU_MSR -> CPU_MSR;
        };
    }
}
