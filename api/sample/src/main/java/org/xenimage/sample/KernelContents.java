package org.xenimage.sample;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The kernel's code and data. The code is noise except for the few bytes that a restored vCPU runs:
 * it returns from the hypercall that suspended it and waits for events.
 */
final class KernelContents {
    static final int TEXT_PAGES = 8;
    static final int READ_ONLY_PAGES = 4;
    static final int DATA_PAGES = 4;

    static final String RELEASE = "6.1.0-xenimage";

    /** After the instruction that enters Xen: where a suspended vCPU stands. */
    static final int RESUME_PV = 0x1005;

    static final int RESUME_HVM = 0x1003;

    /** Where it goes from there. */
    static final int WAIT = 0x2000;

    static final int EVENT = 0x2040;
    static final int PANIC = 0x2080;
    static final int INTERRUPT = 0x20c0;
    static final int SYSTEM_CALL = 0x2100;

    /** Handlers of traps, one each 16 bytes. */
    static final int TRAPS = 0x2200;

    static final int TRAP_COUNT = 32;

    private static final HexFormat HEX = HexFormat.of();
    private static final int PAGE = GuestMemory.PAGE_SIZE;
    private static final int NOTE_OFFSET = 0x800;

    private final GuestMemory memory;

    KernelContents(GuestMemory memory) {
        this.memory = memory;
    }

    void text(MemorySegment page, long index) {
        memory.filler.noise(page, memory.text().first() + index);
        switch ((int) index) {
            case 1 -> hypercall(page);
            case 2 -> handlers(page);
            default -> {}
        }
    }

    /** The banner, VMCOREINFO, and strings. */
    void readOnly(MemorySegment page, long index) {
        memory.filler.text(page, memory.readOnly().first() + index);
        if (index != 0) return;
        page.fill((byte) 0);
        memory.filler.put(page, 0, banner());
        vmcoreinfo(page);
    }

    /** The log, its first line the banner, then variables. */
    void data(MemorySegment page, long index) {
        if (index == 0) {
            memory.filler.text(page, memory.data().first());
            memory.filler.put(page, 0, "[    0.000000] " + banner());
        } else if (index == 1) {
            memory.filler.noise(page, memory.data().first() + index);
        }
    }

    private static String banner() {
        return "Linux version "
                + RELEASE
                + " (xenimage@sample) (gcc (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for"
                + " Debian) 2.40) #1 SMP Thu Jan  1 00:00:00 UTC 2026\n";
    }

    /** An ELF note, as the kernel leaves it for crash dumps. */
    private void vmcoreinfo(MemorySegment page) {
        String text =
                """
                OSRELEASE=%s
                PAGESIZE=4096
                SYMBOL(_stext)=%x
                SYMBOL(swapper_pg_dir)=%x
                NUMBER(phys_base)=%d
                NUMBER(pgtable_l5_enabled)=0
                KERNELOFFSET=0
                NUMBER(KERNEL_IMAGE_SIZE)=1073741824
                """
                        .formatted(
                                RELEASE,
                                GuestMemory.KERNEL,
                                GuestMemory.direct(memory.kernelRoot()),
                                memory.physicalBase());
        page.set(GuestMemory.U32, NOTE_OFFSET, "VMCOREINFO\0".length());
        page.set(GuestMemory.U32, NOTE_OFFSET + 4, text.length());
        memory.filler.put(page, NOTE_OFFSET + 12, "VMCOREINFO");
        memory.filler.put(page, NOTE_OFFSET + 24, text);
    }

    /** push %rcx; push %r11; syscall; pop %r11; pop %rcx; ret, or vmmcall; ret. */
    private void hypercall(MemorySegment page) {
        switch (memory) {
            case PvMemory _ -> code(page, 0, "5141530f05415b59c3");
            case HvmMemory _ -> code(page, 0, "0f01d9c3");
        }
    }

    private void handlers(MemorySegment page) {
        switch (memory) {
            case PvMemory _ -> {
                // 1: mov $SCHEDOP_block,%edi; xor %esi,%esi; mov $sched_op,%eax; syscall; jmp 1b
                code(page, WAIT, "bf0100000031f6b81d0000000f05ebf0");
                // An event: pop %rcx; pop %r11; push $0, %rcx, %r11, %rax; iret by hypercall.
                code(page, EVENT, "59415b6a0051415350b8170000000f05");
                // push $SHUTDOWN_crash; mov %rsp,%rsi; mov $SCHEDOP_shutdown,%edi; sched_op; jmp .
                code(page, PANIC, "6a034889e6bf02000000b81d0000000f05ebfe");
                // pop %rcx; pop %r11; push $0, %rcx, %r11, %rax; iret by hypercall.
                code(page, SYSTEM_CALL, "59415b6a0051415350b8170000000f05");
            }
            case HvmMemory _ -> {
                // 1: sti; hlt; jmp 1b
                code(page, WAIT, "fbf4ebfc");
                code(page, EVENT, "48cf");
                code(page, PANIC, "faf4ebfc");
                code(page, INTERRUPT, "48cf");
                code(page, SYSTEM_CALL, "480f07");
            }
        }
        for (int trap = 0; trap < TRAP_COUNT; trap++) {
            int at = TRAPS + 16 * trap;
            code(page, at, "e9"); // jmp PANIC
            page.set(GuestMemory.U32, at % PAGE + 1L, PANIC - (at + 5));
        }
    }

    private static void code(MemorySegment page, int at, String bytes) {
        byte[] parsed = HEX.parseHex(bytes);
        MemorySegment.copy(MemorySegment.ofArray(parsed), 0, page, at % PAGE, parsed.length);
    }

    /** {@return the bytes of a text, for other contents} */
    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
