package org.xenimage.script.isolate;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes away all files that a policy's process has no use for, by the kernel's Landlock. It needs no privileges.
 *
 * <p>After that, the calling thread, and every thread that it or its descendants start, can open only the program: the
 * JDK, the class path and the module paths, the system's libraries and time zones, {@code /proc/self}, and the
 * folder in which the engine keeps its resources, in which it may also write until {@link SystemCalls} forbids that.
 * Images, keys, the files of users, {@code /etc} and other processes cannot be opened. Files that are open stay so,
 * and so do pipes. Where the kernel has it, TCP and signals to other processes are refused as well.
 *
 * <p>Threads that the JVM itself had before, such as those of its collector and compiler, are not confined, unless the
 * kernel can do that (from version 8 of Landlock's interface on). They run no code of policies.
 */
public final class ReadableFiles {
    private static final int CREATE_RULESET = 444;
    private static final int ADD_RULE = 445;
    private static final int RESTRICT_SELF = 446;
    private static final int ASK_VERSION = 1;
    private static final int PATH_BENEATH = 1;
    private static final int ALL_THREADS = 1 << 3;

    private static final long READ_FILE = 1 << 2;
    private static final long READ_FOLDER = 1 << 3;

    /** EXECUTE to MAKE_SYM: what the first version knows. */
    private static final long FIRST = (1 << 13) - 1;

    private static final long REFER = 1 << 13;
    private static final long TRUNCATE = 1 << 14;
    private static final long CONTROL = 1 << 15;
    private static final long TCP = 3;
    private static final long ABSTRACT_SOCKETS_AND_SIGNALS = 3;

    private static final int AT_FDCWD = -100;
    private static final int O_PATH_CLOEXEC = 010000000 | 02000000;

    /** What every program reads: libraries, time zones, random numbers. */
    private static final List<String> SYSTEM =
            List.of(
                    "/lib",
                    "/lib64",
                    "/usr/lib",
                    "/usr/lib64",
                    "/etc/ld.so.cache",
                    "/etc/localtime",
                    "/usr/share/zoneinfo",
                    "/dev/null",
                    "/dev/random",
                    "/dev/urandom",
                    "/proc/self",
                    "/sys/fs/cgroup");

    /** Properties with the program's paths; the compiler of scripts is on the one for upgrades. */
    private static final List<String> PROGRAM =
            List.of("java.class.path", "jdk.module.path", "jdk.module.upgrade.path");

    /** Parts of the JDK that packages put elsewhere, by links. */
    private static final List<String> LINKED =
            List.of("", "conf", "conf/security", "conf/security/java.security", "lib/security");

    private ReadableFiles() {}

    /**
     * Confines the calling thread and those that it starts.
     *
     * @return whether the files are gone
     */
    public static SystemCalls.Outcome confine() {
        Optional<KernelCall> kernel = KernelCall.here();
        if (kernel.isEmpty()) return SystemCalls.Outcome.UNCONFINED;
        long version = kernel.get().call(CREATE_RULESET, 0, 0, ASK_VERSION);
        if (version < 1) return SystemCalls.Outcome.UNCONFINED;
        try (Arena arena = Arena.ofConfined()) {
            return confine(kernel.get(), version, arena)
                    ? SystemCalls.Outcome.CONFINED
                    : SystemCalls.Outcome.UNCONFINED;
        }
    }

    private static boolean confine(KernelCall kernel, long version, Arena arena) {
        long handled = FIRST;
        if (version >= 2) handled |= REFER;
        if (version >= 3) handled |= TRUNCATE;
        if (version >= 5) handled |= CONTROL;
        // struct landlock_ruleset_attr; an older kernel takes only the fields that it knows
        MemorySegment attributes = arena.allocate(24, 8);
        attributes.set(ValueLayout.JAVA_LONG, 0, handled);
        if (version >= 4) attributes.set(ValueLayout.JAVA_LONG, 8, TCP);
        if (version >= 6) attributes.set(ValueLayout.JAVA_LONG, 16, ABSTRACT_SOCKETS_AND_SIGNALS);
        long size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
        long rules = kernel.call(CREATE_RULESET, attributes.address(), size, 0);
        if (rules < 0) return false;
        try {
            for (Path path : readable()) allow(kernel, rules, path, READ_FILE | READ_FOLDER, arena);
            for (Path folder : resources()) allow(kernel, rules, folder, handled, arena);
            if (!kernel.promiseNoPrivileges()) return false;
            return (version >= 8 && kernel.call(RESTRICT_SELF, rules, ALL_THREADS) == 0)
                    || kernel.call(RESTRICT_SELF, rules, 0) == 0;
        } finally {
            close(kernel, rules);
        }
    }

    /** Adds a rule for what is at or below a path. A path that does not exist needs none. */
    private static void allow(KernelCall kernel, long rules, Path path, long access, Arena arena) {
        long file = open(kernel, path, arena);
        if (file < 0) return;
        // struct landlock_path_beneath_attr, packed
        MemorySegment rule = arena.allocate(12, 8);
        long allowed = Files.isDirectory(path) ? access : access & READ_FILE;
        rule.set(ValueLayout.JAVA_LONG, 0, allowed);
        rule.set(ValueLayout.JAVA_INT, 8, (int) file);
        long _ = kernel.call(ADD_RULE, rules, PATH_BENEATH, rule.address(), 0);
        close(kernel, file);
    }

    private static long open(KernelCall kernel, Path path, Arena arena) {
        long openat =
                switch (kernel.machine()) {
                    case X86_64 -> 257;
                    case AARCH64 -> 56;
                };
        MemorySegment name = arena.allocateFrom(path.toString(), StandardCharsets.UTF_8);
        return kernel.call(openat, AT_FDCWD, name.address(), O_PATH_CLOEXEC, 0);
    }

    private static void close(KernelCall kernel, long file) {
        long close =
                switch (kernel.machine()) {
                    case X86_64 -> 3;
                    case AARCH64 -> 57;
                };
        long _ = kernel.call(close, file);
    }

    private static List<Path> readable() {
        List<Path> paths = new ArrayList<>();
        for (String name : SYSTEM) paths.add(Path.of(name));
        Path home = Path.of(System.getProperty("java.home"));
        for (String part : LINKED) {
            try {
                paths.add(home.resolve(part).toRealPath());
            } catch (IOException e) {
                // This JDK has no such part.
            }
        }
        for (String property : PROGRAM)
            for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1))
                if (!entry.isEmpty()) paths.add(Path.of(entry));
        return paths;
    }

    /** Where the engine keeps what it unpacks: a folder of this program, or one of the user's own. */
    private static List<Path> resources() {
        String given = System.getProperty("polyglot.engine.resourcePath", "");
        if (!given.isEmpty()) return List.of(Path.of(given));
        Path folder =
                Path.of(System.getProperty("user.home", "/"), ".cache", "org.graalvm.polyglot");
        try {
            return List.of(Files.createDirectories(folder));
        } catch (IOException e) {
            return List.of();
        }
    }
}
