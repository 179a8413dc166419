package org.xenimage.tests.hostile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A disk in memory whose every call can fail, and from which the power can be taken.
 *
 * <p>What is written is in a cache until the file is forced; names until their folder is forced. When
 * the power goes, of all that was not forced each write and each change of a name is lost or kept
 * by chance, so that the order in which they were made says nothing. A move is one change, of the
 * folder that it goes to.
 */
final class SimulatedDisk extends FileSystemProvider {
    /** What happens at the call with the number that was chosen. */
    enum DiskFault {
        /** The disk is full, or broken: the call fails. */
        ERROR,
        /** From then on all reads and writes move fewer bytes than they were asked for. */
        SHORT,
        /** From then on every other read and write is interrupted by a signal before it moves a byte. */
        INTERRUPTED
    }

    private static final String NO_SPACE = "No space left on device";

    private final Map<String, File> names = Collections.synchronizedMap(new TreeMap<>());
    private final Map<String, File> forcedNames = new TreeMap<>();
    private final List<Map<String, @Nullable File>> pendingNames = new ArrayList<>();
    private final File root = File.folder();
    private final Folder folder = new Folder(this);
    private long calls;
    private long failAt = -1;
    private DiskFault fault = DiskFault.ERROR;

    /** A write that is in the cache only; no bytes: a cut to the offset. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Write(long offset, byte[] bytes) {}

    private static final class File {
        private byte[] bytes = {};
        private byte[] forced = {};
        private boolean folder;
        private final List<Write> pending = new ArrayList<>();

        static File folder() {
            var made = new File();
            made.folder = true;
            return made;
        }

        void apply(Write write) {
            bytes = applied(bytes, write);
            pending.add(write);
        }

        void force() {
            forced = bytes.clone();
            pending.clear();
        }

        private static byte[] applied(byte[] to, Write write) {
            if (write.bytes().length == 0) return Arrays.copyOf(to, (int) write.offset());
            int end = (int) write.offset() + write.bytes().length;
            byte[] grown = Arrays.copyOf(to, Math.max(to.length, end));
            System.arraycopy(write.bytes(), 0, grown, (int) write.offset(), write.bytes().length);
            return grown;
        }
    }

    /** A path on disk. */
    Path path(String name) {
        return new Name(folder, "/" + name);
    }

    /** Puts a file on disk that was there before. */
    void put(String name, byte[] bytes) {
        var file = new File();
        file.bytes = bytes.clone();
        file.force();
        names.put("/" + name, file);
        forcedNames.put("/" + name, file);
    }

    /** Puts a folder on the disk that was there before. */
    void putFolder(String name) {
        File made = File.folder();
        names.put("/" + name, made);
        forcedNames.put("/" + name, made);
    }

    /** The bytes of a file, if it is there. */
    byte @Nullable [] bytes(String name) {
        File file = names.get("/" + name);
        return file == null ? null : file.bytes.clone();
    }

    /** The names of all files, without the slash in front. */
    Set<String> files() {
        var all = new TreeSet<String>();
        synchronized (names) {
            names.forEach((name, file) -> {
                if (!file.folder) all.add(name.substring(1));
            });
        }
        return all;
    }

    /** Lets the call with a number fail, counted from 1. */
    void failAt(long call, DiskFault kind) {
        failAt = call;
        fault = kind;
    }

    /** {@return how many calls there were} */
    long calls() {
        return calls;
    }

    /** Takes the power away, and gives it back. */
    void cutPower(Random random) {
        names.clear();
        names.putAll(forcedNames);
        for (Map<String, @Nullable File> change : pendingNames) {
            if (random.nextBoolean()) continue;
            change.forEach((name, file) -> {
                if (file == null) names.remove(name);
                else names.put(name, file);
            });
        }
        pendingNames.clear();
        names.keySet().removeIf(name -> !within(name)); // their folder is lost
        forcedNames.clear();
        forcedNames.putAll(names);
        for (File file : new HashMap<>(names).values()) {
            byte[] surviving = file.forced;
            for (Write write : file.pending)
                if (random.nextBoolean()) surviving = File.applied(surviving, write);
            file.bytes = surviving;
            file.force();
        }
    }

