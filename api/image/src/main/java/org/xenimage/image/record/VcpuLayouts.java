package org.xenimage.image.record;

import static org.xenimage.image.layout.Layout.array;
import static org.xenimage.image.layout.Layout.bytes;
import static org.xenimage.image.layout.Layout.group;
import static org.xenimage.image.layout.Layout.numbers;
import static org.xenimage.image.layout.Layout.pad;
import static org.xenimage.image.layout.Layout.rest;
import static org.xenimage.image.layout.Layout.struct;
import static org.xenimage.image.layout.Layout.u16;
import static org.xenimage.image.layout.Layout.u32;
import static org.xenimage.image.layout.Layout.u64;
import static org.xenimage.image.layout.Layout.u8;

import org.xenimage.image.layout.Layout;

import java.util.List;

/**
 * The layouts of X86_PV_VCPU_BASIC, EXTENDED and XSAVE ({@code arch-x86/xen.h}, {@code arch-x86/xen-x86_64.h},
 * {@code arch-x86/xen-x86_32.h}, {@code domctl.h}).
 */
final class VcpuLayouts {
    /** The header that all vCPU records have; some releases of Xen wrote nothing else. */
    static final Layout EMPTY = struct("X86_PV_VCPU", u32("vcpu_id"), u32("reserved"));

    private static final Layout USER_REGS_64 =
            struct(
                    "cpu_user_regs",
                    u64("r15"),
                    u64("r14"),
                    u64("r13"),
                    u64("r12"),
                    u64("rbp"),
                    u64("rbx"),
                    u64("r11"),
                    u64("r10"),
                    u64("r9"),
                    u64("r8"),
                    u64("rax"),
                    u64("rcx"),
                    u64("rdx"),
                    u64("rsi"),
                    u64("rdi"),
                    u32("error_code"),
                    u32("entry_vector"),
                    u64("rip"),
                    u16("cs"),
                    pad("_pad0", 2),
                    u8("saved_upcall_mask"),
                    pad("_pad1", 3),
                    u64("rflags"),
                    u64("rsp"),
                    u16("ss"),
                    pad("_pad2", 6),
                    u16("es"),
                    pad("_pad3", 6),
                    u16("ds"),
                    pad("_pad4", 6),
                    u16("fs"),
                    pad("_pad5", 6),
                    u16("gs"),
                    pad("_pad6", 6));

    private static final Layout USER_REGS_32 =
            struct(
                    "cpu_user_regs",
                    u32("ebx"),
                    u32("ecx"),
                    u32("edx"),
                    u32("esi"),
                    u32("edi"),
                    u32("ebp"),
                    u32("eax"),
                    u16("error_code"),
                    u16("entry_vector"),
                    u32("eip"),
                    u16("cs"),
                    u8("saved_upcall_mask"),
                    pad("_pad0", 1),
                    u32("eflags"),
                    u32("esp"),
                    u16("ss"),
                    pad("_pad1", 2),
                    u16("es"),
                    pad("_pad2", 2),
                    u16("ds"),
                    pad("_pad3", 2),
                    u16("fs"),
                    pad("_pad4", 2),
                    u16("gs"),
                    pad("_pad5", 2));

    private static final Layout TRAP_64 =
            struct(
                    "trap_info",
                    u8("vector"),
                    u8("flags"),
                    u16("cs"),
                    pad("_pad", 4),
                    u64("address"));

    private static final Layout TRAP_32 =
            struct("trap_info", u8("vector"), u8("flags"), u16("cs"), u32("address"));

    private static final LayoutChoice BASIC_64 =
            LayoutChoice.of(
                    EMPTY.and(
                            bytes("fpu_ctxt", 512),
                            u64("flags"),
                            group("user_regs", USER_REGS_64),
                            array("trap_ctxt", 256, TRAP_64),
                            u64("ldt_base"),
                            u64("ldt_ents"),
                            numbers("gdt_frames", 16, 8),
                            u64("gdt_ents"),
                            u64("kernel_ss"),
                            u64("kernel_sp"),
                            numbers("ctrlreg", 8, 8),
                            numbers("debugreg", 8, 8),
                            u64("event_callback_eip"),
                            u64("failsafe_callback_eip"),
                            u64("syscall_callback_eip"),
                            u64("vm_assist"),
                            u64("fs_base"),
                            u64("gs_base_kernel"),
                            u64("gs_base_user")),
                    EMPTY);

    private static final LayoutChoice BASIC_32 =
            LayoutChoice.of(
                    EMPTY.and(
                            bytes("fpu_ctxt", 512),
                            u32("flags"),
                            group("user_regs", USER_REGS_32),
                            array("trap_ctxt", 256, TRAP_32),
                            u32("ldt_base"),
                            u32("ldt_ents"),
                            numbers("gdt_frames", 16, 4),
                            u32("gdt_ents"),
                            u32("kernel_ss"),
                            u32("kernel_sp"),
                            numbers("ctrlreg", 8, 4),
                            numbers("debugreg", 8, 4),
                            u32("event_callback_cs"),
                            u32("event_callback_eip"),
                            u32("failsafe_callback_cs"),
                            u32("failsafe_callback_eip"),
                            u32("vm_assist")),
                    EMPTY);

    private static final Layout CALLBACKS =
            EMPTY.and(
                    u32("vcpu"),
                    u32("size"),
                    u64("syscall32_callback_eip"),
                    u64("sysenter_callback_eip"),
                    u16("syscall32_callback_cs"),
                    u16("sysenter_callback_cs"),
                    u8("syscall32_disables_events"),
                    u8("sysenter_disables_events"),
                    pad("_pad", 2));

    static final LayoutChoice EXTENDED =
            LayoutChoice.of(
                    CALLBACKS.and(group("vmce", HvmLayouts.VMCE)),
                    CALLBACKS.and(group("vmce", HvmLayouts.VMCE.before("mcg_ext_ctl"))),
                    CALLBACKS.and(group("vmce", HvmLayouts.VMCE.before("mci_ctl2_bank0"))),
                    CALLBACKS,
                    EMPTY,
                    EMPTY.and(rest("context")));

    private static final Layout XCR0 = EMPTY.and(u64("xcr0"), u64("xcr0_accum"));

    static final LayoutChoice XSAVE =
            LayoutChoice.of(
                    XCR0.and(group("save_area", HvmLayouts.XSAVE_AREA)),
                    EMPTY,
                    XCR0.and(rest("save_area")));

    private VcpuLayouts() {}

    static LayoutChoice basic(RecordContext context) {
        return context.guestWidth() == 4 ? BASIC_32 : BASIC_64;
    }

    /** {@return every layout that vCPU records have had, for checks of their lengths} */
    static List<LayoutChoice> all() {
        return List.of(BASIC_64, BASIC_32, EXTENDED, XSAVE);
    }
}
