package org.xenimage.cli.agent;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The calls of the C library by which a worker takes the place of a client. */
@SuppressWarnings(
        "restricted") // C functions are called with buffers of the sizes that they ask for
final class WorkerCalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO_VALUE =
            Linker.Option.captureStateLayout()
                    .varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle CHDIR =
            of("chdir", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS), ERRNO);
    private static final MethodHandle OPEN =
            of(
                    "open",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    ERRNO);
    private static final MethodHandle DUP2 =
            of(
                    "dup2",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                    ERRNO);
    private static final MethodHandle CLOSE =
            of("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT), ERRNO);
    private static final MethodHandle UMASK =
            of("umask", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle UNSETENV =
            of("unsetenv", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS), ERRNO);
    private static final MethodHandle SETENV =
            of(
                    "setenv",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_INT),
                    ERRNO);
    private static final MethodHandle GETSOCKOPT =
            of(
                    "getsockopt",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS),
                    ERRNO);
    private static final MethodHandle SYSCALL =
            of(
                    "syscall",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.firstVariadicArg(1),
                    ERRNO);

    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;

    /** The same number for every processor. */
    private static final long PIDFD_OPEN = 434;

    private static final long PIDFD_GETFD = 438;

    private static final int O_CLOEXEC = 0x80000;
    private static final int EPERM = 1;

    private WorkerCalls() {}

    private static MethodHandle of(
            String name, FunctionDescriptor function, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), function, options);
    }

    /** Who is at the other end of a connection: struct ucred. */
    record Peer(int process, int user) {}

    static Peer peer(int socket) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = errno(arena);
            MemorySegment credentials = arena.allocate(ValueLayout.JAVA_INT, 3);
            MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 12);
            int result =
                    (int)
                            GETSOCKOPT.invokeExact(
                                    errno, socket, SOL_SOCKET, SO_PEERCRED, credentials, length);
            check("getsockopt", result, errno);
            return new Peer(
                    credentials.getAtIndex(ValueLayout.JAVA_INT, 0),
                    credentials.getAtIndex(ValueLayout.JAVA_INT, 1));
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static void changeFolder(String folder) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = errno(arena);
            check("chdir", (int) CHDIR.invokeExact(errno, arena.allocateFrom(folder)), errno);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static void setUmask(int mask) {
        try {
            int _ = (int) UMASK.invokeExact(mask);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static int open(String file, int flags) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = errno(arena);
            return check(
                    "open",
                    (int) OPEN.invokeExact(errno, arena.allocateFrom(file), flags | O_CLOEXEC),
                    errno);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static void replace(int descriptor, int by) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = errno(arena);
            check("dup2", (int) DUP2.invokeExact(errno, by, descriptor), errno);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            int _ = (int) CLOSE.invokeExact(errno(arena), descriptor);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static void removeVariable(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = errno(arena);
            int result = (int) UNSETENV.invokeExact(errno, arena.allocateFrom(name));
            check("unsetenv", result, errno);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static void setVariable(byte[] name, byte[] value) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = errno(arena);
            int result =
                    (int)
                            SETENV.invokeExact(
                                    errno, terminated(arena, name), terminated(arena, value), 1);
            check("setenv", result, errno);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MemorySegment terminated(Arena arena, byte[] text) {
        MemorySegment segment = arena.allocate(text.length + 1L);
        MemorySegment.copy(text, 0, segment, ValueLayout.JAVA_BYTE, 0, text.length);
        return segment;
    }

    /** What {@link #descriptorOf} gives where the kernel does not let this process have it. */
    static final int NOT_PERMITTED = -1;

    /** A copy of a descriptor of another process: both share the position in the file. */
    static int descriptorOf(int process, int descriptor) throws IOException {
        int pid = (int) systemCall(PIDFD_OPEN, process, 0, 0);
        if (pid < 0) return NOT_PERMITTED;
        try {
            return (int) systemCall(PIDFD_GETFD, pid, descriptor, 0);
        } finally {
            close(pid);
        }
    }

    /** The result, or NOT_PERMITTED. */
    private static long systemCall(long number, long first, long second, long third)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = errno(arena);
            long result = (long) SYSCALL.invokeExact(errno, number, first, second, third);
            if (result >= 0) return result;
            int reason = (int) ERRNO_VALUE.get(errno, 0L);
            if (reason == EPERM || reason == ENOSYS) return NOT_PERMITTED;
            throw new IOException("system call %d: error %d".formatted(number, reason));
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static final int ENOSYS = 38;

    private static MemorySegment errno(Arena arena) {
        return arena.allocate(Linker.Option.captureStateLayout());
    }

    private static int check(String call, int result, MemorySegment errno) throws IOException {
        if (result >= 0) return result;
        throw new IOException("%s: error %d".formatted(call, (int) ERRNO_VALUE.get(errno, 0L)));
    }
}
