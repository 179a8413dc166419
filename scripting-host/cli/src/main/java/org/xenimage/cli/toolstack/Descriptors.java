package org.xenimage.cli.toolstack;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * File descriptors of this process and of a child, which Java's own classes for processes keep to the first three.
 *
 * <p>Calls of the C library (POSIX.1-2017: {@code dup2}, {@code close}, {@code posix_spawn}, {@code waitpid},
 * {@code kill}; Linux: {@code pipe2}). Native access must be granted, as the launcher does.
 */
// Restricted: the launcher grants native access.
@SuppressWarnings("restricted")
final class Descriptors {
    /** {@code O_CLOEXEC} of {@code fcntl.h}: a child sees only the end of the pipe that it is given. */
    private static final int CLOSE_ON_EXEC = 0x8_0000;

    private static final int EINTR = 4;

    /** A child whose end nobody can tell of has failed. */
    private static final int UNKNOWN = 255;

    /** More than {@code posix_spawn_file_actions_t} needs in any C library: 80 bytes in glibc. */
    private static final long FILE_ACTIONS = 256;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;

    private static final MethodHandle PIPE = call("pipe2", ADDRESS, INT);
    private static final MethodHandle DUP = call("dup2", INT, INT);
    private static final MethodHandle CLOSE = call("close", INT);
    private static final MethodHandle KILL = call("kill", INT, INT);
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle WAIT =
            LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("waitpid"),
                    FunctionDescriptor.of(INT, INT, ADDRESS, INT),
                    Linker.Option.captureCallState("errno"));
    private static final MethodHandle SPAWN =
            call("posix_spawn", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle ACTIONS = call("posix_spawn_file_actions_init", ADDRESS);
    private static final MethodHandle ACTION_DUP =
            call("posix_spawn_file_actions_adddup2", ADDRESS, INT, INT);

    private Descriptors() {}

    /** A pipe: what is written to one descriptor is read from the other. */
    record Pipe(int reader, int writer) {}

    private static MethodHandle call(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), FunctionDescriptor.of(INT, arguments));
    }

    static Pipe pipe() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(INT, 2);
            if (invoke(PIPE, ends, CLOSE_ON_EXEC) != 0)
                throw new IOException("no pipe could be made; is the limit of open files reached?");
            return new Pipe(ends.getAtIndex(INT, 0), ends.getAtIndex(INT, 1));
        }
    }

    /**
     * Makes a descriptor mean what another means, and closes the other.
     *
     * @param from what it is to mean
     * @param to whatever it meant is closed
     */
    static void move(int from, int to) throws IOException {
        if (invoke(DUP, from, to) != to)
            throw new IOException("file descriptor %d is not open".formatted(from));
        close(from);
    }

    static void close(int descriptor) {
        int ignored = invoke(CLOSE, descriptor);
    }

    /**
     * Starts a program that inherits all descriptors which are not closed on exec.
     *
     * @param command absolute path and arguments
     * @param from a descriptor of this process
     * @param to the child's number for it, in place of what this process has there
     * @return the child's process number
     * @throws IOException if it cannot be started
     */
    static int spawn(List<String> command, int from, int to) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(FILE_ACTIONS, Long.BYTES);
            if (invoke(ACTIONS, actions) != 0 || invoke(ACTION_DUP, actions, from, to) != 0)
                throw new IOException("file descriptor %d cannot be passed on".formatted(from));
            MemorySegment arguments = arena.allocate(ADDRESS, command.size() + 1L);
            for (int i = 0; i < command.size(); i++)
                arguments.setAtIndex(ADDRESS, i, arena.allocateFrom(command.get(i)));
            MemorySegment number = arena.allocate(INT);
            int error =
                    invoke(
                            SPAWN,
                            number,
                            arguments.getAtIndex(ADDRESS, 0),
                            actions,
                            MemorySegment.NULL,
                            arguments,
                            environment());
            if (error != 0)
                throw new IOException(
                        "%s: cannot be started: error %d".formatted(command.getFirst(), error));
            return number.get(INT, 0);
        }
    }

    /** The environment as this process got it, in whatever encoding. */
    private static MemorySegment environment() {
        return LINKER.defaultLookup()
                .findOrThrow("environ")
                .reinterpret(ADDRESS.byteSize())
                .get(ADDRESS, 0);
    }

    /**
     * Waits until a child ends.
     *
     * @param child its process number
     * @return its exit status, or 128 and the number of the signal that ended it, as a shell counts; 255 if the system
     *     does not say, as where the caller of this program ignores the end of children
     */
    static int waitFor(int child) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(INT);
            MemorySegment state = arena.allocate(STATE);
            while (invoke(WAIT, state, child, status, 0) != child)
                if ((int) ERRNO.get(state, 0L) != EINTR) return UNKNOWN;
            int word = status.get(INT, 0);
            int signal = word & 0x7f;
            return signal == 0 ? word >> 8 & 0xff : 128 + signal;
        }
    }

    static void signal(int child, int number) {
        int ignored = invoke(KILL, child, number);
    }

    private static int invoke(MethodHandle call, Object... arguments) {
        try {
            return (int) call.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException("the C library cannot be called", e);
        }
    }
}
