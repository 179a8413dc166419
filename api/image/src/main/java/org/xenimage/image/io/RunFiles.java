package org.xenimage.image.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The files of one run: what it reads, which it never opens for writing, and what it writes.
 *
 * <p>Every part of a run that opens a file claims it here first: {@link #reading} an input, a
 * policy, a key; {@link #writing} an output, a log, a report. A file is known by its device and
 * inode, so that a symbolic link, a hard link and standard input are the same file as its path.
 * Devices that are not disks, pipes and sockets may be both.
 *
 * <p>Writing to a file that was claimed for reading fails, and so does the opposite, before anything was opened: a file
 * that one part of the run needs is never truncated, overwritten or replaced by another part of it. Two outputs are
 * never one file either. Safe for use by several threads.
 */
public final class RunFiles {
    private static final Path STANDARD_INPUT = Path.of("/dev/stdin");
    private static final Path STANDARD_OUTPUT = Path.of("/dev/stdout");

    private final Map<Object, String> read = new HashMap<>();
    private final Map<Object, Claim> written = new HashMap<>();

    /**
     * A file that a run writes. It is valid until another part of the run turns out to read the
     * file. Then the run fails, and the holder of the claim must not write any more.
     */
    public static final class Claim {
        private final String name;
        private volatile boolean stands = true;

        private Claim(String name) {
            this.name = name;
        }

        /** {@return whether the file may be written} */
        public boolean isValid() {
            return stands;
        }
    }

    /** The files of a run that has not begun. */
    public RunFiles() {}

    /**
     * Claims a file that is read. A file that does not exist is ignored: opening it will fail.
     *
     * @param file as the user named it
     * @throws IOException if the run writes to it
     */
    public void reading(Path file) throws IOException {
        reading(file, file.toString());
    }

    /**
     * Claims standard input.
     *
     * @throws IOException if the run writes to the file behind it
     */
    public void readingStandardInput() throws IOException {
        reading(STANDARD_INPUT, "standard input");
    }

    private synchronized void reading(Path file, String name) throws IOException {
        Optional<Object> identity = identity(file);
        if (identity.isEmpty()) return;
        Claim writer = written.get(identity.get());
        if (writer == null) writer = written.get(place(file));
        if (writer != null) {
            writer.stands = false;
            throw both(writer.name, name);
        }
        read.putIfAbsent(identity.get(), name);
    }

    /**
     * Claims a file that is written, whether it exists or not.
     *
     * @param file as the user named it
     * @return the claim, to be asked before anything of the file is changed
     * @throws IOException if the run reads it, or writes it as something else
     */
    public Claim writing(Path file) throws IOException {
        return writing(file, file.toString());
    }

    /**
     * Claims standard output.
     *
     * @return the claim
     * @throws IOException if the run reads the file behind it, or writes it as something else
     */
    public Claim writingStandardOutput() throws IOException {
        return writing(STANDARD_OUTPUT, "standard output");
    }

    private synchronized Claim writing(Path file, String name) throws IOException {
        Optional<Object> identity = identity(file);
        if (identity.isPresent()) {
            String reader = read.get(identity.get());
            if (reader != null) throw both(name, reader);
        }
        var claim = new Claim(name);
        boolean shared = identity.isEmpty() && Files.exists(file) && !file.equals(STANDARD_OUTPUT);
        if (shared) return claim; // a device or a pipe
        // Known by its place too: one that did not exist when it was claimed may exist now.
        Object place = place(file);
        Claim other = written.get(place);
        if (other == null && identity.isPresent()) other = written.get(identity.get());
        if (other != null)
            throw new IOException(
                    "%s: this run already writes to it, as %s; choose another file"
                            .formatted(name, other.name));
        written.put(place, claim);
        if (identity.isPresent()) written.put(identity.get(), claim);
        return claim;
    }

    /**
     * Gives back the claim of a file that was to be written and was not.
     *
     * @param file as the user named it
     * @throws IOException if it cannot be told
     */
    public synchronized void notWritten(Path file) throws IOException {
        Claim claim = written.get(place(file));
        if (claim != null) written.values().removeIf(claim::equals);
    }

    private static IOException both(String writer, String reader) {
        return new IOException(
                writer.equals(reader)
                        ? writer + ": this run reads this file; write to a different one"
                        : "%s: this run reads this file, as %s; write to another one"
                                .formatted(writer, reader));
    }

    /**
     * The identity of a regular file or a disk; empty for anything else, and if it does not exist.
     */
    private static Optional<Object> identity(Path file) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isRegularFile()) {
                Object key = attributes.fileKey();
                return Optional.of(key == null ? file.toRealPath() : key);
            }
            return attributes.isOther() ? disk(file) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** The device number of a block device, under any name. */
    private static Optional<Object> disk(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix"))
            return Optional.empty();
        Map<String, Object> attributes = Files.readAttributes(file, "unix:mode,rdev");
        boolean block = attributes.get("mode") instanceof Integer mode && (mode & 0xf000) == 0x6000;
        return block ? Optional.of("disk " + attributes.get("rdev")) : Optional.empty();
    }

    /** What a file that does not exist yet is known by. */
    private static Object place(Path file) throws IOException {
        if (file.equals(STANDARD_INPUT) || file.equals(STANDARD_OUTPUT)) return file;
        Path absolute = file.toAbsolutePath().normalize();
        Path folder = absolute.getParent();
        Path leaf = absolute.getFileName();
        if (folder == null || leaf == null || !Files.isDirectory(folder)) return absolute;
        if (Files.isDirectory(absolute, LinkOption.NOFOLLOW_LINKS)) return absolute;
        return folder.toRealPath().resolve(leaf);
    }
}
