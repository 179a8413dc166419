package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;
import org.xenimage.image.paging.Paging;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The vCPUs of a guest as Xen's {@code vcpu_guest_context} of x86-64, 5,168 bytes each: of a PV guest as its records
 * have them, of another built from HVM_CONTEXT the way Xen's {@code arch_get_info_guest} does.
 *
 * <pre>
 *    0  fpu_ctxt, 512 bytes           4640  u64 gdt_ents, kernel_ss, kernel_sp
 *  512  u64 flags                      4664  u64 ctrlreg[8]
 *  520  user_regs, 200 bytes          4728  u64 debugreg[8]
 *  720  trap_ctxt[256], 16 bytes each 4792  u64 event, failsafe, syscall callbacks, vm_assist
 * 4816  …                              5144  u64 fs_base, gs_base_kernel, gs_base_user
 * </pre>
 */
public final class VcpuContexts {
    /** The length of a 64-bit context. */
    public static final int LENGTH_64 = 5168;

    /** The length of a 32-bit context. */
    public static final int LENGTH_32 = 2800;

    private static final long USER_REGS = 520;
    private static final long CTRLREG;
    private static final long DEBUGREG;
    private static final long FS_BASE = 5144;

    static {
        // gdt_frames[16] and gdt_ents stand after trap_ctxt[256], ldt_base and ldt_ents
        long ldt = USER_REGS + 200 + 256 * 16;
        CTRLREG = ldt + 16 + 16 * 8 + 8 + 16;
        DEBUGREG = CTRLREG + 64;
    }

    private static final long CR0_PG = 1L << 31;
    private static final long CR4_PSE = 1L << 4;
    private static final long CR4_PAE = 1L << 5;
    private static final long CR4_LA57 = 1L << 12;

    /**
     * Where CR3 is in a 32-bit context: after user_regs, trap_ctxt[256] of 8 bytes, ldt, gdt and
     * kernel stack.
     */
    private static final long CR3_32 = 2728;

    private static final long CTRLREG_32 = CR3_32 - 12;

    private static final int VGCF_IN_KERNEL = 1 << 2;
    private static final int VGCF_I387_VALID = 1;
    private static final int VGCF_ONLINE = 1 << 5;

    private static final int HVM_CPU = 2;
    private static final int HVM_CPU_MIN = 1000;

    private final List<MemorySegment> contexts;
    private final int guestWidth;
    private final boolean pv;
    private final List<Paging.Root> roots;

    private VcpuContexts(
            List<MemorySegment> contexts, int guestWidth, boolean pv, List<Paging.Root> roots) {
        this.contexts = contexts;
        this.guestWidth = guestWidth;
        this.pv = pv;
        this.roots = roots;
    }

    /**
     * The vCPUs of a guest.
     *
     * @param facts from its stream
     * @return the contexts; none if the stream had none
     */
    public static VcpuContexts of(GuestFacts facts) {
        if (facts.core() && facts.vcpus().isEmpty()) return ofCore(facts);
        if (!facts.pv()) return ofHvm(facts.hvmContext());
        List<MemorySegment> all = new ArrayList<>();
        int length = facts.guestWidth() == 4 ? LENGTH_32 : LENGTH_64;
        NavigableMap<Integer, MemorySegment> vcpus = facts.vcpus();
        int count = vcpus.isEmpty() ? 0 : vcpus.lastKey() + 1;
        for (int id = 0; id < count; id++) {
            MemorySegment context = MemorySegment.ofArray(new byte[length]);
            MemorySegment found = vcpus.getOrDefault(id, MemorySegment.NULL);
            MemorySegment.copy(found, 0, context, 0, Math.min(length, found.byteSize()));
            all.add(context);
        }
        return new VcpuContexts(
                all,
                facts.guestWidth(),
                true,
                all.stream().map(context -> rootOfPv(context, facts.guestWidth())).toList());
    }