    private boolean within(String name) {
        String folder = parent(name);
        return folder.equals("/") || (names.containsKey(folder) && within(folder));
    }

    private static String parent(String name) {
        int slash = name.lastIndexOf('/');
        return slash <= 0 ? "/" : name.substring(0, slash);
    }

    private synchronized void call() throws IOException {
        calls++;
        if (calls == failAt && fault == DiskFault.ERROR) throw new IOException(NO_SPACE);
    }

    private synchronized void call(Path path) throws IOException {
        calls++;
        if (calls == failAt && fault == DiskFault.ERROR)
            throw new FileSystemException(path.toString(), null, NO_SPACE);
    }

    private boolean shortened() {
        return fault == DiskFault.SHORT && failAt >= 0 && calls >= failAt;
    }

    private boolean interrupted() {
        return fault == DiskFault.INTERRUPTED && failAt >= 0 && calls >= failAt && calls % 2 == 0;
    }

    private synchronized void rename(Map<String, @Nullable File> change) {
        change.forEach((name, file) -> {
            if (file == null) names.remove(name);
            else names.put(name, file);
        });
        pendingNames.add(change);
    }

    /** What was changed last in a folder is forced with all that was changed in it before. */
    private synchronized void forceNames(String folder) {
        for (Map<String, @Nullable File> change : List.copyOf(pendingNames)) {
            boolean gone = change.values().stream().allMatch(Objects::isNull);
            boolean here =
                    change.entrySet().stream()
                            .anyMatch(name ->
                                    (gone || name.getValue() != null)
                                            && parent(name.getKey()).equals(folder));
            if (!here) continue;
            pendingNames.remove(change);
            change.forEach((name, file) -> {
                if (file == null) forcedNames.remove(name);
                else forcedNames.put(name, file);
            });
        }
    }

    private File file(Path path) throws NoSuchFileException {
        File file = path.toString().equals("/") ? root : names.get(path.toString());
        if (file == null) throw new NoSuchFileException(path.toString());
        return file;
    }

    private void requireParent(Path path) throws NoSuchFileException {
        Path parent = path.getParent();
        if (parent == null || !isFolder(parent)) throw new NoSuchFileException(path.toString());
    }

    private boolean isFolder(Path path) {
        File file = names.get(path.toString());
        return path.toString().equals("/") || (file != null && file.folder);
    }

