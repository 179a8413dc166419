package org.xenimage.script.isolate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Permanently blocks system calls in this process, with a kernel filter (seccomp) for all its threads. It needs no
 * privileges.
 *
 * <p>After that, the process cannot use sockets, start programs or processes, write, create, rename or remove files,
 * send signals to other processes, write to their memory, control devices, or configure the machine. Such calls fail
 * with EPERM. It can still use what a JVM needs: threads, memory, the pipes, and reading files.
 *
 * <p>Only for Linux on x86-64 and aarch64. Elsewhere, {@link #confine} does nothing and returns {@link
 * Outcome#UNCONFINED}.
 */
public final class SystemCalls {
    private static final int SET_MODE_FILTER = 1;
    private static final int ALL_THREADS = 1;

    /** Calls of the x32 interface, of which no other machine has as many. */
    private static final int X32 = 0x40000000;

    /** Where a filter finds what was called. */
    private static final int NUMBER_AT = 0;

    private static final int ARCHITECTURE_AT = 4;
    private static final int ARGUMENT_AT = 16;

    private static final short LOAD = 0x20;
    private static final short IF_EQUAL = 0x15;
    private static final short IF_ANY_BIT = 0x45;
    private static final short IF_AT_LEAST = 0x35;
    private static final short RETURN = 0x06;

    private static final int ALLOW = 0x7fff0000;
    private static final int KILL = 0x80000000;
    private static final int REFUSE = 0x00050000 | 1; // EPERM
    private static final int UNKNOWN = 0x00050000 | 38; // ENOSYS: the C library tries an older call

    /** O_WRONLY, O_RDWR, O_CREAT, O_TRUNC. */
    private static final int WRITING = 0x1 | 0x2 | 0x40 | 0x200;

    private static final int CLONE_THREAD = 0x10000;
    private static final int TCGETS = 0x5401;
    private static final int FIONREAD = 0x541b;
    private static final int F_SETOWN = 8;
    private static final int F_SETOWN_EX = 15;

    /**
     * A call that is refused, with its numbers in {@code arch/x86/entry/syscalls/syscall_64.tbl} and in {@code
     * include/uapi/asm-generic/unistd.h}; {@link #NONE} where there is no such call.
     */
    private record Refused(String name, int x86, int arm) {
        int number(KernelCall.Machine machine) {
            return switch (machine) {
                case X86_64 -> x86;
                case AARCH64 -> arm;
            };
        }
    }

    private static final int NONE = -1;

    /** Grouped by what they reach. */
    private static final List<Refused> REFUSED =
            List.of(
                    // the network
                    new Refused("socket", 41, 198),
                    new Refused("connect", 42, 203),
                    new Refused("accept", 43, 202),
                    new Refused("sendto", 44, 206),
                    new Refused("bind", 49, 200),
                    new Refused("listen", 50, 201),
                    new Refused("socketpair", 53, 199),
                    new Refused("accept4", 288, 242),
                    new Refused("io_uring_setup", 425, 425),
                    new Refused("io_uring_enter", 426, 426),
                    new Refused("io_uring_register", 427, 427),
                    // programs and processes
                    new Refused("fork", 57, NONE),
                    new Refused("vfork", 58, NONE),
                    new Refused("execve", 59, 221),
                    new Refused("ptrace", 101, 117),
                    new Refused("execveat", 322, 281),
                    new Refused("process_vm_readv", 310, 270),
                    new Refused("process_vm_writev", 311, 271),
                    new Refused("pidfd_send_signal", 424, 424),
                    new Refused("pidfd_open", 434, 434),
                    new Refused("pidfd_getfd", 438, 438),
                    new Refused("process_madvise", 440, 440),
                    new Refused("kcmp", 312, 272),
                    // what others may use: priorities, places of memory
                    new Refused("setpriority", 141, 140),
                    new Refused("sched_setparam", 142, 118),
                    new Refused("sched_setscheduler", 144, 119),
                    new Refused("sched_setaffinity", 203, 122),
                    new Refused("sched_setattr", 314, 274),
                    new Refused("ioprio_set", 251, 30),
                    new Refused("migrate_pages", 256, 238),
                    new Refused("move_pages", 279, 239),
                    // signals
                    new Refused("kill", 62, 129),
                    new Refused("tkill", 200, 130),
                    new Refused("rt_sigqueueinfo", 129, 138),
                    new Refused("rt_tgsigqueueinfo", 297, 240),
                    // names of files
                    new Refused("rename", 82, NONE),
                    new Refused("mkdir", 83, NONE),
                    new Refused("rmdir", 84, NONE),
                    new Refused("creat", 85, NONE),
                    new Refused("link", 86, NONE),
                    new Refused("unlink", 87, NONE),
                    new Refused("symlink", 88, NONE),
                    new Refused("mknod", 133, NONE),
                    new Refused("mkdirat", 258, 34),
                    new Refused("mknodat", 259, 33),
                    new Refused("unlinkat", 263, 35),
                    new Refused("renameat", 264, 38),
                    new Refused("linkat", 265, 37),
                    new Refused("symlinkat", 266, 36),
                    new Refused("renameat2", 316, 276),
                    // what files are
                    new Refused("truncate", 76, 45),
                    new Refused("ftruncate", 77, 46),
                    new Refused("fallocate", 285, 47),
                    new Refused("chmod", 90, NONE),
                    new Refused("fchmod", 91, 52),
                    new Refused("chown", 92, NONE),
                    new Refused("fchown", 93, 55),
                    new Refused("lchown", 94, NONE),
                    new Refused("utime", 132, NONE),
                    new Refused("setxattr", 188, 5),
                    new Refused("lsetxattr", 189, 6),
                    new Refused("fsetxattr", 190, 7),
                    new Refused("removexattr", 197, 14),
                    new Refused("lremovexattr", 198, 15),
                    new Refused("fremovexattr", 199, 16),
                    new Refused("utimes", 235, NONE),
                    new Refused("fchownat", 260, 54),
                    new Refused("futimesat", 261, NONE),
                    new Refused("fchmodat", 268, 53),
                    new Refused("utimensat", 280, 88),
                    new Refused("fchmodat2", 452, 452),
                    // the machine
                    new Refused("mount", 165, 40),
                    new Refused("umount2", 166, 39),
                    new Refused("swapon", 167, 224),
                    new Refused("swapoff", 168, 225),
                    new Refused("reboot", 169, 142),
                    new Refused("sethostname", 170, 161),
                    new Refused("setdomainname", 171, 162),
                    new Refused("init_module", 175, 105),
                    new Refused("delete_module", 176, 106),
                    new Refused("finit_module", 313, 273),
                    new Refused("kexec_load", 246, 104),
                    new Refused("kexec_file_load", 320, 294),
                    new Refused("chroot", 161, 51),
                    new Refused("pivot_root", 155, 41),
                    new Refused("settimeofday", 164, 170),
                    new Refused("clock_settime", 227, 112),
                    new Refused("adjtimex", 159, 171),
                    new Refused("quotactl", 179, 60),
                    new Refused("acct", 163, 89),
                    new Refused("syslog", 103, 116),
                    // other places to be
                    new Refused("unshare", 272, 97),
                    new Refused("setns", 308, 268),
                    new Refused("open_tree", 428, 428),
                    new Refused("move_mount", 429, 429),
                    new Refused("fsopen", 430, 430),
                    new Refused("fsconfig", 431, 431),
                    new Refused("fsmount", 432, 432),
                    new Refused("fspick", 433, 433),
                    new Refused("mount_setattr", 442, 442),
                    // ways into the kernel
                    new Refused("bpf", 321, 280),
                    new Refused("perf_event_open", 298, 241),
                    new Refused("userfaultfd", 323, 282),
                    new Refused("add_key", 248, 217),
                    new Refused("request_key", 249, 218),
                    new Refused("keyctl", 250, 219),
                    new Refused("iopl", 172, NONE),
                    new Refused("ioperm", 173, NONE),
                    // memory and messages shared with others
                    new Refused("shmget", 29, 194),
                    new Refused("shmat", 30, 196),
                    new Refused("shmctl", 31, 195),
                    new Refused("semget", 64, 190),
                    new Refused("semop", 65, 193),
                    new Refused("semctl", 66, 191),
                    new Refused("shmdt", 67, 197),
                    new Refused("msgget", 68, 186),
                    new Refused("msgsnd", 69, 189),
                    new Refused("msgrcv", 70, 188),
                    new Refused("msgctl", 71, 187),
                    new Refused("mq_open", 240, 180),
                    new Refused("mq_unlink", 241, 181),
                    new Refused("memfd_secret", 447, 447));

    private SystemCalls() {}

    /** What the kernel gave. */
    public enum Outcome {
        /** The calls are gone. */
        CONFINED,
        /** The kernel refused, or is none that this knows. */
        UNCONFINED
    }

    /** {@return whether the calls are blocked} */
    public static Outcome confine() {
        Optional<KernelCall> kernel = KernelCall.here();
        if (kernel.isEmpty()) return Outcome.UNCONFINED;
        KernelCall.Machine machine = kernel.get().machine();
        long seccomp =
                switch (machine) {
                    case X86_64 -> 317;
                    case AARCH64 -> 277;
                };
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment filter = filter(machine, ProcessHandle.current().pid(), arena);
            MemorySegment program = arena.allocate(16, 8);
            program.set(ValueLayout.JAVA_SHORT, 0, (short) (filter.byteSize() / 8));
            program.set(ValueLayout.ADDRESS, 8, filter);
            return kernel.get().promiseNoPrivileges()
                            && kernel.get()
                                            .call(
                                                    seccomp,
                                                    SET_MODE_FILTER,
                                                    ALL_THREADS,
                                                    program.address())
                                    == 0
                    ? Outcome.CONFINED
                    : Outcome.UNCONFINED;
        }
    }

    /** {@code struct sock_filter}: u16 code, u8 jump if true, u8 jump if not, u32 constant. */
    private record Instruction(short code, int yes, int no, int constant) {}

    /** The filter of a machine, as the kernel takes it: {@code struct sock_filter[]}. */
    static MemorySegment filter(KernelCall.Machine machine, long pid, Arena arena) {
        boolean arm = machine == KernelCall.Machine.AARCH64;
        List<Instruction> program = new ArrayList<>();
        program.add(new Instruction(LOAD, 0, 0, ARCHITECTURE_AT));
        program.add(new Instruction(IF_EQUAL, 1, 0, machine.audit()));
        program.add(new Instruction(RETURN, 0, 0, KILL));
        program.add(new Instruction(LOAD, 0, 0, NUMBER_AT));
        program.add(new Instruction(IF_AT_LEAST, 0, 1, X32));
        program.add(new Instruction(RETURN, 0, 0, KILL));
        for (Refused call : REFUSED)
            if (call.number(machine) != NONE) refuse(program, call.number(machine), REFUSE);
        refuse(program, 435, UNKNOWN); // clone3: its flags are in memory, which no filter reads
        refuse(program, 437, UNKNOWN); // openat2: likewise
        // clone of anything but a thread
        refuseIf(program, arm ? 220 : 56, 0, IF_ANY_BIT, CLONE_THREAD, false);
        if (!arm) refuseIf(program, 2, 1, IF_ANY_BIT, WRITING, true); // open
        refuseIf(program, arm ? 56 : 257, 2, IF_ANY_BIT, WRITING, true); // openat
        // ioctl: one can open /dev/xen/privcmd to read, and then ask the hypervisor for anything
        decide(program, arm ? 29 : 16, 1, ALLOW, REFUSE, TCGETS, FIONREAD);
        // fcntl: signals to others
        decide(program, arm ? 25 : 72, 1, REFUSE, ALLOW, F_SETOWN, F_SETOWN_EX);
        // prlimit64: the limits of others
        refuseIf(program, arm ? 261 : 302, 0, IF_EQUAL, 0, false);
        refuseIf(program, arm ? 131 : 234, 0, IF_EQUAL, (int) pid, false); // tgkill
        program.add(new Instruction(RETURN, 0, 0, ALLOW));
        MemorySegment filter = arena.allocate(8L * program.size(), 8);
        for (int i = 0; i < program.size(); i++) {
            Instruction one = program.get(i);
            filter.set(ValueLayout.JAVA_SHORT, 8L * i, one.code());
            filter.set(ValueLayout.JAVA_BYTE, 8L * i + 2, (byte) one.yes());
            filter.set(ValueLayout.JAVA_BYTE, 8L * i + 3, (byte) one.no());
            filter.set(ValueLayout.JAVA_INT, 8L * i + 4, one.constant());
        }
        return filter;
    }

    private static void refuse(List<Instruction> program, int number, int how) {
        program.add(new Instruction(IF_EQUAL, 0, 1, number));
        program.add(new Instruction(RETURN, 0, 0, how));
    }

    /** Decides a call by whether one of its arguments, in its lower half, is one of two. */
    private static void decide(
            List<Instruction> program,
            int number,
            int argument,
            int ifEither,
            int otherwise,
            int one,
            int other) {
        program.add(new Instruction(IF_EQUAL, 0, 5, number));
        program.add(new Instruction(LOAD, 0, 0, ARGUMENT_AT + 8 * argument));
        program.add(new Instruction(IF_EQUAL, 1, 0, one));
        program.add(new Instruction(IF_EQUAL, 0, 1, other));
        program.add(new Instruction(RETURN, 0, 0, ifEither));
        program.add(new Instruction(RETURN, 0, 0, otherwise));
    }

    /** Refuses a call by one of its arguments, if a test of its lower half is true, or is not. */
    private static void refuseIf(
            List<Instruction> program,
            int number,
            int argument,
            short test,
            int constant,
            boolean when) {
        program.add(new Instruction(IF_EQUAL, 0, 4, number));
        program.add(new Instruction(LOAD, 0, 0, ARGUMENT_AT + 8 * argument));
        program.add(new Instruction(test, when ? 0 : 1, when ? 1 : 0, constant));
        program.add(new Instruction(RETURN, 0, 0, REFUSE));
        program.add(new Instruction(RETURN, 0, 0, ALLOW));
    }
}
