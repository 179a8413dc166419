package org.xenimage.cli.label;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.FileNames;
import org.xenimage.cli.output.Inputs;
import org.xenimage.image.Images;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageLabel;
import org.xenimage.image.spi.ReadOptions;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** An image file opened for its label. */
public final class LabelFile implements Closeable {
    private final FileChannel channel;
    private final ImageLabel label;

    private LabelFile(FileChannel channel, ImageLabel label) {
        this.channel = channel;
        this.label = label;
    }

    /**
     * Opens a label that must be there.
     *
     * @param name a path
     * @param files of the run: takes the file as read, or as written if it is to be changed
     * @param options the keys and the sections that are known
     * @param change whether it will be changed
     * @return the open file
     * @throws IOException if the file cannot be read or is damaged
     * @throws CommandFailed if images of its format have no label
     */
    public static LabelFile open(String name, RunFiles files, ReadOptions options, boolean change)
            throws IOException, CommandFailed {
        if (!Inputs.rereadable(name) && !name.equals("-")) Inputs.open(name, files).close();
        Optional<LabelFile> found = find(name, files, options, change);
        if (found.isPresent()) return found.get();
        throw new CommandFailed(
                name + ": is not a native image; 'xenimage convert --to native' makes one");
    }

    /**
     * Opens a label for reading.
     *
     * @param name a path, or {@code -}
     * @param files of the run
     * @param options the keys and the sections that are known
     * @return the open file; empty if its format has no label or it can be read only once
     * @throws IOException if the file cannot be read or is damaged
     */
    public static Optional<LabelFile> find(String name, RunFiles files, ReadOptions options)
            throws IOException {
        return find(name, files, options, false);
    }

    private static Optional<LabelFile> find(
            String name, RunFiles files, ReadOptions options, boolean change) throws IOException {
        if (!Inputs.rereadable(name)) return Optional.empty();
        Path path = FileNames.path(name);
        if (change) files.writing(path);
        else files.reading(path);
        ImageFormat format;
        try (ByteSource source = ChannelSource.open(path)) {
            format = Images.load().recognise(source);
        }
        FileChannel channel =
                change
                        ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                        : FileChannel.open(path, StandardOpenOption.READ);
        try {
            Optional<ImageLabel> label = format.label(name, channel, options);
            if (label.isPresent()) return Optional.of(new LabelFile(channel, label.get()));
            channel.close();
            return Optional.empty();
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /** {@return the label} */
    public ImageLabel label() {
        return label;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