    @Override
    public FileChannel newFileChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        call(path);
        if (isFolder(path)) return new Channel(root, path.toString());
        File file = names.get(path.toString());
        boolean exclusive = options.contains(StandardOpenOption.CREATE_NEW);
        if (exclusive && file != null) throw new FileAlreadyExistsException(path.toString());
        if (file == null && (exclusive || options.contains(StandardOpenOption.CREATE))) {
            requireParent(path);
            file = new File();
            rename(Map.of(path.toString(), file));
        }
        if (file == null) throw new NoSuchFileException(path.toString());
        return new Channel(file, "");
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public void delete(Path path) throws IOException {
        call(path);
        file(path);
        var change = new HashMap<String, @Nullable File>();
        change.put(path.toString(), null);
        rename(change);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        call(target);
        if (!Arrays.asList(options).contains(StandardCopyOption.REPLACE_EXISTING)
                && names.containsKey(target.toString()))
            throw new FileAlreadyExistsException(target.toString());
        var change = new HashMap<String, @Nullable File>();
        change.put(target.toString(), file(source));
        change.put(source.toString(), null);
        rename(change);
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        call(link);
        if (names.containsKey(link.toString()))
            throw new FileAlreadyExistsException(link.toString());
        rename(Map.of(link.toString(), file(existing)));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        file(path);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(
            Path path, Class<A> type, LinkOption... options) throws IOException {
        boolean directory = isFolder(path);
        long size = directory ? 0 : file(path).bytes.length;
        return type.cast(new Attributes(directory, size));
    }

    private record Attributes(boolean isDirectory, long size) implements BasicFileAttributes {
        @Override
        public FileTime lastModifiedTime() {
            return FileTime.fromMillis(0);
        }

        @Override
        public FileTime lastAccessTime() {
            return FileTime.fromMillis(0);
        }

        @Override
        public FileTime creationTime() {
            return FileTime.fromMillis(0);
        }

        @Override
        public boolean isRegularFile() {
            return !isDirectory;
        }

        @Override
        public boolean isSymbolicLink() {
            return false;
        }

        @Override
        public boolean isOther() {
            return false;
        }

        @Override
        public @Nullable Object fileKey() {
            return null;
        }
    }

    /** An open file; for one thread at a time. */
    private final class Channel extends FileChannel {
        private final File file;
        private final String directory;
        private long position;

        /** Of a folder, if that has a name here. */
        Channel(File file, String directory) {
            this.file = file;
            this.directory = directory;
        }

        @Override
        public synchronized int read(ByteBuffer into, long from) throws IOException {
            call();
            if (interrupted()) return 0;
            if (from >= file.bytes.length) return -1;
            int step = (int) Math.min(into.remaining(), file.bytes.length - from);
            if (shortened() && step > 1) step = (step + 1) / 2;
            into.put(file.bytes, (int) from, step);
            return step;
        }

        @Override
        public synchronized int write(ByteBuffer from, long at) throws IOException {
            call();
            int step = interrupted() ? 0 : from.remaining();
            if (shortened() && step > 1) step = (step + 1) / 2;
            byte[] bytes = new byte[step];
            from.get(bytes);
            if (step > 0) file.apply(new Write(at, bytes));
            return step;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            int step = read(into, position);
            if (step > 0) position += step;
            return step;
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            int step = write(from, position);
            position += step;
            return step;
        }

        @Override
        public long read(ByteBuffer[] into, int offset, int length) throws IOException {
            long done = 0;
            for (int i = offset; i < offset + length; i++) {
                if (!into[i].hasRemaining()) continue;
                int step = read(into[i]);
                if (step < 0) return done == 0 ? -1 : done;
                done += step;
                if (into[i].hasRemaining()) break;
            }
            return done;
        }

        @Override
        public long write(ByteBuffer[] from, int offset, int length) throws IOException {
            long done = 0;
            for (int i = offset; i < offset + length; i++) {
                if (!from[i].hasRemaining()) continue;
                done += write(from[i]);
                if (from[i].hasRemaining()) break;
            }
            return done;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public FileChannel position(long to) {
            position = to;
            return this;
        }

        @Override
        public long size() {
            return file.bytes.length;
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            call();
            if (size < file.bytes.length) file.apply(new Write(size, new byte[0]));
            return this;
        }

        @Override
        public void force(boolean metadata) throws IOException {
            call();
            if (directory.isEmpty()) file.force();
            else forceNames(directory);
        }

        @Override
        public long transferTo(long from, long count, WritableByteChannel target)
                throws IOException {
            ByteBuffer some = ByteBuffer.allocate((int) Math.min(count, 1 << 16));
            int step = read(some, from);
            if (step <= 0) return 0;
            return target.write(some.flip());
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long at, long count)
                throws IOException {
            ByteBuffer some = ByteBuffer.allocate((int) Math.min(count, 1 << 16));
            if (source.read(some) <= 0) return 0;
            some.flip();
            long done = 0;
            while (some.hasRemaining()) done += write(some, at + done);
            return done;
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long from, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long from, long size, boolean shared) throws IOException {
            return tryLock(from, size, shared);
        }

        /** Nobody else is there. */
        @Override
        public FileLock tryLock(long from, long size, boolean shared) throws IOException {
            call();
            return new FileLock(this, from, size, shared) {
                @Override
                public boolean isValid() {
                    return true;
                }

                @Override
                public void release() {}
            };
        }

        @Override
        protected void implCloseChannel() {}
    }

    @Override
    public String getScheme() {
        return "simulated";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return folder;
    }

    @Override
    public Path getPath(URI uri) {
        throw new UnsupportedOperationException();
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
            Path path, DirectoryStream.Filter<? super Path> filter) throws IOException {
        call(path);
        if (!isFolder(path)) throw new NotDirectoryException(path.toString());
        List<Path> found = new ArrayList<>();
        synchronized (names) {
            for (String name : names.keySet())
                if (parent(name).equals(path.toString())) found.add(new Name(folder, name));
        }
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                return found.iterator();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        call(path);
        if (names.containsKey(path.toString()))
            throw new FileAlreadyExistsException(path.toString());
        requireParent(path);
        rename(Map.of(path.toString(), File.folder()));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isSameFile(Path first, Path second) {
        return first.equals(second);
    }

    @Override
    public boolean isHidden(Path path) {
        return false;
    }

    @Override
    public FileStore getFileStore(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return null;
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
        throw new UnsupportedOperationException();
    }

    private static final class Folder extends FileSystem {
        private final SimulatedDisk disk;

        Folder(SimulatedDisk disk) {
            this.disk = disk;
        }

        @Override
        public FileSystemProvider provider() {
            return disk;
        }

        @Override
        public Path getPath(String first, String... more) {
            return new Name(this, first);
        }

        @Override
        public void close() {}

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return "/";
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            return List.of(new Name(this, "/"));
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return List.of();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return Set.of("basic");
        }

        @Override
        public PathMatcher getPathMatcher(String pattern) {
            throw new UnsupportedOperationException();
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            throw new UnsupportedOperationException();
        }

        @Override
        public WatchService newWatchService() {
            throw new UnsupportedOperationException();
        }
    }

    /** A name from the root on, or one that is put behind another. */
    private record Name(Folder getFileSystem, String text) implements Path {
        @Override
        public boolean isAbsolute() {
            return text.startsWith("/");
        }

        @Override
        public Path getRoot() {
            return new Name(getFileSystem, "/");
        }

        @Override
        public Path getFileName() {
            return new Name(getFileSystem, text.substring(text.lastIndexOf('/') + 1));
        }

        @Override
        public @Nullable Path getParent() {
            if (text.equals("/") || text.indexOf('/') < 0) return null;
            return new Name(getFileSystem, parent(text));
        }

        private List<String> parts() {
            return Stream.of(text.split("/", -1)).filter(part -> !part.isEmpty()).toList();
        }

        @Override
        public int getNameCount() {
            return parts().size();
        }

        @Override
        public Path getName(int index) {
            return subpath(index, index + 1);
        }

        @Override
        public Path subpath(int from, int to) {
            return new Name(getFileSystem, String.join("/", parts().subList(from, to)));
        }

        @Override
        public boolean startsWith(Path other) {
            String front = other.toString();
            return text.equals(front) || text.startsWith(front.equals("/") ? front : front + "/");
        }

        @Override
        public boolean endsWith(Path other) {
            return text.endsWith(other.toString());
        }

        @Override
        public Path normalize() {
            return this;
        }

        @Override
        public Path resolve(Path other) {
            if (other.isAbsolute()) return other;
            if (text.isEmpty() || other.toString().isEmpty()) return text.isEmpty() ? other : this;
            return new Name(getFileSystem, (text.equals("/") ? "" : text) + "/" + other);
        }

        @Override
        public Path relativize(Path other) {
            if (!other.startsWith(this)) throw new IllegalArgumentException(other.toString());
            if (equals(other)) return new Name(getFileSystem, "");
            int from = text.equals("/") ? 1 : text.length() + 1;
            return new Name(getFileSystem, other.toString().substring(from));
        }

        @Override
        public URI toUri() {
            return URI.create("simulated:" + text);
        }

        @Override
        public Path toAbsolutePath() {
            return isAbsolute() ? this : new Name(getFileSystem, "/" + text);
        }

        @Override
        public Path toRealPath(LinkOption... options) {
            return toAbsolutePath();
        }

        @Override
        public WatchKey register(
                WatchService watcher,
                WatchEvent.Kind<?>[] events,
                WatchEvent.Modifier... modifiers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Path other) {
            return text.compareTo(other.toString());
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