    /**
     * The length of one context of {@code .xen_prstatus}.
     *
     * @param bytes of all of them
     * @param vcpus how many there are said to be
     * @return {@link #LENGTH_64}, {@link #LENGTH_32}, or 0 if it is neither
     */
    public static int lengthOfOne(long bytes, long vcpus) {
        if (bytes == 0) return 0;
        for (int length : new int[] {LENGTH_64, LENGTH_32})
            if (vcpus > 0 && bytes % length == 0 && bytes / length == vcpus) return length;
        for (int length : new int[] {LENGTH_64, LENGTH_32}) if (bytes % length == 0) return length;
        return 0;
    }

    /** The vCPUs that a dump-core has, as Xen's hypercall gave them. */
    private static VcpuContexts ofCore(GuestFacts facts) {
        int length = facts.coreContextLength();
        int width = length == LENGTH_32 ? 4 : 8;
        List<MemorySegment> all = new ArrayList<>();
        MemorySegment contexts = facts.coreContexts();
        for (long at = 0; length > 0 && at < contexts.byteSize(); at += length) {
            if (all.size() < GuestFacts.VCPUS_MAX) all.add(contexts.asSlice(at, length));
        }
        List<Paging.Root> roots = new ArrayList<>();
        for (MemorySegment context : all) {
            if (facts.pv()) roots.add(rootOfPv(context, width));
            else roots.addAll(rootsOfHvmCore(context, width, facts.machine() == Elf.EM_386));
        }
        return new VcpuContexts(all, width, facts.pv(), roots);
    }

    /**
     * The tables that a context of an HVM guest may have. It lacks EFER, so that with PAE they may be those of a 64-bit
     * or of a 32-bit guest; which they are, a walk shows.
     */
    private static List<Paging.Root> rootsOfHvmCore(
            MemorySegment context, int width, boolean narrow) {
        long cr0 = width == 4 ? u32(context, CTRLREG_32) : context.get(Elf.U64, CTRLREG);
        long cr3 = width == 4 ? u32(context, CR3_32) : context.get(Elf.U64, CTRLREG + 24);
        long cr4 = width == 4 ? u32(context, CR3_32 + 4) : context.get(Elf.U64, CTRLREG + 32);
        if ((cr0 & CR0_PG) == 0) return List.of();
        if ((cr4 & CR4_PAE) == 0) {
            Paging paging = (cr4 & CR4_PSE) != 0 ? Paging.LARGE_32 : Paging.SMALL_32;
            return List.of(new Paging.Root(paging, paging.top(cr3)));
        }
        Paging wide = (cr4 & CR4_LA57) != 0 ? Paging.LEVELS_5 : Paging.LEVELS_4;
        var first = new Paging.Root(wide, wide.top(cr3));
        var second = new Paging.Root(Paging.PAE, Paging.PAE.top(cr3));
        return narrow ? List.of(second, first) : List.of(first, second);
    }

    private static Paging.Root rootOfPv(MemorySegment context, int guestWidth) {
        if (guestWidth != 4)
            return new Paging.Root(
                    Paging.LEVELS_4, Paging.LEVELS_4.top(context.get(Elf.U64, CTRLREG + 24)));
        // Xen keeps the frame of a 32-bit guest's top table rotated, so that it may be above 4 GiB
        long frame = Integer.toUnsignedLong(Integer.rotateRight(context.get(Elf.U32, CR3_32), 12));
        return new Paging.Root(Paging.PAE, frame << 12);
    }

    private static Optional<Paging.Root> rootOfHvm(MemorySegment cpu) {
        return Paging.root(
                cpu.get(Elf.U64, 656),
                cpu.get(Elf.U64, 672),
                cpu.get(Elf.U64, 680),
                cpu.get(Elf.U64, 992));
    }

