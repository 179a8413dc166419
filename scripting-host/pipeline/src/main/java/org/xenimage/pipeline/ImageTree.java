package org.xenimage.pipeline;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.io.RunFiles;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What there is to work on, found before anything is written. */
final class ImageTree {
    /**
     * A file that may be an image.
     *
     * @param source where it is
     * @param relative its path below the folder of the outputs
     * @param name of that path
     * @param size in bytes
     * @param modified when it was last
     * @param named whether the user named it, and did not only name a folder around it
     */
    record Item(
            Path source, Path relative, String name, long size, FileTime modified, boolean named) {}

    private final List<Item> items = new ArrayList<>();
    private final List<ImageOutcome> aside = new ArrayList<>();
    private final Map<Path, Path> places = new HashMap<>();
    private final RunFiles files;
    private final Optional<Path> out;

    private ImageTree(Optional<Path> out, RunFiles files) {
        this.out = out;
        this.files = files;
    }

    /**
     * Looks for images.
     *
     * @param inputs files and folders
     * @param out the folder of the outputs, which is not looked into; empty if nothing is written
     * @param files claims the files that are found as read
     * @return what was found
     * @throws IOException a {@link BulkRefused} if two of them have the same place below the folder of the outputs
     */
    static ImageTree find(List<Path> inputs, Optional<Path> out, RunFiles files)
            throws IOException {
        var tree = new ImageTree(out, files);
        for (Path input : inputs) {
            if (Files.isDirectory(input)) tree.folder(input);
            else tree.file(input);
        }
        tree.items.sort(Comparator.comparing(Item::name));
        tree.aside.sort(Comparator.comparing(ImageOutcome::name));
        return tree;
    }

    List<Item> items() {
        return items;
    }

    /** {@return what is skipped, and why} */
    List<ImageOutcome> aside() {
        return aside;
    }

    private void file(Path input) throws IOException {
        Path name = input.getFileName();
        if (name == null) throw new BulkRefused(input + ": does not name a file");
        try {
            add(input, name, Files.readAttributes(input, BasicFileAttributes.class), true);
        } catch (FileSystemException e) {
            failed(input, name, e);
        }
    }

    private void add(Path source, Path relative, BasicFileAttributes attributes, boolean named)
            throws IOException {
        Path other = places.putIfAbsent(relative, source);
        if (other != null)
            throw new BulkRefused(
                    "%s and %s would both become %s below --out; use a separate --out for each"
                            .formatted(other, source, relative));
        files.reading(source);
        items.add(
                new Item(
                        source,
                        relative,
                        FileNameText.of(relative),
                        attributes.size(),
                        attributes.lastModifiedTime(),
                        named));
    }

    private void failed(Path source, Path relative, IOException failure) {
        aside.add(
                ImageOutcome.aside(
                        FileNameText.of(relative),
                        source.toString(),
                        ImageOutcome.Status.FAILED,
                        reason(failure)));
    }

    private void skipped(Path source, Path relative, String reason) {
        aside.add(
                ImageOutcome.aside(
                        FileNameText.of(relative),
                        source.toString(),
                        ImageOutcome.Status.SKIPPED,
                        reason));
    }

    /** A failure of the file system in words, without the file's name. */
    static String reason(IOException failure) {
        return switch (failure) {
            case NoSuchFileException _ -> "no such file or directory";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException e when e.getReason() != null ->
                    Objects.requireNonNull(e.getReason());
            default -> Objects.toString(failure.getMessage(), failure.getClass().getSimpleName());
        };
    }

    private void folder(Path root) throws IOException {
        Files.walkFileTree(
                root,
                EnumSet.of(FileVisitOption.FOLLOW_LINKS),
                Integer.MAX_VALUE,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) throws IOException {
                        Path name = folder.getFileName();
                        if (name != null && name.toString().equals(OutFolder.OWN))
                            return FileVisitResult.SKIP_SUBTREE;
                        if (out.isEmpty()
                                || !Files.isDirectory(out.get())
                                || !Files.isSameFile(folder, out.get()))
                            return FileVisitResult.CONTINUE;
                        if (folder.equals(root))
                            throw new BulkRefused(
                                    root
                                            + ": is also the output folder; inputs are never "
                                            + "overwritten; choose another --out");
                        skipped(folder, root.relativize(folder), "is the output folder");
                        return FileVisitResult.SKIP_SUBTREE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Path relative = root.relativize(file);
                        if (attributes.isRegularFile()) add(file, relative, attributes, false);
                        else if (attributes.isSymbolicLink())
                            failed(file, relative, new IOException(dangling(file)));
                        else skipped(file, relative, "is not a regular file");
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException failure) {
                        Path relative = root.relativize(file);
                        if (failure instanceof FileSystemLoopException)
                            skipped(file, relative, "is a link to a folder that contains it");
                        else failed(file, relative, failure);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path folder, @Nullable IOException failure) {
                        if (failure != null) failed(folder, root.relativize(folder), failure);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private static String dangling(Path link) throws IOException {
        return Files.exists(link, LinkOption.NOFOLLOW_LINKS)
                ? "is a broken link: " + Files.readSymbolicLink(link)
                : "no longer exists";
    }
}
