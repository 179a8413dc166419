package org.xenimage.sample;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.EmulatorContext;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntry;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.HvmParams;
import org.xenimage.image.record.StaticDataEnd;
import org.xenimage.image.record.TscInfo;
import org.xenimage.image.record.XenRecord;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The state of a suspended HVM or PVH guest, apart from its pages. The devices of the platform are
 * as a Linux guest leaves them; a PVH guest has none but the local APICs.
 */
final class HvmState implements GuestState {
    /** How far a suspended vCPU's stack pointer is from the top of its stack. */
    static final int STACK_USED = 0x188;

    private static final long TSC_KHZ = 2_600_000;
    private static final long TSC_NATIVE = 2;
    private static final long VM86_LENGTH = 0x180;

    // HVM_PARAM_* of hvm/params.h.
    private static final int STORE_PFN = 1;
    private static final int IOREQ_PFN = 5;
    private static final int BUFIOREQ_PFN = 6;
    private static final int IDENT_PT = 12;
    private static final int CONSOLE_PFN = 17;
    private static final int ACPI_IOPORTS_LOCATION = 19;
    private static final int PAGING_RING_PFN = 27;
    private static final int MONITOR_RING_PFN = 28;
    private static final int SHARING_RING_PFN = 29;
    private static final int IOREQ_SERVER_PFN = 32;
    private static final int NR_IOREQ_SERVER_PAGES = 33;
    private static final int VM86_TSS_SIZED = 37;

    private static final int QEMU = 2;
    private static final HexFormat HEX = HexFormat.of();

    private final SampleImage options;
    private final HvmMemory memory;
    private final boolean platform;

    HvmState(SampleImage options, HvmMemory memory) {
        this.options = options;
        this.memory = memory;
        this.platform = options.guest() == SampleGuest.HVM;
    }

    @Override
    public List<XenRecord> beforePages() {
        return List.of(CpuPolicies.cpuid(options.guest()), CpuPolicies.msr(), new StaticDataEnd());
    }

    @Override
    public List<XenRecord> afterPages() {
        return List.of(new TscInfo(TSC_NATIVE, 0, 0, 1, 0), context(), params());
    }

    /** A QEMU state: its header, its clock, its end. QEMU leaves devices alone that are not in it. */
    @Override
    public List<XenRecord> emulator() {
        if (!platform) return List.of();
        var state = new ByteArrayOutputStream();
        state.writeBytes(KernelContents.ascii("QEVM"));
        state.writeBytes(ByteBuffer.allocate(4).putInt(3).array());
        // A full section: id, name, instance, version, cpu_ticks_offset, unused, cpu_clock_offset.
        state.write(4);
        state.writeBytes(ByteBuffer.allocate(4).putInt(0).array());
        byte[] name = KernelContents.ascii("timer");
        state.write(name.length);
        state.writeBytes(name);
        ByteBuffer timer = ByteBuffer.allocate(8 + 24).putInt(0).putInt(2);
        timer.putLong(0x2bbbb1b745L).putLong(0).putLong(10_060_121_627L);
        state.writeBytes(timer.array());
        state.write(0);
        return List.of(new EmulatorContext(QEMU, 0, FieldValue.Bytes.of(state.toByteArray())));
    }

