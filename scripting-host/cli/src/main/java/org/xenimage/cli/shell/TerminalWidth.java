package org.xenimage.cli.shell;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.OptionalInt;

/** How many columns the terminal has that standard output goes to. */
final class TerminalWidth {
    private static final int STDOUT = 1;
    private static final long TIOCGWINSZ_LINUX = 0x5413;
    private static final long TIOCGWINSZ_MAC = 0x4008_7468;

    /** struct winsize: rows, columns, and two in pixels, 16 bits each. */
    private static final int WINSIZE = 8;

    private TerminalWidth() {}

    /** {@return the columns; empty if standard output is not a terminal, or they are unknown} */
    @SuppressWarnings("restricted") // ioctl is called with a buffer of its own size
    static OptionalInt columns() {
        boolean mac = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("mac");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(WINSIZE);
            MethodHandle ioctl =
                    Linker.nativeLinker()
                            .downcallHandle(
                                    Linker.nativeLinker().defaultLookup().findOrThrow("ioctl"),
                                    FunctionDescriptor.of(
                                            ValueLayout.JAVA_INT,
                                            ValueLayout.JAVA_INT,
                                            ValueLayout.JAVA_LONG,
                                            ValueLayout.ADDRESS),
                                    Linker.Option.firstVariadicArg(2));
            int status =
                    (int) ioctl.invokeExact(STDOUT, mac ? TIOCGWINSZ_MAC : TIOCGWINSZ_LINUX, size);
            int columns = Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 2));
            return status == 0 && columns > 0 ? OptionalInt.of(columns) : OptionalInt.empty();
        } catch (Throwable e) {
            return OptionalInt.empty(); // Without it the help has its usual width.
        }
    }
}
