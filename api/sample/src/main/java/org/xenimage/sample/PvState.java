package org.xenimage.sample;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.P2mFrames;
import org.xenimage.image.record.PvInfo;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.SharedInfo;
import org.xenimage.image.record.StaticDataEnd;
import org.xenimage.image.record.TscInfo;
import org.xenimage.image.record.VcpuBasic;
import org.xenimage.image.record.VcpuExtended;
import org.xenimage.image.record.VcpuXsave;
import org.xenimage.image.record.XenRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The state of a suspended PV guest, apart from its pages. */
final class PvState implements GuestState {
    /** How far a suspended vCPU's stack pointer is from the top of its stack. */
    static final int STACK_USED = 0x1b0;

    private static final int VCPU_HEADER = 8;
    private static final int CONTEXT = 5168;
    private static final int EXTENDED = 64;
    private static final long TSC_KHZ = 2_600_000;
    private static final long NANOSECONDS = 10_060_121_627L;

    /** TSC cycles to nanoseconds for that frequency: 2^32 × 10^6 / khz, with a shift of 0. */
    private static final long TSC_MULTIPLIER = (1L << 32) * 1_000_000 / TSC_KHZ;

    /** 2026-01-01 00:00:00 UTC. */
    private static final long WALL_CLOCK = 1_767_225_600;

    private static final long KERNEL_CODE = 0xe033;
    private static final long KERNEL_STACK = 0xe02b;

    private final SampleImage options;
    private final PvMemory memory;

    PvState(SampleImage options, PvMemory memory) {
        this.options = options;
        this.memory = memory;
    }

    @Override
    public List<XenRecord> beforePages() {
        return List.of(
                new PvInfo(8, 4, FieldValue.Bytes.of(new byte[6])),
                CpuPolicies.cpuid(SampleGuest.PV),
                CpuPolicies.msr(),
                new StaticDataEnd(),
                new P2mFrames(0, memory.pages() - 1, memory.p2mFrames()));
    }

    @Override
    public List<XenRecord> afterPages() {
        List<XenRecord> records = new ArrayList<>();
        records.add(new TscInfo(0, TSC_KHZ, NANOSECONDS, 1, 0));
        records.add(sharedInfo());
        for (int vcpu = 0; vcpu < options.vcpus(); vcpu++) {
            SplittableRandom random = options.random((0x76637075L << 8) | vcpu);
            byte[] legacy = ExtendedState.legacy(random);
            records.add(basic(vcpu, random, legacy));
            records.add(extended(vcpu));
            records.add(xsave(vcpu, legacy));
        }
        return records;
    }

    @Override
    public List<XenRecord> emulator() {
        return List.of();
    }

    private SharedInfo sharedInfo() {
        SampleDraft page = SampleDraft.ofRecord(RecordType.SHARED_INFO, GuestMemory.PAGE_SIZE);
        int slots = SampleGuest.PV.vcpusMax();
        for (int slot = 0; slot < slots; slot++) {
            page.set("vcpu_info[%d].evtchn_upcall_mask".formatted(slot), 1);
        }
        for (int vcpu = 0; vcpu < options.vcpus(); vcpu++) {
            String time = "vcpu_info[%d].time.".formatted(vcpu);
            page.set(time + "version", 4)
                    .set(time + "tsc_timestamp", 0xd8b96450L)
                    .set(time + "system_time", NANOSECONDS)
                    .set(time + "tsc_to_system_mul", TSC_MULTIPLIER);
        }
        return new SharedInfo(
                page.set("wc_version", 2)
                        .set("wc_sec", WALL_CLOCK)
                        .set("wc_nsec", 767_725_498)
                        .set("arch.max_pfn", memory.pages())
                        .set("arch.pfn_to_mfn_frame_list_list", memory.listMfn())
                        .set("arch.p2m_cr3", memory.mfn(memory.kernelRoot()) << 12)
                        .set("arch.p2m_vaddr", GuestMemory.P2M)
                        .fields());
    }