    private HvmParams params() {
        List<HvmParams.Param> params = new ArrayList<>();
        params.add(new HvmParams.Param(STORE_PFN, HvmMemory.XENSTORE));
        params.add(new HvmParams.Param(IOREQ_PFN, HvmMemory.REQUESTS));
        params.add(new HvmParams.Param(BUFIOREQ_PFN, HvmMemory.BUFFERED_REQUESTS));
        params.add(new HvmParams.Param(PAGING_RING_PFN, HvmMemory.PAGING));
        params.add(new HvmParams.Param(MONITOR_RING_PFN, HvmMemory.MONITOR));
        params.add(new HvmParams.Param(SHARING_RING_PFN, HvmMemory.SHARING));
        if (platform) {
            long state = (VM86_LENGTH << 32) | (HvmMemory.VM86 << 12);
            params.add(new HvmParams.Param(VM86_TSS_SIZED, state));
        }
        params.add(new HvmParams.Param(CONSOLE_PFN, HvmMemory.CONSOLE));
        if (platform) params.add(new HvmParams.Param(ACPI_IOPORTS_LOCATION, 1));
        params.add(new HvmParams.Param(IDENT_PT, HvmMemory.IDENTITY_TABLE << 12));
        if (platform) {
            params.add(new HvmParams.Param(IOREQ_SERVER_PFN, HvmMemory.REQUEST_SERVERS));
            params.add(new HvmParams.Param(NR_IOREQ_SERVER_PAGES, HvmMemory.REQUEST_SERVER_COUNT));
        }
        return new HvmParams(0, params);
    }

    private HvmContext context() {
        List<HvmEntry> entries = new ArrayList<>();
        entries.add(
                SampleDraft.ofEntry(HvmEntryType.HEADER, 24)
                        .set("magic", 0x54381286)
                        .set("version", 1)
                        .set("changeset", -1)
                        .set("cpuid", CpuPolicies.SIGNATURE)
                        .set("gtsc_khz", TSC_KHZ)
                        .entry(HvmEntryType.HEADER, 0));
        forEachVcpu(entries, this::cpu);
        if (platform) interruptControllers(entries);
        forEachVcpu(entries, HvmState::lapic);
        forEachVcpu(entries, HvmState::lapicRegisters);
        entries.add(SampleDraft.ofEntry(HvmEntryType.PCI_IRQ, 16).entry(HvmEntryType.PCI_IRQ, 0));
        entries.add(SampleDraft.ofEntry(HvmEntryType.ISA_IRQ, 8).entry(HvmEntryType.ISA_IRQ, 0));
        entries.add(pciLink());
        if (platform) timers(entries);
        forEachVcpu(entries, this::mtrr);
        forEachVcpu(entries, this::xsave);
        forEachVcpu(entries, HvmState::machineCheck);
        forEachVcpu(entries, HvmState::tscAdjust);
        entries.add(SampleDraft.ofEntry(HvmEntryType.END, 0).entry(HvmEntryType.END, 0));
        return new HvmContext(entries, FieldValue.Bytes.of());
    }

    @FunctionalInterface
    private interface VcpuEntry {
        HvmEntry of(int vcpu);
    }

    private void forEachVcpu(List<HvmEntry> entries, VcpuEntry entry) {
        for (int vcpu = 0; vcpu < options.vcpus(); vcpu++) entries.add(entry.of(vcpu));
    }

