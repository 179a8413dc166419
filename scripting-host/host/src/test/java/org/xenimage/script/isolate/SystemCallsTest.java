package org.xenimage.script.isolate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The filter of system calls on each machine, run by an interpreter of the kernel's instructions. */
class SystemCallsTest {
    private static final int PID = 4711;
    private static final int ALLOWED = 0x7fff0000;
    private static final int EPERM = 0x00050001;
    private static final int ENOSYS = 0x00050026;
    private static final int KILLED = 0x80000000;

    /** Runs a filter over {@code struct seccomp_data}: number, architecture, place, six arguments. */
    private static int run(
            KernelCall.Machine machine, int architecture, int number, long... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment filter = SystemCalls.filter(machine, PID, arena);
            MemorySegment call = arena.allocate(64, 8);
            call.set(ValueLayout.JAVA_INT, 0, number);
            call.set(ValueLayout.JAVA_INT, 4, architecture);
            for (int i = 0; i < arguments.length; i++)
                call.set(ValueLayout.JAVA_LONG, 16 + 8L * i, arguments[i]);
            int loaded = 0;
            int at = 0;
            while (true) {
                // Beyond the end, this is an IndexOutOfBoundsException.
                MemorySegment one = filter.asSlice(8L * at, 8);
                int constant = one.get(ValueLayout.JAVA_INT, 4);
                int yes = Byte.toUnsignedInt(one.get(ValueLayout.JAVA_BYTE, 2));
                int no = Byte.toUnsignedInt(one.get(ValueLayout.JAVA_BYTE, 3));
                at++;
                switch (one.get(ValueLayout.JAVA_SHORT, 0)) {
                    case 0x20 -> loaded = call.get(ValueLayout.JAVA_INT, constant);
                    case 0x15 -> at += loaded == constant ? yes : no;
                    case 0x35 -> at += Integer.compareUnsigned(loaded, constant) >= 0 ? yes : no;
                    case 0x45 -> at += (loaded & constant) != 0 ? yes : no;
                    case 0x06 -> {
                        return constant;
                    }
                    default -> throw new IllegalStateException("an instruction that is not used");
                }
            }
        }
    }

    /** Numbers of the kernel's own tables, and what must come of each call. */
    @ParameterizedTest
    @CsvSource({
        "X86_64, 0, 0, 0, 0, ALLOWED", // read
        "X86_64, 9, 0, 0, 0, ALLOWED", // mmap
        "X86_64, 202, 0, 0, 0, ALLOWED", // futex
        "X86_64, 231, 0, 0, 0, ALLOWED", // exit_group
        "X86_64, 41, 0, 0, 0, EPERM", // socket
        "X86_64, 59, 0, 0, 0, EPERM", // execve
        "X86_64, 62, 0, 0, 0, EPERM", // kill
        "X86_64, 87, 0, 0, 0, EPERM", // unlink
        "X86_64, 425, 0, 0, 0, EPERM", // io_uring_setup
        "X86_64, 56, 0x10f00, 0, 0, ALLOWED", // clone of a thread
        "X86_64, 56, 0x11, 0, 0, EPERM", // clone of a process
        "X86_64, 435, 0, 0, 0, ENOSYS", // clone3
        "X86_64, 437, 0, 0, 0, ENOSYS", // openat2
        "X86_64, 2, 0, 0, 0, ALLOWED", // open to read
        "X86_64, 2, 0, 1, 0, EPERM", // open to write
        "X86_64, 257, 0, 0, 0x80000, ALLOWED", // openat to read
        "X86_64, 257, 0, 0, 0x41, EPERM", // openat to create
        "X86_64, 16, 0, 0x5401, 0, ALLOWED", // ioctl TCGETS
        "X86_64, 16, 0, 0x5412, 0, EPERM", // ioctl TIOCSTI
        "X86_64, 72, 0, 1, 0, ALLOWED", // fcntl F_GETFD
        "X86_64, 72, 0, 8, 0, EPERM", // fcntl F_SETOWN
        "X86_64, 302, 0, 0, 0, ALLOWED", // prlimit64 of itself
        "X86_64, 302, 1, 0, 0, EPERM", // prlimit64 of another
        "X86_64, 234, 4711, 0, 0, ALLOWED", // tgkill of itself
        "X86_64, 234, 1, 0, 0, EPERM", // tgkill of another
        "X86_64, 0x40000000, 0, 0, 0, KILLED", // the x32 interface
        "AARCH64, 63, 0, 0, 0, ALLOWED", // read
        "AARCH64, 222, 0, 0, 0, ALLOWED", // mmap
        "AARCH64, 98, 0, 0, 0, ALLOWED", // futex
        "AARCH64, 94, 0, 0, 0, ALLOWED", // exit_group
        "AARCH64, 198, 0, 0, 0, EPERM", // socket
        "AARCH64, 221, 0, 0, 0, EPERM", // execve
        "AARCH64, 129, 0, 0, 0, EPERM", // kill
        "AARCH64, 35, 0, 0, 0, EPERM", // unlinkat
        "AARCH64, 425, 0, 0, 0, EPERM", // io_uring_setup
        "AARCH64, 220, 0x10f00, 0, 0, ALLOWED", // clone of a thread
        "AARCH64, 220, 0x11, 0, 0, EPERM", // clone of a process
        "AARCH64, 435, 0, 0, 0, ENOSYS", // clone3
        "AARCH64, 437, 0, 0, 0, ENOSYS", // openat2
        "AARCH64, 2, 0, 1, 0, ALLOWED", // not open, but io_destroy
        "AARCH64, 56, 0, 0, 0x80000, ALLOWED", // openat to read
        "AARCH64, 56, 0, 0, 0x41, EPERM", // openat to create
        "AARCH64, 29, 0, 0x5401, 0, ALLOWED", // ioctl TCGETS
        "AARCH64, 29, 0, 0x5412, 0, EPERM", // ioctl TIOCSTI
        "AARCH64, 25, 0, 1, 0, ALLOWED", // fcntl F_GETFD
        "AARCH64, 25, 0, 8, 0, EPERM", // fcntl F_SETOWN
        "AARCH64, 261, 0, 0, 0, ALLOWED", // prlimit64 of itself
        "AARCH64, 261, 1, 0, 0, EPERM", // prlimit64 of another
        "AARCH64, 131, 4711, 0, 0, ALLOWED", // tgkill of itself
        "AARCH64, 131, 1, 0, 0, EPERM" // tgkill of another
    })
    void eachCallIsDecidedByItsNumberAndArguments(
            KernelCall.Machine machine,
            String number,
            String first,
            String second,
            String third,
            String expected) {
        int decided =
                run(
                        machine,
                        machine.audit(),
                        Integer.decode(number),
                        Long.decode(first),
                        Long.decode(second),
                        Long.decode(third));
        int wanted =
                switch (expected) {
                    case "ALLOWED" -> ALLOWED;
                    case "EPERM" -> EPERM;
                    case "ENOSYS" -> ENOSYS;
                    default -> KILLED;
                };
        assertEquals(Integer.toHexString(wanted), Integer.toHexString(decided));
    }

    /** A 64-bit process can make the calls of a 32-bit one, whose numbers are others. */
    @ParameterizedTest
    @EnumSource
    void callsOfAnotherArchitectureEndTheProcess(KernelCall.Machine machine) {
        int i386 = 0x40000003;
        int arm = 0x40000028;
        for (int other : new int[] {i386, arm, 0})
            for (int number = 0; number < 500; number++)
                assertEquals(KILLED, run(machine, other, number));
    }

    /** Every number of either table leads to a decision within the program. */
    @Test
    void everyNumberIsDecided() {
        for (KernelCall.Machine machine : KernelCall.Machine.values())
            for (int number = 0; number < 500; number++) {
                int decided = run(machine, machine.audit(), number);
                assertEquals(
                        true,
                        decided == ALLOWED || decided == EPERM || decided == ENOSYS,
                        machine + " " + number);
            }
    }
}
