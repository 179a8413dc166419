package org.xenimage.cli.output;

import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.PendingFile;
import org.xenimage.image.io.RunFiles;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The output of a command: a file that appears complete or not at all, or standard output for
 * {@code -}.
 *
 * <p>A file is a {@link PendingFile}, which {@link #commit} delivers. A pipe or a device is written
 * in passing. Files that the run reads are refused.
 */
public final class Output implements Closeable {
    private final ChannelSink sink;
    private final Optional<PendingFile> file;
    private final RunFiles files;
    private final RunFiles.Claim claim;
    private boolean committed;

    private Output(
            ChannelSink sink, Optional<PendingFile> file, RunFiles files, RunFiles.Claim claim) {
        this.sink = sink;
        this.file = file;
        this.files = files;
        this.claim = claim;
    }

    /**
     * Opens an output.
     *
     * @param name a path, or {@code -}
     * @param files of the run
     * @param force whether an existing file may be replaced
     * @return the output
     * @throws IOException if the run reads it, it exists, or it cannot be made
     */
    public static Output open(String name, RunFiles files, boolean force) throws IOException {
        if (name.equals("-")) {
            RunFiles.Claim claim = files.writingStandardOutput();
            return new Output(ChannelSink.standardOutput(), Optional.empty(), files, claim);
        }
        Path place = Path.of(name);
        RunFiles.Claim claim = files.writing(place);
        if (Files.exists(place) && !Files.isRegularFile(place) && !Files.isDirectory(place)) {
            FileChannel device = FileChannel.open(place, StandardOpenOption.WRITE);
            return new Output(ChannelSink.over(name, device), Optional.empty(), files, claim);
        }
        try {
            PendingFile file = PendingFile.create(place, force);
            return new Output(file.sink(), Optional.of(file), files, claim);
        } catch (FileAlreadyExistsException e) {
            throw exists(name, e);
        }
    }

    private static IOException exists(String name, FileAlreadyExistsException e) {
        return new IOException(name + ": already exists; use --force to replace it", e);
    }

    /**
     * Whether the output can be discarded and written again: not if another process reads it in the
     * meantime.
     *
     * @param name a path, or {@code -}
     * @return false for standard output, a pipe or a device
     */
    public static boolean droppable(String name) {
        Path place = Path.of(name);
        return !name.equals("-") && (!Files.exists(place) || Files.isRegularFile(place));
    }

    /** {@return the sink for the bytes; writers leave it open} */
    public ChannelSink sink() {
        return sink;
    }

    /** {@return where the bytes are until they are in their place} */
    public Path path() {
        return file.map(PendingFile::path).orElse(Path.of(sink.name()));
    }

    /**
     * Puts the file in its place, whole and on disk.
     *
     * @throws IOException if someone else was faster, or the operating system refuses; the file is
     *     removed by {@link #close} then
     */
    public void commit() throws IOException {
        if (file.isEmpty()) {
            sink.close();
            return;
        }
        if (!claim.isValid())
            throw new IOException(
                    sink.name() + ": this run reads this file; write to a different one");
        try {
            file.get().deliver();
            committed = true;
        } catch (FileAlreadyExistsException e) {
            throw exists(e.getFile(), e);
        }
    }

    /** Closes the output; a file that was not committed is removed. */
    @Override
    public void close() throws IOException {
        if (file.isEmpty()) {
            sink.close();
            return;
        }
        file.get().close();
        if (!committed) files.notWritten(Path.of(sink.name()));
    }
}
