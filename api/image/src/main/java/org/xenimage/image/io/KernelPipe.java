package org.xenimage.image.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * One end of a pipe, to or from which the kernel can move bytes, with Linux's {@code splice(2)}.
 *
 * <p>Between two pipes the pages change hands and no byte is copied. Anything else (a file, a terminal, a system
 * without splice) is {@link #NONE}, and bytes pass through a buffer instead.
 */
final class KernelPipe {
    /** No pipe, or not one that can be spliced. */
    static final KernelPipe NONE = new KernelPipe(-1);

    /** {@code F_SETPIPE_SZ} of {@code fcntl.h}. */
    private static final int SET_PIPE_SIZE = 1031;

    /** What an unprivileged process may ask for. */
    private static final int PIPE_SIZE = 1 << 20;

    private static final int SPLICE_MOVE_MORE = 1 | 4;
    private static final int EINTR = 4;
    private static final int EINVAL = 22;

    private final int descriptor;

    private KernelPipe(int descriptor) {
        this.descriptor = descriptor;
    }

    /** The pipe behind a descriptor of this process, or {@link #NONE} if it is not a pipe. */
    static KernelPipe ofDescriptor(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        try {
            if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) return NONE;
            if (!Files.readSymbolicLink(link).toString().startsWith("pipe:")) return NONE;
        } catch (IOException | RuntimeException e) {
            return NONE;
        }
        return new KernelPipe(descriptor);
    }

    /** The descriptors of this process that refer to a FIFO. */
    static Set<Integer> descriptorsOf(Path fifo) {
        Set<Integer> found = new HashSet<>();
        try (DirectoryStream<Path> links = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            Path file = fifo.toRealPath();
            for (Path link : links) {
                if (leadsTo(link, file))
                    found.add(Integer.valueOf(String.valueOf(link.getFileName())));
            }
        } catch (IOException | RuntimeException e) {
            found.clear(); // No Linux: bytes are copied.
        }
        return found;
    }

    private static boolean leadsTo(Path link, Path file) {
        try {
            return Files.readSymbolicLink(link).equals(file);
        } catch (IOException e) {
            return false; // The listing's own descriptor, or another thread's, which is closed by
            // now.
        }
    }

    /**
     * The one descriptor of a FIFO that did not exist before it was opened, or {@link #NONE} if it
     * is not known.
     */
    static KernelPipe ofNewDescriptor(Path fifo, Set<Integer> others) {
        Set<Integer> now = descriptorsOf(fifo);
        now.removeAll(others);
        return now.size() == 1 ? new KernelPipe(now.iterator().next()) : NONE;
    }

    boolean canSpliceTo(KernelPipe to) {
        return descriptor >= 0 && to.descriptor >= 0 && Calls.READY;
    }

    /**
     * Moves bytes from this pipe to another.
     *
     * @return the bytes moved: fewer than asked at the end of the pipe, or where the kernel would rather not
     */
    long splice(KernelPipe to, long bytes) throws IOException {
        Calls.enlarge(descriptor);
        Calls.enlarge(to.descriptor);
        long moved = 0;
        while (moved < bytes) {
            long now =
                    Calls.splice(
                            descriptor, to.descriptor, Math.min(bytes - moved, Integer.MAX_VALUE));
            if (now == 0) break;
            if (now == -EINTR) continue;
            if (now == -EINVAL && moved == 0) break;
            if (now < 0) throw new IOException(Calls.describe((int) -now));
            moved += now;
        }
        return moved;
    }

    /** The calls of the C library; a class of its own so that they are looked up only when two pipes meet. */
    // Restricted: the launcher grants native access; without it the lookup fails, and bytes are
    // copied.
    @SuppressWarnings("restricted")
    private static final class Calls {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final StructLayout STATE = Linker.Option.captureStateLayout();
        private static final VarHandle ERRNO =
                STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        private static final MemorySegment CAPTURED = Arena.global().allocate(STATE);
        private static final boolean READY = LINKER.defaultLookup().find("splice").isPresent();
        private static final MethodHandle SPLICE =
                LINKER.downcallHandle(
                        LINKER.defaultLookup()
                                .find("splice")
                                .orElse(MemorySegment.NULL.reinterpret(1)),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT),
                        Linker.Option.captureCallState("errno"));
        private static final MethodHandle FCNTL =
                LINKER.downcallHandle(
                        LINKER.defaultLookup().findOrThrow("fcntl"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT),
                        Linker.Option.firstVariadicArg(2));

        private Calls() {}

        /** The bytes moved, or the negated error number. */
        static long splice(int from, int to, long bytes) {
            try {
                long moved =
                        (long)
                                SPLICE.invokeExact(
                                        CAPTURED,
                                        from,
                                        MemorySegment.NULL,
                                        to,
                                        MemorySegment.NULL,
                                        bytes,
                                        SPLICE_MOVE_MORE);
                return moved >= 0 ? moved : -(int) ERRNO.get(CAPTURED, 0L);
            } catch (Throwable e) {
                throw new IllegalStateException("splice cannot be called", e);
            }
        }

        /** Asks for a larger pipe; a refusal costs speed only. */
        static void enlarge(int descriptor) {
            try {
                int ignored = (int) FCNTL.invokeExact(descriptor, SET_PIPE_SIZE, PIPE_SIZE);
            } catch (Throwable e) {
                throw new IllegalStateException("fcntl cannot be called", e);
            }
        }

        static String describe(int errno) {
            return errno == 32 ? "Broken pipe" : "splice: error " + errno;
        }
    }
}