    private VcpuBasic basic(int vcpu, SplittableRandom random, byte[] legacy) {
        SampleDraft draft =
                SampleDraft.ofRecord(RecordType.X86_PV_VCPU_BASIC, VCPU_HEADER + CONTEXT);
        draft.set("vcpu_id", vcpu);
        draft.set("fpu_ctxt", legacy);
        // i387 valid, in kernel, failsafe and syscall disable events, online
        draft.set("flags", 0x3d);
        for (String name : List.of("r15", "r14", "r13", "r12", "rbp", "rbx", "r10", "r9", "r8")) {
            draft.set("user_regs." + name, random.nextLong() >>> 16);
        }
        long stack = memory.stackTop(vcpu);
        draft.set("user_regs.r11", 0x206)
                .set("user_regs.rcx", GuestMemory.KERNEL + KernelContents.RESUME_PV)
                .set("user_regs.rdi", 2)
                .set("user_regs.rsi", stack - STACK_USED + 0x1c)
                // SCHEDOP_shutdown's argument: the start info, which the receiver updates
                .set("user_regs.rdx", vcpu == 0 ? memory.startInfoPfn() : 0)
                .set("user_regs.entry_vector", 0x100)
                .set("user_regs.rip", GuestMemory.KERNEL + KernelContents.RESUME_PV)
                .set("user_regs.cs", KERNEL_CODE)
                .set("user_regs.rflags", 0x1206)
                .set("user_regs.rsp", stack - STACK_USED)
                .set("user_regs.ss", KERNEL_STACK);
        for (int trap = 0; trap < KernelContents.TRAP_COUNT; trap++) {
            boolean user = trap == 3 || trap == 4;
            draft.set("trap_ctxt[%d].vector".formatted(trap), trap)
                    .set("trap_ctxt[%d].flags".formatted(trap), user ? 7 : 4)
                    .set("trap_ctxt[%d].cs".formatted(trap), 0x13)
                    .set("trap_ctxt[%d].address".formatted(trap), handler(trap));
        }
        draft.set("gdt_frames[0]", memory.descriptorPfn(vcpu))
                .set("gdt_ents", 16)
                .set("kernel_ss", 0x1b)
                .set("kernel_sp", stack)
                .set("ctrlreg[0]", 0x80050033L)
                .set("ctrlreg[2]", GuestMemory.USER_STACK + (random.nextLong() & 0xff8))
                .set("ctrlreg[4]", 0x50660)
                .set("debugreg[6]", 0xffff0ff0L)
                .set("debugreg[7]", 0x400)
                .set("event_callback_eip", GuestMemory.KERNEL + KernelContents.EVENT)
                .set("failsafe_callback_eip", GuestMemory.KERNEL + KernelContents.PANIC)
                .set("syscall_callback_eip", GuestMemory.KERNEL + KernelContents.SYSTEM_CALL)
                // 4 GiB segments notify, writable page tables, architectural IOPL, run state
                .set("vm_assist", 0x2d)
                .set("gs_base_kernel", memory.kernelAddress(memory.data().pfn(3)));
        // The first vCPU is in a process: cr1 has its page table in user mode. The others idle.
        if (vcpu == 0) {
            draft.set("ctrlreg[1]", (memory.userRoot() << 12) | 1)
                    .set("ctrlreg[3]", memory.processRoot() << 12);
        } else {
            draft.set("ctrlreg[3]", memory.kernelRoot() << 12);
        }
        return new VcpuBasic(draft.fields());
    }

    private static long handler(int trap) {
        return GuestMemory.KERNEL + KernelContents.TRAPS + 16L * trap;
    }

    private static VcpuExtended extended(int vcpu) {
        long handler = GuestMemory.KERNEL + KernelContents.SYSTEM_CALL;
        return new VcpuExtended(
                SampleDraft.ofRecord(RecordType.X86_PV_VCPU_EXTENDED, VCPU_HEADER + EXTENDED)
                        .set("vcpu_id", vcpu)
                        .set("vcpu", vcpu)
                        .set("size", EXTENDED)
                        .set("syscall32_callback_eip", handler)
                        .set("syscall32_disables_events", 1)
                        .set("vmce.caps", 2)
                        .fields());
    }

    private static VcpuXsave xsave(int vcpu, byte[] legacy) {
        int length = VCPU_HEADER + 16 + ExtendedState.LENGTH;
        return new VcpuXsave(
                SampleDraft.ofRecord(RecordType.X86_PV_VCPU_XSAVE, length)
                        .set("vcpu_id", vcpu)
                        .set("xcr0", ExtendedState.MASK)
                        .set("xcr0_accum", ExtendedState.MASK)
                        .set("save_area.fpu_sse", legacy)
                        .set("save_area.xsave_hdr.xstate_bv", ExtendedState.MASK)
                        .fields());
    }
}
