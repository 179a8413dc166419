package org.xenimage.cli.toolstack;

import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A FIFO between this process and one that it starts, in a separate folder that no other user may
 * enter. It is removed when both ends are open, so that a process that is killed leaves nothing
 * behind.
 *
 * <p>Opening an end waits for the other one. If the other process ends without having opened its own, {@link #giveUp}
 * ends the waiting.
 */
final class Fifo implements Closeable {
    private final Path folder;
    private final Path path;
    private final Object lock = new Object();
    private Optional<FileChannel> bothEnds = Optional.empty();
    private boolean opened;

    private Fifo(Path folder, Path path) {
        this.folder = folder;
        this.path = path;
    }

    static Fifo create() throws IOException {
        Path folder = Files.createTempDirectory("xenimage-");
        Path path = folder.resolve("stream");
        var fifo = new Fifo(folder, path);
        try {
            Process mkfifo = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
            if (mkfifo.waitFor() == 0) return fifo;
            throw new IOException(path + ": mkfifo failed");
        } catch (InterruptedException e) {
            fifo.close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (IOException e) {
            fifo.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    /** Opens the end that reads, when someone writes. */
    ChannelSource openToRead(String name) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        opened();
        return ChannelSource.over(name, channel);
    }

    /** Opens the end that writes, when someone reads. */
    ChannelSink openToWrite(String name) throws IOException {
        ChannelSink sink = ChannelSink.fifo(name, path);
        opened();
        return sink;
    }

    private void opened() throws IOException {
        synchronized (lock) {
            opened = true;
            if (bothEnds.isPresent()) bothEnds.get().close();
        }
        close();
    }

    /** Opens both ends, so that neither waits for the other any more; they are closed when one was opened by itself. */
    void giveUp() {
        synchronized (lock) {
            if (opened || bothEnds.isPresent()) return;
            try {
                bothEnds =
                        Optional.of(
                                FileChannel.open(
                                        path, StandardOpenOption.READ, StandardOpenOption.WRITE));
            } catch (NoSuchFileException e) {
                // Nobody is waiting any more.
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(path.toString(), e);
            }
        }
    }

    /** Removes it; ends that are open stay so. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
        Files.deleteIfExists(folder);
    }
}
