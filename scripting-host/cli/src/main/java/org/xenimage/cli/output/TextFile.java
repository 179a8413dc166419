package org.xenimage.cli.output;

import org.xenimage.image.io.RunFiles;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A log or a report: text that is written next to the image, as it comes.
 *
 * <p>A file that exists keeps its contents until the first line is written, so that a run that
 * fails before it did anything leaves it unchanged. {@link #finish} is called before the image is
 * delivered: a failed write is reported by it, or by the writer, with the name of the file. For one
 * thread.
 */
public final class TextFile implements Closeable {
    private final String name;
    private final Stream stream;
    private final Writer writer;

    private TextFile(String name, Stream stream) {
        this.name = name;
        this.stream = stream;
        this.writer = new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
    }

    private TextFile(Writer standard) {
        this.name = "standard output";
        this.stream = new Stream();
        this.writer = standard;
    }

    /**
     * Opens a file.
     *
     * @param option that named it
     * @param name a path, or {@code -} for standard output
     * @param command that writes it
     * @return the file
     * @throws IOException if the run reads it, or it cannot be written
     */
    public static TextFile open(String option, String name, Subcommand command) throws IOException {
        if (name.equals("-")) {
            require(option, name, command);
            return new TextFile(command.out().byLine());
        }
        Path path = FileNames.path(name);
        RunFiles.Claim claim = command.files().writing(path);
        boolean existed = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        FileChannel channel =
                FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        boolean regular = Files.isRegularFile(path);
        return new TextFile(name, new Stream(path, channel, claim, regular, !existed));
    }

    /**
     * Refuses {@code -} where standard output carries data.
     *
     * @param option that named the file
     * @param name a path, or {@code -} for standard output
     * @param command that writes it
     */
    public static void require(String option, String name, Subcommand command) {
        if (name.equals("-") && command.standardOutputIsData())
            throw command.misused(
                    option
                            + " -: standard output carries the image or its stream; name a file instead");
    }

    /** {@return takes the text} */
    public Writer writer() {
        return writer;
    }

    /**
     * Makes sure that the text so far is in the file, on disk. A failure that follows may still be
     * added.
     *
     * @throws IOException if it cannot be written
     */
    public void finish() throws IOException {
        writer.flush();
        stream.finish();
    }

    /** {@return its name, as the user gave it} */
    public String name() {
        return name;
    }

    /** Closes the file; one that was created and never written is removed. */
    @Override
    public void close() throws IOException {
        try {
            if (!stream.failed) writer.flush();
        } finally {
            stream.close();
        }
    }

    /** The file's bytes; the standard stream stays open. */
    private static final class Stream extends OutputStream {
        private final String name;
        private final Optional<FileChannel> channel;
        private final Optional<Path> created;
        private final Optional<RunFiles.Claim> claim;
        private final boolean lasting;
        private boolean regular;
        private boolean failed;
        private boolean finished;

        Stream() {
            this.name = "standard output";
            this.channel = Optional.empty();
            this.claim = Optional.empty();
            this.created = Optional.empty();
            this.lasting = false;
        }

        Stream(
                Path path,
                FileChannel channel,
                RunFiles.Claim claim,
                boolean regular,
                boolean created) {
            this.name = path.toString();
            this.channel = Optional.of(channel);
            this.claim = Optional.of(claim);
            this.created = created && regular ? Optional.of(path) : Optional.empty();
            this.regular = regular;
            this.lasting = regular;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                if (!isValid()) return;
                begin();
                ByteBuffer left = ByteBuffer.wrap(bytes, offset, length);
                while (left.hasRemaining()) channel.orElseThrow().write(left);
            } catch (IOException e) {
                throw named(e);
            }
        }

        private boolean isValid() {
            return claim.isEmpty() || claim.get().isValid();
        }

        /** Drops what the file had before. */
        private void begin() throws IOException {
            if (!regular) return;
            regular = false;
            channel.orElseThrow().truncate(0);
        }

        void finish() throws IOException {
            finished = true;
            try {
                if (channel.isEmpty()) return; // its writer was flushed
                if (isValid()) begin();
                // On the disk rather than closed: what fails after this may still be logged.
                if (lasting) channel.get().force(true);
            } catch (IOException e) {
                throw named(e);
            }
        }

        private IOException named(IOException e) {
            failed = true;
            return e instanceof FileSystemException
                    ? e
                    : new IOException(name + ": " + e.getMessage(), e);
        }

        @Override
        public void close() throws IOException {
            if (channel.isEmpty()) return;
            channel.get().close();
            if (!finished && regular && created.isPresent()) Files.deleteIfExists(created.get());
        }
    }
}
