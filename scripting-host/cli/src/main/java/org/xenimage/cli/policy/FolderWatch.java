package org.xenimage.cli.policy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Waits until a file in some folders changes, appears or goes. It compares times and lengths a few times each second:
 * editors replace files in too many ways for notices of the operating system to be told apart. For one thread.
 */
final class FolderWatch {
    private static final long LOOK_MILLIS = 250;
    private static final int DEPTH_MAX = 8;
    private static final int FILES_MAX = 20_000;

    private final Collection<Path> folders;
    private Map<Path, String> seen;

    private FolderWatch(Collection<Path> folders) {
        this.folders = folders;
        this.seen = look();
    }

    /** Watches folders, and of files the folders that they are in. */
    static FolderWatch of(List<Path> places) {
        Collection<Path> folders = new TreeSet<>();
        for (Path place : places) {
            Path absolute = place.toAbsolutePath().normalize();
            Path parent = absolute.getParent();
            folders.add(Files.isDirectory(absolute) || parent == null ? absolute : parent);
        }
        return new FolderWatch(folders);
    }

    /** Waits; false if the thread was interrupted. */
    boolean awaitChange() {
        while (true) {
            Map<Path, String> now = look();
            if (!now.equals(seen)) {
                seen = now;
                return true;
            }
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                return false;
            }
        }
    }

    private Map<Path, String> look() {
        Map<Path, String> found = new HashMap<>();
        for (Path folder : folders) {
            try (Stream<Path> all =
                    Files.find(folder, DEPTH_MAX, (_, facts) -> facts.isRegularFile())) {
                all.limit(FILES_MAX).forEach(file -> found.put(file, state(file)));
            } catch (IOException | UncheckedIOException e) {
                // What cannot be read now may be there at the next look.
            }
        }
        return found;
    }

    private static String state(Path file) {
        try {
            return Files.getLastModifiedTime(file) + " " + Files.size(file);
        } catch (IOException e) {
            return "";
        }
    }
}
