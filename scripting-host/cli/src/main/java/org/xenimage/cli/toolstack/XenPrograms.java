package org.xenimage.cli.toolstack;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Programs of Xen that are not on the path of commands. */
final class XenPrograms {
    /** Where Linux shows the version of the running Xen. */
    private static final Path VERSION = Path.of("/sys/hypervisor/version");

    /** Where distributions install them; Debian has a folder for each version, beside these. */
    private static final List<Path> FOLDERS =
            List.of(
                    Path.of("/usr/libexec/xen/bin"),
                    Path.of("/usr/lib/xen/bin"),
                    Path.of("/usr/lib64/xen/bin"),
                    Path.of("/usr/local/libexec/xen/bin"),
                    Path.of("/usr/local/lib/xen/bin"));

    /** More bytes than any number there has. */
    private static final int NUMBER_MAX = 16;

    private XenPrograms() {}

    /**
     * Finds a program.
     *
     * @param name of its file
     * @return its path: of several versions side by side, that of the running Xen; empty if that is not known and there
     *     are several, and if there is none
     */
    static Optional<String> find(String name) {
        List<Path> folders = new ArrayList<>(beside());
        Optional<Path> running =
                running().map(version -> Path.of("/usr/lib/xen-" + version, "bin"));
        if (running.isPresent() && Files.isExecutable(running.get().resolve(name)))
            return Optional.of(running.get().resolve(name).toString());
        if (folders.stream().filter(folder -> Files.isExecutable(folder.resolve(name))).count() > 1)
            return Optional.empty();
        folders.addAll(FOLDERS);
        return folders.stream()
                .map(folder -> folder.resolve(name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString);
    }

    /** The folders of versions side by side. */
    private static List<Path> beside() {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> versions =
                Files.newDirectoryStream(Path.of("/usr/lib"), "xen-*")) {
            for (Path version : versions) found.add(version.resolve("bin"));
        } catch (IOException e) {
            // There are none.
        }
        return found;
    }

    private static Optional<String> running() {
        try {
            return Optional.of(number("major") + "." + number("minor"));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String number(String file) throws IOException {
        try (InputStream in = Files.newInputStream(VERSION.resolve(file))) {
            return new String(in.readNBytes(NUMBER_MAX), StandardCharsets.US_ASCII).strip();
        }
    }
}
