package org.xenimage.tests.hostile.disk;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
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
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
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

/**
 * A disk in memory whose every call can fail, and from which the power can be taken.
 *
 * <p>What is written is in a cache until the file is forced; names until their folder is forced. When
 * the power goes, of all that was not forced each write and each change of a name is lost or kept
 * by chance, so that the order in which they were made says nothing. A move is one change, of the
 * folder that it goes to.
 */
public final class SimulatedDisk extends FileSystemProvider {
    /** What happens at the call with the number that was chosen. */
    public enum DiskFault {
        /** The disk is full, or broken: the call fails. */
        ERROR,
        /** From then on all reads and writes move fewer bytes than they were asked for. */
        SHORT,
        /** From then on every other read and write is interrupted by a signal before it moves a byte. */
        INTERRUPTED
    }

    private static final String NO_SPACE = "No space left on device";

    private final Map<String, DiskFile> names = Collections.synchronizedMap(new TreeMap<>());
    private final Map<String, DiskFile> forcedNames = new TreeMap<>();
    private final List<Map<String, @Nullable DiskFile>> pendingNames = new ArrayList<>();
    private final DiskFile root = DiskFile.folder();
    private final DiskFileSystem folder = new DiskFileSystem(this);
    private long calls;
    private long failAt = -1;
    private DiskFault fault = DiskFault.ERROR;

    /** A path on disk. */
    public Path path(String name) {
        return new DiskPath(folder, "/" + name);
    }

    /** Puts a file on disk that was there before. */
    public void put(String name, byte[] bytes) {
        var file = new DiskFile();
        file.bytes = bytes.clone();
        file.force();
        names.put("/" + name, file);
        forcedNames.put("/" + name, file);
    }

    /** Puts a folder on the disk that was there before. */
    public void putFolder(String name) {
        DiskFile made = DiskFile.folder();
        names.put("/" + name, made);
        forcedNames.put("/" + name, made);
    }

    /** The bytes of a file, if it is there. */
    public byte @Nullable [] bytes(String name) {
        DiskFile file = names.get("/" + name);
        return file == null ? null : file.bytes.clone();
    }

    /** The names of all files, without the slash in front. */
    public Set<String> files() {
        var all = new TreeSet<String>();
        synchronized (names) {
            names.forEach((name, file) -> {
                if (!file.folder) all.add(name.substring(1));
            });
        }
        return all;
    }

    /** Lets the call with a number fail, counted from 1. */
    public void failAt(long call, DiskFault kind) {
        failAt = call;
        fault = kind;
    }

    /** {@return how many calls there were} */
    public long calls() {
        return calls;
    }

    /** Takes the power away, and gives it back. */
    public void cutPower(Random random) {
        names.clear();
        names.putAll(forcedNames);
        for (Map<String, @Nullable DiskFile> change : pendingNames) {
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
        for (DiskFile file : new HashMap<>(names).values()) {
            byte[] surviving = file.forced;
            for (DiskFile.Write write : file.pending)
                if (random.nextBoolean()) surviving = DiskFile.applied(surviving, write);
            file.bytes = surviving;
            file.force();
        }
    }

    private boolean within(String name) {
        String folder = DiskPath.parent(name);
        return folder.equals("/") || (names.containsKey(folder) && within(folder));
    }

    synchronized void call() throws IOException {
        calls++;
        if (calls == failAt && fault == DiskFault.ERROR) throw new IOException(NO_SPACE);
    }

    private synchronized void call(Path path) throws IOException {
        calls++;
        if (calls == failAt && fault == DiskFault.ERROR)
            throw new FileSystemException(path.toString(), null, NO_SPACE);
    }

    boolean shortened() {
        return fault == DiskFault.SHORT && failAt >= 0 && calls >= failAt;
    }

    boolean interrupted() {
        return fault == DiskFault.INTERRUPTED && failAt >= 0 && calls >= failAt && calls % 2 == 0;
    }

    private synchronized void rename(Map<String, @Nullable DiskFile> change) {
        change.forEach((name, file) -> {
            if (file == null) names.remove(name);
            else names.put(name, file);
        });
        pendingNames.add(change);
    }

    /** What was changed last in a folder is forced with all that was changed in it before. */
    synchronized void forceNames(String folder) {
        for (Map<String, @Nullable DiskFile> change : List.copyOf(pendingNames)) {
            boolean gone = change.values().stream().allMatch(Objects::isNull);
            boolean here =
                    change.entrySet().stream()
                            .anyMatch(name ->
                                    (gone || name.getValue() != null)
                                            && DiskPath.parent(name.getKey()).equals(folder));
            if (!here) continue;
            pendingNames.remove(change);
            change.forEach((name, file) -> {
                if (file == null) forcedNames.remove(name);
                else forcedNames.put(name, file);
            });
        }
    }

    private DiskFile file(Path path) throws NoSuchFileException {
        DiskFile file = path.toString().equals("/") ? root : names.get(path.toString());
        if (file == null) throw new NoSuchFileException(path.toString());
        return file;
    }

    private void requireParent(Path path) throws NoSuchFileException {
        Path parent = path.getParent();
        if (parent == null || !isFolder(parent)) throw new NoSuchFileException(path.toString());
    }

    private boolean isFolder(Path path) {
        DiskFile file = names.get(path.toString());
        return path.toString().equals("/") || (file != null && file.folder);
    }

    @Override
    public FileChannel newFileChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        call(path);
        if (isFolder(path)) return new DiskChannel(this, root, path.toString());
        DiskFile file = names.get(path.toString());
        boolean exclusive = options.contains(StandardOpenOption.CREATE_NEW);
        if (exclusive && file != null) throw new FileAlreadyExistsException(path.toString());
        if (file == null && (exclusive || options.contains(StandardOpenOption.CREATE))) {
            requireParent(path);
            file = new DiskFile();
            rename(Map.of(path.toString(), file));
        }
        if (file == null) throw new NoSuchFileException(path.toString());
        return new DiskChannel(this, file, "");
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
        var change = new HashMap<String, @Nullable DiskFile>();
        change.put(path.toString(), null);
        rename(change);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        call(target);
        if (!Arrays.asList(options).contains(StandardCopyOption.REPLACE_EXISTING)
                && names.containsKey(target.toString()))
            throw new FileAlreadyExistsException(target.toString());
        var change = new HashMap<String, @Nullable DiskFile>();
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
                if (DiskPath.parent(name).equals(path.toString()))
                    found.add(new DiskPath(folder, name));
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
        rename(Map.of(path.toString(), DiskFile.folder()));
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
}
