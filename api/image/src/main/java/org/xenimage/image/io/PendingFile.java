package org.xenimage.image.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A new file that appears under its name complete or not at all.
 *
 * <p>It is written under a temporary name in the same folder. {@link #deliver} forces it to the
 * disk, gives it its name, and forces the name to the disk too. Closing it before that removes it,
 * and so does the end of the process, unless it is killed.
 *
 * <p>Of several writers that may not replace a file, in one process or in several, exactly one delivers; each of the
 * others gets a {@link FileAlreadyExistsException}. Errors name the place, never the other name. For one thread.
 */
public final class PendingFile implements Closeable {
    /** Independent of the name of the place, which may be as long as the file system allows. */
    private static final String PREFIX = ".xenimage-";

    private final Path place;
    private final boolean replace;
    private final Path temporary;
    private final ChannelSink sink;
    private final Thread atExit;
    private boolean delivered;

    private PendingFile(Path place, boolean replace, Path temporary) throws IOException {
        this.place = place;
        this.replace = replace;
        this.temporary = temporary;
        this.sink = ChannelSink.create(temporary, place.toString());
        this.atExit = new Thread(this::removeAtExit, "remove-pending-file");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Begins a file.
     *
     * @param place where it is to appear
     * @param replace whether it may replace a file that exists
     * @return the file, still empty
     * @throws IOException a {@link FileAlreadyExistsException} if the name is taken, or any error
     *     of the operating system
     */
    public static PendingFile create(Path place, boolean replace) throws IOException {
        if (Files.isDirectory(place))
            throw new FileSystemException(place.toString(), null, "is a directory");
        if (!replace && Files.exists(place, LinkOption.NOFOLLOW_LINKS))
            throw new FileAlreadyExistsException(place.toString());
        Path folder = place.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder))
            throw new NoSuchFileException(String.valueOf(folder));
        Path temporary = folder.resolve(PREFIX + UUID.randomUUID());
        try {
            return new PendingFile(place, replace, temporary);
        } catch (FileSystemException e) {
            throw atPlace(place, e);
        }
    }

    /** {@return the sink for the bytes; writers leave it open} */
    public ChannelSink sink() {
        return sink;
    }

    /** {@return the temporary file, for reading the bytes before they are delivered} */
    public Path path() {
        return temporary;
    }

    /**
     * Puts the file in its place, whole and on disk.
     *
     * @throws IOException a {@link FileAlreadyExistsException} if another program was faster and
     *     the file may not be replaced, or any error of the operating system; {@link #close}
     *     removes the file then
     */
    public void deliver() throws IOException {
        try {
            sink.force();
            sink.close();
            if (replace) move();
            else link();
        } catch (FileAlreadyExistsException e) {
            throw new FileAlreadyExistsException(place.toString());
        } catch (FileSystemException e) {
            throw atPlace(place, e);
        } catch (IOException e) {
            throw new IOException(place + ": " + e.getMessage(), e);
        }
        delivered = true;
        forget();
        forceName(place);
    }

    private void move() throws IOException {
        Files.move(
                temporary,
                place,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** A rename replaces, a link does not. */
    private void link() throws IOException {
        try {
            Files.createLink(place, temporary);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            // A file system without links: the writer that creates the name may rename onto it.
            Files.createFile(place);
            move();
            return;
        }
        Files.deleteIfExists(temporary);
    }

    private static void forceName(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) forceFolder(folder);
    }

    /**
     * Waits until the names in a folder are on disk.
     *
     * @param folder to force
     * @throws IOException if the operating system refuses
     */
    public static void forceFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static FileSystemException atPlace(Path place, FileSystemException e) {
        FileSystemException named =
                switch (e) {
                    case java.nio.file.AccessDeniedException _ ->
                            new java.nio.file.AccessDeniedException(place.toString());
                    default -> new FileSystemException(place.toString(), null, e.getReason());
                };
        named.initCause(e);
        return named;
    }

    private void removeAtExit() {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            System.getLogger(PendingFile.class.getName())
                    .log(System.Logger.Level.WARNING, temporary + ": cannot be removed", e);
        }
    }

    private void forget() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs, and finds nothing to remove.
        }
    }

    /** Closes the file; one that was not delivered is removed. */
    @Override
    public void close() throws IOException {
        sink.close();
        if (delivered) return;
        try {
            Files.deleteIfExists(temporary);
        } catch (FileSystemException e) {
            throw atPlace(place, e);
        } finally {
            forget();
        }
    }
}
