package org.xenimage.script.isolate;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Permanently blocks system calls in this process, with a kernel filter (seccomp) for all its threads. It needs no
 * privileges.
 *
 * <p>After that, the process cannot use sockets, start programs or processes, write, create, rename or remove files,
 * send signals to other processes, write to their memory, control devices, or configure the machine. Such calls fail
 * with EPERM. It can still use what a JVM needs: threads, memory, the pipes, and reading files.
 *
 * <p>Only for Linux on x86-64. Elsewhere, {@link #confine} does nothing and returns {@link Outcome#UNCONFINED}.
 */
public final class SystemCalls {
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SYS_SECCOMP = 317;
    private static final int SET_MODE_FILTER = 1;
    private static final int ALL_THREADS = 1;

    private static final int ARCHITECTURE = 0xc000003e;
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

    /** Calls by their number in {@code arch/x86/entry/syscalls/syscall_64.tbl}, grouped by what they reach. */
    private static final int[] REFUSED = {
        // the network: socket, connect, accept, sendto, bind, listen, socketpair, accept4, io_uring
        41,
        42,
        43,
        44,
        49,
        50,
        53,
        288,
        425,
        426,
        427,
        // programs and processes: fork, vfork, execve, ptrace, execveat, process_vm_*, pidfd_*,
        // process_madvise
        57,
        58,
        59,
        101,
        322,
        310,
        311,
        424,
        434,
        438,
        440,
        312,
        // what others may use: setpriority, sched_set*, ioprio_set, migrate_pages, move_pages
        141,
        142,
        144,
        203,
        314,
        251,
        256,
        279,
        // signals: kill, tkill, rt_sigqueueinfo, rt_tgsigqueueinfo
        62,
        200,
        129,
        297,
        // names of files: rename, mkdir, rmdir, creat, link, unlink, symlink, mknod and their *at
        82,
        83,
        84,
        85,
        86,
        87,
        88,
        133,
        258,
        259,
        263,
        264,
        265,
        266,
        316,
        // what files are: truncate, ftruncate, fallocate, chmod, fchmod, chown, utime, *xattr
        76,
        77,
        285,
        90,
        91,
        92,
        93,
        94,
        132,
        188,
        189,
        190,
        197,
        198,
        199,
        235,
        260,
        261,
        268,
        280,
        452,
        // the machine: mount, umount, swapon, reboot, sethostname, modules, kexec, chroot,
        // pivot_root, settime, quota
        165,
        166,
        167,
        168,
        169,
        170,
        171,
        175,
        176,
        313,
        246,
        320,
        161,
        155,
        164,
        227,
        159,
        179,
        163,
        103,
        // other places to be: unshare, setns, fsopen and its like, mount_setattr
        272,
        308,
        428,
        429,
        430,
        431,
        432,
        433,
        442,
        // ways into the kernel: bpf, perf_event_open, userfaultfd, keyctl, iopl, ioperm
        321,
        298,
        323,
        248,
        249,
        250,
        172,
        173,
        // memory and messages shared with others: shm*, sem*, msg*, mq_open, memfd_secret
        29,
        30,
        31,
        64,
        65,
        66,
        67,
        68,
        69,
        70,
        71,
        240,
        241,
        447
    };

    private SystemCalls() {}

    /** What the kernel gave. */
    public enum Outcome {
        /** The calls are gone. */
        CONFINED,
        /** The kernel refused, or is none that this knows. */
        UNCONFINED
    }

    /** {@return whether the calls are blocked} */
    @SuppressWarnings("restricted") // The program is started with native access.
    public static Outcome confine() {
        if (!System.getProperty("os.name", "").equals("Linux")
                || !System.getProperty("os.arch", "").toLowerCase(Locale.ROOT).equals("amd64"))
            return Outcome.UNCONFINED;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment filter = filter(arena);
            MemorySegment program = arena.allocate(16, 8);
            program.set(ValueLayout.JAVA_SHORT, 0, (short) (filter.byteSize() / 8));
            program.set(ValueLayout.ADDRESS, 8, filter);
            MethodHandle call =
                    Linker.nativeLinker()
                            .downcallHandle(
                                    Linker.nativeLinker()
                                            .defaultLookup()
                                            .find("syscall")
                                            .orElseThrow(),
                                    FunctionDescriptor.of(
                                            ValueLayout.JAVA_LONG,
                                            ValueLayout.JAVA_LONG,
                                            ValueLayout.JAVA_LONG,
                                            ValueLayout.JAVA_LONG,
                                            ValueLayout.ADDRESS,
                                            ValueLayout.JAVA_LONG,
                                            ValueLayout.JAVA_LONG),
                                    Linker.Option.firstVariadicArg(1));
            long prctl = 157;
            long promised =
                    (long)
                            call.invokeExact(
                                    prctl,
                                    (long) PR_SET_NO_NEW_PRIVS,
                                    1L,
                                    MemorySegment.NULL,
                                    0L,
                                    0L);
            long filtered =
                    (long)
                            call.invokeExact(
                                    (long) SYS_SECCOMP,
                                    (long) SET_MODE_FILTER,
                                    (long) ALL_THREADS,
                                    program,
                                    0L,
                                    0L);
            return promised == 0 && filtered == 0 ? Outcome.CONFINED : Outcome.UNCONFINED;
        } catch (Throwable e) {
            if (e instanceof VirtualMachineError fatal) throw fatal;
            return Outcome.UNCONFINED;
        }
    }

    /** {@code struct sock_filter}: u16 code, u8 jump if true, u8 jump if not, u32 constant. */
    private record Instruction(short code, int yes, int no, int constant) {}

    private static MemorySegment filter(Arena arena) {
        List<Instruction> program = new ArrayList<>();
        program.add(new Instruction(LOAD, 0, 0, ARCHITECTURE_AT));
        program.add(new Instruction(IF_EQUAL, 1, 0, ARCHITECTURE));
        program.add(new Instruction(RETURN, 0, 0, KILL));
        program.add(new Instruction(LOAD, 0, 0, NUMBER_AT));
        program.add(new Instruction(IF_AT_LEAST, 0, 1, X32));
        program.add(new Instruction(RETURN, 0, 0, KILL));
        for (int number : REFUSED) refuse(program, number, REFUSE);
        refuse(program, 435, UNKNOWN); // clone3: its flags are in memory, which no filter reads
        refuse(program, 437, UNKNOWN); // openat2: likewise
        refuseIf(program, 56, 0, IF_ANY_BIT, CLONE_THREAD, false); // clone of anything but a thread
        refuseIf(program, 2, 1, IF_ANY_BIT, WRITING, true); // open
        refuseIf(program, 257, 2, IF_ANY_BIT, WRITING, true); // openat
        // ioctl: one can open /dev/xen/privcmd to read, and then ask the hypervisor for anything
        decide(program, 16, 1, ALLOW, REFUSE, TCGETS, FIONREAD);
        decide(program, 72, 1, REFUSE, ALLOW, F_SETOWN, F_SETOWN_EX); // fcntl: signals to others
        refuseIf(program, 302, 0, IF_EQUAL, 0, false); // prlimit64: the limits of others
        refuseIf(program, 234, 0, IF_EQUAL, (int) ProcessHandle.current().pid(), false); // tgkill
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
