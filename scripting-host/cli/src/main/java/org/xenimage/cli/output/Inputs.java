package org.xenimage.cli.output;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.io.RunFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What a command reads: a file, or standard input for {@code -}. */
public final class Inputs {
    private Inputs() {}

    /**
     * Opens an input.
     *
     * @param name a path, or {@code -}
     * @param files of the run
     * @return the source
     * @throws IOException if there is none, it is a directory, or the run writes to it
     */
    public static ByteSource open(String name, RunFiles files) throws IOException {
        if (name.equals("-")) {
            files.readingStandardInput();
            return ChannelSource.standardInput();
        }
        Path path = FileNames.path(name);
        files.reading(path);
        if (Files.isDirectory(path)) {
            throw new CorruptImage(
                    Fault.in(name)
                            .problem("is a directory")
                            .expected("an image")
                            .remedy("name a file in it"));
        }
        if (!Files.exists(path)) throw new NoSuchFileException(name);
        return ChannelSource.open(path);
    }

    /**
     * Whether an input can be read a second time.
     *
     * @param name a path, or {@code -}
     * @return true for a regular file
     */
    public static boolean rereadable(String name) {
        return !name.equals("-") && Files.isRegularFile(FileNames.path(name));
    }
}
