package org.xenimage.script.engine;

import org.graalvm.polyglot.io.FileSystem;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.DirectoryStream;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The files that a context sees: read-only, from resources on the class path. No path leads to a
 * file of the machine or shows where this program is installed.
 */
abstract sealed class VirtualFiles implements FileSystem permits ModuleFiles, PythonFiles {
    private static final Path ROOT = Path.of("/");
    private static final FileTime EPOCH = FileTime.fromMillis(0);

    /**
     * The contents of a file.
     *
     * @param path absolute and normalised
     * @return its bytes; empty if there is no such file
     */
    abstract Optional<byte[]> contents(Path path) throws IOException;

    /**
     * The names in a folder.
     *
     * @param path absolute and normalised
     * @return the names; empty if there is no such folder
     */
    abstract Optional<List<String>> names(Path path) throws IOException;

    private byte[] read(Path path) throws IOException {
        return contents(absolute(path)).orElseThrow(() -> new NoSuchFileException(path.toString()));
    }

    private static Path absolute(Path path) {
        return ROOT.resolve(path).normalize();
    }

    private static SecurityException readOnly() {
        return new SecurityException("a policy has no files to write");
    }

    @Override
    public Path parsePath(URI uri) {
        throw new UnsupportedOperationException("modules have names, not addresses");
    }

    @Override
    public Path parsePath(String path) {
        return Path.of(path);
    }

    @Override
    public void checkAccess(Path path, Set<? extends AccessMode> modes, LinkOption... options)
            throws IOException {
        if (modes.contains(AccessMode.WRITE) || modes.contains(AccessMode.EXECUTE))
            throw readOnly();
        if (names(absolute(path)).isEmpty()) read(path);
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) {
        throw readOnly();
    }

    @Override
    public void delete(Path path) {
        throw readOnly();
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        return new Contents(read(path));
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
            Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
        List<Path> listed =
                names(absolute(folder))
                        .orElseThrow(() -> new NotDirectoryException(folder.toString()))
                        .stream()
                        .map(folder::resolve)
                        .toList();
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                return listed.iterator();
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
    }

    @Override
    public void setCurrentWorkingDirectory(Path folder) {
        if (!absolute(folder).equals(ROOT)) throw readOnly();
    }

    @Override
    public Path toAbsolutePath(Path path) {
        return absolute(path);
    }

    @Override
    public Path toRealPath(Path path, LinkOption... options) throws IOException {
        checkAccess(path, Set.of());
        return absolute(path);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String wanted, LinkOption... options)
            throws IOException {
        boolean folder = names(absolute(path)).isPresent();
        long size = folder ? 0 : read(path).length;
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("size", size);
        attributes.put("isRegularFile", !folder);
        attributes.put("isDirectory", folder);
        attributes.put("isSymbolicLink", false);
        attributes.put("isOther", false);
        for (String time : List.of("lastModifiedTime", "lastAccessTime", "creationTime", "ctime"))
            attributes.put(time, EPOCH);
        attributes.put("mode", folder ? 0040555 : 0100444);
        attributes.put("permissions", Set.of(PosixFilePermission.OWNER_READ));
        attributes.put("ino", 1L);
        attributes.put("dev", 1L);
        for (String number : List.of("nlink", "uid", "gid")) attributes.put(number, 0);
        return attributes;
    }

    /** A file being read. */
    private static final class Contents implements SeekableByteChannel {
        private final ByteBuffer bytes;
        private boolean open = true;

        Contents(byte[] bytes) {
            this.bytes = ByteBuffer.wrap(bytes);
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            if (!open) throw new ClosedChannelException();
            if (!bytes.hasRemaining()) return -1;
            int length = Math.min(into.remaining(), bytes.remaining());
            into.put(bytes.slice(bytes.position(), length));
            bytes.position(bytes.position() + length);
            return length;
        }

        @Override
        public int write(ByteBuffer from) {
            throw readOnly();
        }

        @Override
        public long position() {
            return bytes.position();
        }

        @Override
        public SeekableByteChannel position(long position) {
            bytes.position((int) Math.min(position, bytes.limit()));
            return this;
        }

        @Override
        public long size() {
            return bytes.limit();
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw readOnly();
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }
}
