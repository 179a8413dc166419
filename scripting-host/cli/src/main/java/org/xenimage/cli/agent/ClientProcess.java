package org.xenimage.cli.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The process of a client, as {@code /proc} shows it.
 *
 * <p>The number is the kernel's word (SO_PEERCRED), and the process exists as long as its connection is open.
 */
final class ClientProcess {
    /** What a process may do, and where: these lines of {@code status} must be the same. */
    private static final List<String> STATUS =
            List.of(
                    "Uid",
                    "Gid",
                    "Groups",
                    "CapInh",
                    "CapPrm",
                    "CapEff",
                    "CapBnd",
                    "CapAmb",
                    "NoNewPrivs",
                    "Seccomp",
                    "Seccomp_filters",
                    "Cpus_allowed",
                    "Mems_allowed");

    /** Limits that a run may meet: these lines of {@code limits} must be the same. */
    private static final List<String> LIMITS =
            List.of("Max cpu time", "Max file size", "Max data size", "Max address space");

    private static final List<String> NAMESPACES =
            List.of("mnt", "pid", "user", "net", "ipc", "uts");

    /** Fields of {@code stat} after the name of the program: niceness, and the kind of scheduling. */
    private static final List<Integer> SCHEDULING = List.of(16, 37, 38);

    private static final int PROC_FILE_MAX = 4 << 20;

    private final Path proc;

    ClientProcess(int number) {
        this.proc = Path.of("/proc", String.valueOf(number));
    }

    /** A file below the folder of the process. */
    Path file(String name) {
        return proc.resolve(name);
    }

    /** In what the process differs from this one, so that a run here would not be the same; empty if in nothing. */
    Optional<String> difference() throws IOException {
        Path own = Path.of("/proc/self");
        for (String namespace : NAMESPACES) {
            Path name = Path.of("ns", namespace);
            if (!link(proc.resolve(name)).equals(link(own.resolve(name))))
                return Optional.of("another " + namespace + " namespace");
        }
        if (!link(proc.resolve("root")).equals(link(own.resolve("root"))))
            return Optional.of("another root folder");
        Optional<String> status = difference("status", STATUS);
        if (status.isPresent()) return status;
        Optional<String> limits = difference("limits", LIMITS);
        if (limits.isPresent()) return limits;
        if (!scheduling(proc).equals(scheduling(own))) return Optional.of("another priority");
        return label(proc).equals(label(own)) ? Optional.empty() : Optional.of("another label");
    }

    private Optional<String> difference(String file, List<String> names) throws IOException {
        List<String> other = text(proc.resolve(file)).lines().toList();
        List<String> own = text(Path.of("/proc/self", file)).lines().toList();
        for (String name : names)
            if (!line(other, name).equals(line(own, name)))
                return Optional.of("another " + name.toLowerCase(Locale.ROOT));
        return Optional.empty();
    }

    private static String line(List<String> lines, String name) {
        for (String line : lines)
            if (line.startsWith(name) && line.length() > name.length()) {
                char next = line.charAt(name.length());
                if (next == ':' || next == ' ') return line;
            }
        return "";
    }

    private static List<String> scheduling(Path process) throws IOException {
        String stat = text(process.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        List<String> chosen = new ArrayList<>();
        for (int field : SCHEDULING) if (field < fields.length) chosen.add(fields[field]);
        return chosen;
    }

    /** The label of SELinux or AppArmor; empty without them. */
    private static String label(Path process) {
        try {
            return text(process.resolve("attr/current")).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static String link(Path file) throws IOException {
        return Files.readSymbolicLink(file).toString();
    }

    /** The mask of the permissions of new files. */
    int umask() throws IOException {
        String line = line(text(proc.resolve("status")).lines().toList(), "Umask");
        if (line.isEmpty()) throw new IOException("the kernel does not tell the umask");
        return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip(), 8);
    }

    /** The working folder. */
    Path folder() throws IOException {
        Path folder = Files.readSymbolicLink(proc.resolve("cwd"));
        if (!Files.isDirectory(folder)) throw new IOException("the working folder is deleted");
        return folder;
    }

    /** The environment: names and values, as bytes. */
    List<byte[][]> environment() throws IOException {
        List<byte[][]> variables = new ArrayList<>();
        byte[] all = bytes(proc.resolve("environ"));
        int start = 0;
        for (int at = 0; at < all.length; at++) {
            if (all[at] != 0) continue;
            // As the JVM does: a name may begin with '='.
            int equals = start + 1;
            while (equals < at && all[equals] != '=') equals++;
            if (equals < at)
                variables.add(
                        new byte[][] {
                            java.util.Arrays.copyOfRange(all, start, equals),
                            java.util.Arrays.copyOfRange(all, equals + 1, at)
                        });
            start = at + 1;
        }
        return variables;
    }

    /** How a descriptor is open: the flags of open(2). */
    int flags(int descriptor) throws IOException {
        String line = line(text(proc.resolve("fdinfo/" + descriptor)).lines().toList(), "flags");
        return Integer.parseInt(line.substring(line.indexOf(':') + 1).strip(), 8);
    }

    private static String text(Path file) throws IOException {
        return new String(bytes(file), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return in.readNBytes(PROC_FILE_MAX);
        }
    }
}