    /** The registers as a hypercall finds them: 64-bit kernel, interrupts off. */
    private HvmEntry cpu(int vcpu) {
        SplittableRandom random = options.random((0x68766d63L << 8) | vcpu);
        SampleDraft cpu = SampleDraft.ofEntry(HvmEntryType.CPU, 1032);
        cpu.set("fpu_regs", ExtendedState.legacy(random));
        for (String name : List.of("rbx", "rbp", "r8", "r9", "r10", "r12", "r13", "r14", "r15")) {
            cpu.set(name, random.nextLong() >>> 16);
        }
        long stack = memory.stackTop(vcpu);
        long descriptors = GuestMemory.direct(memory.descriptorPfn(vcpu));
        cpu.set("rdi", 2)
                .set("rsi", stack - STACK_USED + 0x1c)
                .set("rsp", stack - STACK_USED)
                .set("r11", GuestMemory.KERNEL + KernelContents.WAIT)
                .set("rip", GuestMemory.KERNEL + KernelContents.RESUME_HVM)
                .set("rflags", 2)
                .set("cr0", 0x80050033L)
                .set("cr2", GuestMemory.USER_STACK + (random.nextLong() & 0xff8))
                .set("cr3", memory.processRoot() << 12)
                .set("cr4", 0x6b0)
                .set("dr6", 0xffff0ff0L)
                .set("dr7", 0x400)
                .set("cs_sel", 0x10)
                .set("ss_sel", 0x18)
                .set("tr_sel", 0x40)
                .set("cs_limit", 0xffffffffL)
                .set("ss_limit", 0xffffffffL)
                .set("tr_limit", HvmMemory.TASK_STATE_LENGTH - 1)
                .set("idtr_limit", 0xfff)
                .set("gdtr_limit", 0x7f)
                .set("gs_base", descriptors + HvmMemory.PER_VCPU)
                .set("tr_base", descriptors + HvmMemory.TASK_STATE)
                .set("idtr_base", GuestMemory.direct(memory.interruptsPfn()))
                .set("gdtr_base", descriptors)
                .set("cs_arbytes", 0xa9b)
                .set("ss_arbytes", 0xc93)
                .set("tr_arbytes", 0x8b)
                .set("msr_lstar", GuestMemory.KERNEL + KernelContents.SYSTEM_CALL)
                .set("msr_star", 0x0023001000000000L)
                .set("msr_cstar", GuestMemory.KERNEL + KernelContents.SYSTEM_CALL)
                .set("msr_syscall_mask", 0x257fd5)
                .set("msr_efer", 0xd01)
                .set("tsc", 0xeb1471aa1L)
                .set("flags", 1);
        return cpu.entry(HvmEntryType.CPU, vcpu);
    }

    private static void interruptControllers(List<HvmEntry> entries) {
        entries.add(
                SampleDraft.ofEntry(HvmEntryType.PIC, 8)
                        .set("irr", 0x10)
                        .set("imr", 0xff)
                        .set("irq_base", 0x30)
                        .set("modes", 0x44)
                        .set("elcr", 0x24)
                        .entry(HvmEntryType.PIC, 0));
        entries.add(
                SampleDraft.ofEntry(HvmEntryType.PIC, 8)
                        .set("imr", 0xff)
                        .set("irq_base", 0x38)
                        .set("elcr", 0x0c)
                        .entry(HvmEntryType.PIC, 1));
        SampleDraft pins = SampleDraft.ofEntry(HvmEntryType.IOAPIC, 400);
        pins.set("base_address", 0xfec00000L).set("ioregsel", 0x14);
        // All pins are masked, so that nothing wakes the guest.
        for (int pin = 0; pin < 48; pin++) pins.set("redirtbl[%d]".formatted(pin), 0x10000);
        entries.add(pins.entry(HvmEntryType.IOAPIC, 0));
    }

    private static HvmEntry lapic(int vcpu) {
        // The base of the page, enabled; of the first vCPU, the bootstrap processor too.
        return SampleDraft.ofEntry(HvmEntryType.LAPIC, 24)
                .set("apic_base_msr", vcpu == 0 ? 0xfee00900L : 0xfee00800L)
                .set("timer_divisor", 2)
                .entry(HvmEntryType.LAPIC, vcpu);
    }

    private static HvmEntry lapicRegisters(int vcpu) {
        SampleDraft page = SampleDraft.ofEntry(HvmEntryType.LAPIC_REGS, 1024);
        page.set("id", ((long) vcpu << 25) & 0xff000000L)
                .set("version", 0x50014)
                .set("tpr", 0x10)
                .set("ldr", 1L << (24 + vcpu % 8))
                .set("dfr", 0xffffffffL)
                .set("svr", 0x1ff);
        for (String line : List.of("timer", "thermal", "performance", "lint0", "lint1", "error")) {
            page.set("lvt_" + line, 0x10000);
        }
        return page.entry(HvmEntryType.LAPIC_REGS, vcpu);
    }

    private HvmEntry pciLink() {
        SampleDraft link = SampleDraft.ofEntry(HvmEntryType.PCI_LINK, 8);
        if (platform) {
            List<Integer> routes = List.of(5, 10, 11, 5);
            for (int i = 0; i < 4; i++) link.set("route[%d]".formatted(i), routes.get(i));
        }
        return link.entry(HvmEntryType.PCI_LINK, 0);
    }

