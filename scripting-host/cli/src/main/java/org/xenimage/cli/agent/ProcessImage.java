package org.xenimage.cli.agent;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * A program that can take the place of this one in this process: execv(2). Descriptors, working folder, environment and
 * process number stay.
 */
@SuppressWarnings(
        "restricted") // C functions are called with buffers of the sizes that they ask for
final class ProcessImage {
    private static final int SIG_SETMASK = 2;

    /** struct sigset_t of the C libraries of Linux. */
    private static final int SIGNAL_SET = 128;

    private final MethodHandle execute;
    private final MethodHandle mask;
    private final MemorySegment path;
    private final MemorySegment words;
    private final MemorySegment noSignals;

    /**
     * Prepares everything, so that {@link #become} is brief.
     *
     * @param command the program's path, and its arguments
     */
    ProcessImage(List<String> command) {
        Linker linker = Linker.nativeLinker();
        execute =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("execv"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        mask =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("pthread_sigmask"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.ADDRESS));
        Arena arena = Arena.global(); // the process ends with it
        path = arena.allocateFrom(command.getFirst());
        words = arena.allocate(ValueLayout.ADDRESS, command.size() + 1L);
        for (int i = 0; i < command.size(); i++)
            words.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(command.get(i)));
        noSignals = arena.allocate(SIGNAL_SET);
    }

    /** Does not return, unless the program cannot be started. */
    void become() {
        try {
            // The JVM blocks SIGQUIT in its threads; a program inherits what its thread blocks.
            int _ = (int) mask.invokeExact(SIG_SETMASK, noSignals, MemorySegment.NULL);
            int _ = (int) execute.invokeExact(path, words);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        System.err.println("xenimage: the launcher cannot be started again");
    }
}