    /** Walks the entries of an HVM context and takes each CPU entry. */
    private static VcpuContexts ofHvm(MemorySegment context) {
        var cpus = new TreeMap<Integer, MemorySegment>();
        long at = 0;
        while (context.byteSize() - at >= 8) {
            int type = Short.toUnsignedInt(context.get(Elf.U16, at));
            int instance = Short.toUnsignedInt(context.get(Elf.U16, at + 2));
            long length = Integer.toUnsignedLong(context.get(Elf.U32, at + 4));
            if (length > context.byteSize() - at - 8 || type == 0) break;
            if (type == HVM_CPU && length >= HVM_CPU_MIN && instance < GuestFacts.VCPUS_MAX) {
                cpus.put(instance, context.asSlice(at + 8, length));
            }
            at += 8 + length;
        }
        return new VcpuContexts(
                cpus.values().stream().map(VcpuContexts::guestContext).toList(),
                8,
                false,
                cpus.values().stream()
                        .map(VcpuContexts::rootOfHvm)
                        .flatMap(Optional::stream)
                        .toList());
    }

    private static MemorySegment guestContext(MemorySegment cpu) {
        MemorySegment to = MemorySegment.ofArray(new byte[LENGTH_64]);
        boolean initialised = cpu.byteSize() < 1032 || (cpu.get(Elf.U32, 1024) & 1) != 0;
        if (initialised) MemorySegment.copy(cpu, 0, to, 0, 512);
        to.set(Elf.U64, 512, (initialised ? VGCF_I387_VALID : 0) | VGCF_ONLINE);
        long[] from = {632, 624, 616, 608, 544, 520, 600, 592, 584, 576, 512, 528, 536, 552, 560};
        for (int i = 0; i < from.length; i++)
            to.set(Elf.U64, USER_REGS + 8L * i, cpu.get(Elf.U64, from[i]));
        to.set(Elf.U64, USER_REGS + 128, cpu.get(Elf.U64, 640));
        to.set(Elf.U16, USER_REGS + 136, cpu.get(Elf.U16, 736));
        to.set(Elf.U64, USER_REGS + 144, cpu.get(Elf.U64, 648));
        to.set(Elf.U64, USER_REGS + 152, cpu.get(Elf.U64, 568));
        to.set(Elf.U16, USER_REGS + 160, cpu.get(Elf.U16, 756));
        to.set(Elf.U16, USER_REGS + 168, cpu.get(Elf.U16, 744));
        to.set(Elf.U16, USER_REGS + 176, cpu.get(Elf.U16, 740));
        to.set(Elf.U16, USER_REGS + 184, cpu.get(Elf.U16, 748));
        to.set(Elf.U16, USER_REGS + 192, cpu.get(Elf.U16, 752));
        to.set(Elf.U64, CTRLREG, cpu.get(Elf.U64, 656));
        to.set(Elf.U64, CTRLREG + 16, cpu.get(Elf.U64, 664));
        to.set(Elf.U64, CTRLREG + 24, cpu.get(Elf.U64, 672));
        to.set(Elf.U64, CTRLREG + 32, cpu.get(Elf.U64, 680));
        for (int i = 0; i < 4; i++)
            to.set(Elf.U64, DEBUGREG + 8L * i, cpu.get(Elf.U64, 688 + 8L * i));
        to.set(Elf.U64, DEBUGREG + 48, cpu.get(Elf.U64, 720));
        to.set(Elf.U64, DEBUGREG + 56, cpu.get(Elf.U64, 728));
        to.set(Elf.U64, FS_BASE, cpu.get(Elf.U64, 832));
        boolean kernel = (cpu.get(Elf.U32, 756) & 3) == 0;
        to.set(Elf.U64, FS_BASE + 8, cpu.get(Elf.U64, kernel ? 840 : 944));
        to.set(Elf.U64, FS_BASE + 16, cpu.get(Elf.U64, kernel ? 944 : 840));
        return to;
    }