    private static void timers(List<HvmEntry> entries) {
        SampleDraft pit = SampleDraft.ofEntry(HvmEntryType.PIT, 56);
        for (int channel = 0; channel < 3; channel++) {
            pit.set("channels[%d].count".formatted(channel), 0x10000)
                    .set("channels[%d].read_state".formatted(channel), 3)
                    .set("channels[%d].write_state".formatted(channel), 3)
                    .set("channels[%d].rw_mode".formatted(channel), 3)
                    .set("channels[%d].mode".formatted(channel), channel == 0 ? 0 : 3)
                    .set("channels[%d].gate".formatted(channel), channel == 2 ? 0 : 1);
        }
        entries.add(pit.entry(HvmEntryType.PIT, 0));
        entries.add(
                SampleDraft.ofEntry(HvmEntryType.RTC, 24)
                        .set("cmos_data", HEX.parseHex("0000000000000501012626021080"))
                        .entry(HvmEntryType.RTC, 0));
        SampleDraft hpet = SampleDraft.ofEntry(HvmEntryType.HPET, 1048);
        hpet.set("capability", 0xf424008086a201L).set("mc64", 0x5db9407dL);
        for (int timer = 0; timer < 3; timer++) {
            hpet.set("timers[%d].config".formatted(timer), 0xf0000000000030L)
                    .set("timers[%d].cmp".formatted(timer), -1);
        }
        entries.add(hpet.entry(HvmEntryType.HPET, 0));
        entries.add(
                SampleDraft.ofEntry(HvmEntryType.PMTIMER, 8)
                        .set("tmr_val", 0x11783ca8)
                        .set("pm1a_sts", 1)
                        .set("pm1a_en", 0x20)
                        .entry(HvmEntryType.PMTIMER, 0));
    }

    private HvmEntry mtrr(int vcpu) {
        SampleDraft mtrr = SampleDraft.ofEntry(HvmEntryType.MTRR, 240);
        mtrr.set("msr_pat_cr", 0x0007040600070406L)
                .set("msr_mtrr_cap", 0x508)
                .set("msr_mtrr_def_type", platform ? 0xc06 : 0x806);
        if (platform) {
            // Device memory from 0xf0000000 is uncached; below 1 MiB all but VGA is written back.
            mtrr.set("msr_mtrr_var[0]", 0xf0000000L).set("msr_mtrr_var[1]", 0xfff8000800L);
            for (int i = 0; i < 11; i++) {
                boolean display = i == 2;
                long types = display ? 0x0101010101010101L : 0x0606060606060606L;
                mtrr.set("msr_mtrr_fixed[%d]".formatted(i), types);
            }
        }
        return mtrr.entry(HvmEntryType.MTRR, vcpu);
    }

    private HvmEntry xsave(int vcpu) {
        SplittableRandom random = options.random((0x68766d63L << 8) | vcpu);
        return SampleDraft.ofEntry(HvmEntryType.CPU_XSAVE, 24 + ExtendedState.LENGTH)
                .set("xfeature_mask", ExtendedState.MASK)
                .set("xcr0", ExtendedState.MASK)
                .set("xcr0_accum", ExtendedState.MASK)
                .set("save_area.fpu_sse", ExtendedState.legacy(random))
                .set("save_area.xsave_hdr.xstate_bv", ExtendedState.MASK)
                .entry(HvmEntryType.CPU_XSAVE, vcpu);
    }

    private static HvmEntry machineCheck(int vcpu) {
        return SampleDraft.ofEntry(HvmEntryType.VMCE_VCPU, 32)
                .set("caps", 2)
                .entry(HvmEntryType.VMCE_VCPU, vcpu);
    }

    private static HvmEntry tscAdjust(int vcpu) {
        return SampleDraft.ofEntry(HvmEntryType.TSC_ADJUST, 8).entry(HvmEntryType.TSC_ADJUST, vcpu);
    }
}
