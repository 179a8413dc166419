package org.xenimage.script.engine;

import org.graalvm.polyglot.io.FileSystem;
import org.xenimage.script.policy.Language;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.DirectoryStream;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Map;
import java.util.Set;

/**
 * The only files that a policy in JavaScript can import: the modules of the standard library, as {@code xenimage/NAME}
 * with or without {@code .js}. No path leads to a file of the machine.
 */
final class LibraryFiles implements FileSystem {
    private static final String PREFIX = "xenimage/";
    private static final Path ROOT = Path.of("/");

    private final ClassLoader library;

    LibraryFiles(ClassLoader library) {
        this.library = library;
    }

    /**
     * The resource of a module.
     *
     * @param library where it is
     * @param language it is written in
     * @param name of the module
     * @return its bytes
     * @throws FileNotFoundException if there is none
     */
    static byte[] read(ClassLoader library, Language language, String name) throws IOException {
        boolean plain = !name.isEmpty();
        for (char c : name.toCharArray())
            plain &= Character.isLetterOrDigit(c) || c == '-' || c == '_';
        String resource = "org/xenimage/stdlib/" + language.id() + "/" + name + language.suffix();
        try (InputStream in = plain ? library.getResourceAsStream(resource) : null) {
            if (in == null) throw new FileNotFoundException("there is no module xenimage/" + name);
            return in.readAllBytes();
        }
    }

    private byte[] read(Path path) throws IOException {
        String name = ROOT.relativize(toAbsolutePath(path)).toString().replace('\\', '/');
        if (!name.startsWith(PREFIX)) throw new NoSuchFileException(name);
        name = name.substring(PREFIX.length());
        if (name.endsWith(".js")) name = name.substring(0, name.length() - ".js".length());
        return read(library, Language.JAVASCRIPT, name);
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
            throw new SecurityException("modules are read-only");
        read(path);
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) {
        throw new SecurityException("modules are read-only");
    }

    @Override
    public void delete(Path path) {
        throw new SecurityException("modules are read-only");
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        return new Bytes(read(path));
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
            Path folder, DirectoryStream.Filter<? super Path> filter) {
        throw new SecurityException("modules cannot be listed");
    }

    @Override
    public Path toAbsolutePath(Path path) {
        return ROOT.resolve(path).normalize();
    }

    @Override
    public Path toRealPath(Path path, LinkOption... options) throws IOException {
        Path absolute = toAbsolutePath(path);
        read(absolute);
        return absolute;
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
            throws IOException {
        return Map.of(
                "size", (long) read(path).length, "isRegularFile", true, "isDirectory", false);
    }

    /** A module being read. */
    private static final class Bytes implements SeekableByteChannel {
        private final ByteBuffer bytes;
        private boolean open = true;

        Bytes(byte[] bytes) {
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
            throw new SecurityException("modules are read-only");
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
            throw new SecurityException("modules are read-only");
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
