package org.xenimage.cli.output;

import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ChannelSink;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * What a command writes: a file that appears whole or not at all, or standard output for {@code -}.
 *
 * <p>A file is written under another name beside its place, forced to the disk and renamed by {@link #commit}. If the
 * command fails, is interrupted or terminated before, nothing is left. A pipe or a device is written as it goes.
 */
public final class Output implements Closeable {
    private final ChannelSink sink;
    private final Optional<Unnamed> unnamed;

    /** A file that has not got its name yet. */
    private record Unnamed(Path temporary, Path place, Thread atExit) {
        static Unnamed beside(Path place) {
            Path temporary =
                    place.toAbsolutePath()
                            .resolveSibling(
                                    "."
                                            + place.getFileName()
                                            + ".xenimage-"
                                            + ProcessHandle.current().pid());
            var atExit = new Thread(() -> remove(temporary), "remove-unfinished-output");
            Runtime.getRuntime().addShutdownHook(atExit);
            return new Unnamed(temporary, place, atExit);
        }

        static void remove(Path file) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                TextOutput.over(System.err, true).println("xenimage: " + Failure.of(e).message());
            }
        }

        void forget() {
            try {
                Runtime.getRuntime().removeShutdownHook(atExit);
            } catch (IllegalStateException e) {
                // The process is ending: the hook runs, and finds nothing to remove.
            }
        }
    }

    private Output(ChannelSink sink, Optional<Unnamed> unnamed) {
        this.sink = sink;
        this.unnamed = unnamed;
    }

    /**
     * Opens an output.
     *
     * @param name a path, or {@code -}
     * @param input the name of the command's input, which must be another file
     * @param force whether an existing file may be replaced
     * @return the output
     * @throws IOException if it is the input, is there already, or cannot be made
     */
    public static Output open(String name, String input, boolean force) throws IOException {
        if (name.equals("-")) return new Output(ChannelSink.standardOutput(), Optional.empty());
        Path place = Path.of(name);
        if (Files.exists(place) && !Files.isRegularFile(place) && !Files.isDirectory(place)) {
            FileChannel device = FileChannel.open(place, StandardOpenOption.WRITE);
            return new Output(ChannelSink.over(name, device), Optional.empty());
        }
        if (Files.isDirectory(place))
            throw new FileAlreadyExistsException(name, null, "is a directory");
        if (!input.equals("-") && Files.exists(place) && Files.isSameFile(place, Path.of(input))) {
            throw new IOException(
                    name + ": is the input; inputs are never overwritten; choose another file");
        }
        if (Files.exists(place, LinkOption.NOFOLLOW_LINKS) && !force) {
            throw new IOException(name + ": already exists; use --force to replace it");
        }
        Path folder = place.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder))
            throw new NoSuchFileException(String.valueOf(folder));
        Unnamed unnamed = Unnamed.beside(place);
        try {
            return new Output(ChannelSink.create(unnamed.temporary()), Optional.of(unnamed));
        } catch (IOException e) {
            unnamed.forget();
            throw e;
        }
    }

    /** {@return takes the bytes} */
    public ChannelSink sink() {
        return sink;
    }

    /** {@return where the bytes are until they are in their place} */
    public Path path() {
        return unnamed.map(Unnamed::temporary).orElse(Path.of(sink.name()));
    }

    /**
     * Puts the file in its place, whole and on the disk.
     *
     * @throws IOException if the operating system refuses; the file is removed by {@link #close} then
     */
    public void commit() throws IOException {
        sink.force();
        sink.close();
        if (unnamed.isEmpty()) return;
        Unnamed file = unnamed.get();
        Files.move(
                file.temporary(),
                file.place(),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        file.forget();
    }

    /** Closes the output; a file that was not committed is removed. */
    @Override
    public void close() throws IOException {
        sink.close();
        if (unnamed.isPresent()) {
            Unnamed.remove(unnamed.get().temporary());
            unnamed.get().forget();
        }
    }

    /** {@return takes the bytes, for a writer that closes its sink: the file is forced to the disk and renamed after} */
    public ByteSink unclosed() {
        return new Unclosed(sink);
    }

    /** A sink that its writer does not close. */
    private record Unclosed(ByteSink sink) implements ByteSink {
        @Override
        public String name() {
            return sink.name();
        }

        @Override
        public long position() {
            return sink.position();
        }

        @Override
        public void write(MemorySegment... segments) throws IOException {
            sink.write(segments);
        }

        @Override
        public Optional<FileChannel> file() {
            return sink.file();
        }

        @Override
        public void close() {}
    }
}