    /** {@return how many vCPUs} */
    public int count() {
        return contexts.size();
    }

    /** {@return all contexts, one after the other} */
    public byte[] bytes() {
        int length = guestWidth == 4 ? LENGTH_32 : LENGTH_64;
        byte[] all = new byte[Math.multiplyExact(length, contexts.size())];
        for (int i = 0; i < contexts.size(); i++) {
            MemorySegment.copy(contexts.get(i), ValueLayout.JAVA_BYTE, 0, all, i * length, length);
        }
        return all;
    }

    /** {@return the page tables of the vCPUs that use any, that of the first vCPU first} */
    List<Paging.Root> roots() {
        return roots;
    }

    /**
     * One vCPU as an NT_PRSTATUS of x86-64 Linux, 336 bytes: process numbers at 32, the registers at 112.
     *
     * @param vcpu from 0
     * @return the descriptor
     */
    public byte[] prstatus(int vcpu) {
        byte[] bytes = new byte[336];
        MemorySegment to = MemorySegment.ofArray(bytes);
        MemorySegment from = contexts.get(vcpu);
        to.set(Elf.U32, 32, vcpu + 1);
        if (guestWidth == 4) {
            prstatus32(from, to);
            return bytes;
        }
        for (int i = 0; i < 15; i++)
            to.set(Elf.U64, 112 + 8L * i, from.get(Elf.U64, USER_REGS + 8L * i));
        to.set(Elf.U64, 112 + 15 * 8, -1L);
        to.set(Elf.U64, 112 + 16 * 8, from.get(Elf.U64, USER_REGS + 128));
        to.set(Elf.U64, 112 + 17 * 8, u16(from, USER_REGS + 136));
        to.set(Elf.U64, 112 + 18 * 8, from.get(Elf.U64, USER_REGS + 144));
        to.set(Elf.U64, 112 + 19 * 8, from.get(Elf.U64, USER_REGS + 152));
        to.set(Elf.U64, 112 + 20 * 8, u16(from, USER_REGS + 160));
        boolean kernel =
                pv
                        ? (from.get(Elf.U64, 512) & VGCF_IN_KERNEL) != 0
                        : (u16(from, USER_REGS + 160) & 3) == 0;
        to.set(Elf.U64, 112 + 21 * 8, from.get(Elf.U64, FS_BASE));
        to.set(Elf.U64, 112 + 22 * 8, from.get(Elf.U64, kernel ? FS_BASE + 8 : FS_BASE + 16));
        to.set(Elf.U64, 112 + 23 * 8, u16(from, USER_REGS + 176));
        to.set(Elf.U64, 112 + 24 * 8, u16(from, USER_REGS + 168));
        to.set(Elf.U64, 112 + 25 * 8, u16(from, USER_REGS + 184));
        to.set(Elf.U64, 112 + 26 * 8, u16(from, USER_REGS + 192));
        return bytes;
    }

    /** The 32-bit registers, widened: the note of an ELF64 file has 64-bit ones. */
    private static void prstatus32(MemorySegment from, MemorySegment to) {
        // ebx, ecx, edx, esi, edi, ebp, eax at their places among the 64-bit registers
        int[] places = {5, 11, 12, 13, 14, 4, 10};
        for (int i = 0; i < places.length; i++) {
            to.set(Elf.U64, 112 + 8L * places[i], u32(from, 516 + 4L * i));
        }
        to.set(Elf.U64, 112 + 16 * 8, u32(from, 516 + 32));
        to.set(Elf.U64, 112 + 18 * 8, u32(from, 516 + 40));
        to.set(Elf.U64, 112 + 19 * 8, u32(from, 516 + 44));
    }

    private static long u16(MemorySegment from, long at) {
        return Short.toUnsignedLong(from.get(Elf.U16, at));
    }

    private static long u32(MemorySegment from, long at) {
        return Integer.toUnsignedLong(from.get(Elf.U32, at));
    }
}
