package org.xenimage.tests.hostile.disk;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.stream.Stream;

/** A name from the root on, or one that is put behind another. */
record DiskPath(DiskFileSystem getFileSystem, String text) implements Path {
    @Override
    public boolean isAbsolute() {
        return text.startsWith("/");
    }

    @Override
    public Path getRoot() {
        return new DiskPath(getFileSystem, "/");
    }

    @Override
    public Path getFileName() {
        return new DiskPath(getFileSystem, text.substring(text.lastIndexOf('/') + 1));
    }

    @Override
    public @Nullable Path getParent() {
        if (text.equals("/") || text.indexOf('/') < 0) return null;
        return new DiskPath(getFileSystem, parent(text));
    }

    /** The folder of a name. */
    static String parent(String name) {
        int slash = name.lastIndexOf('/');
        return slash <= 0 ? "/" : name.substring(0, slash);
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
        return new DiskPath(getFileSystem, String.join("/", parts().subList(from, to)));
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
        return new DiskPath(getFileSystem, (text.equals("/") ? "" : text) + "/" + other);
    }

    @Override
    public Path relativize(Path other) {
        if (!other.startsWith(this)) throw new IllegalArgumentException(other.toString());
        if (equals(other)) return new DiskPath(getFileSystem, "");
        int from = text.equals("/") ? 1 : text.length() + 1;
        return new DiskPath(getFileSystem, other.toString().substring(from));
    }

    @Override
    public URI toUri() {
        return URI.create("simulated:" + text);
    }

    @Override
    public Path toAbsolutePath() {
        return isAbsolute() ? this : new DiskPath(getFileSystem, "/" + text);
    }

    @Override
    public Path toRealPath(LinkOption... options) {
        return toAbsolutePath();
    }

    @Override
    public WatchKey register(
            WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
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
