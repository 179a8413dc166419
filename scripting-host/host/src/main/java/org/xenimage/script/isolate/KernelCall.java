package org.xenimage.script.isolate;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/** System calls of Linux that Java has no method for, by their numbers. Only in a policy's process. */
final class KernelCall {
    private final Machine machine;
    private final MethodHandle call;

    /** A kind of machine whose system calls are known. */
    enum Machine {
        /** 64-bit x86. */
        X86_64("amd64", 0xc000003e),
        /** 64-bit Arm. */
        AARCH64("aarch64", 0xc00000b7);

        private final String javaName;
        private final int audit;

        Machine(String javaName, int audit) {
            this.javaName = javaName;
            this.audit = audit;
        }

        /** What a filter finds as the architecture of a call: {@code AUDIT_ARCH_*}. */
        int audit() {
            return audit;
        }

        /** The machine that this runs on; empty if its calls are not known. */
        static Optional<Machine> here() {
            if (!System.getProperty("os.name", "").equals("Linux")) return Optional.empty();
            String name = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
            for (Machine machine : values())
                if (machine.javaName.equals(name)) return Optional.of(machine);
            return Optional.empty();
        }
    }

    private KernelCall(Machine machine, MethodHandle call) {
        this.machine = machine;
        this.call = call;
    }

    /** The calls of this machine; empty if they are not known. */
    @SuppressWarnings("restricted") // The program is started with native access.
    static Optional<KernelCall> here() {
        return Machine.here()
                .map(machine ->
                        new KernelCall(
                                machine,
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
                                                        ValueLayout.JAVA_LONG,
                                                        ValueLayout.JAVA_LONG,
                                                        ValueLayout.JAVA_LONG),
                                                Linker.Option.firstVariadicArg(1))));
    }

    Machine machine() {
        return machine;
    }

    /** Calls the kernel: at most five arguments, of which pointers are addresses; negative if it refused. */
    long call(long number, long... arguments) {
        long[] five = java.util.Arrays.copyOf(arguments, 5);
        try {
            return (long) call.invokeExact(number, five[0], five[1], five[2], five[3], five[4]);
        } catch (Throwable e) {
            if (e instanceof VirtualMachineError fatal) throw fatal;
            throw new IllegalStateException("system call " + number, e);
        }
    }

    /** {@code prctl(PR_SET_NO_NEW_PRIVS)}: what the filters of a process without privileges need first. */
    boolean promiseNoPrivileges() {
        long prctl =
                switch (machine) {
                    case X86_64 -> 157;
                    case AARCH64 -> 167;
                };
        return call(prctl, 38, 1) == 0;
    }
}
