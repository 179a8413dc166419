package org.xenimage.cli.output;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that a command line names.
 *
 * <p>A name is bytes to the operating system, and text to us. Bytes that are not UTF-8 are read as
 * the replacement character, which gives a name that does not exist; so the folder is searched for
 * the one file whose name reads like this.
 */
public final class FileNames {
    private static final String REPLACEMENT = "\ufffd";

    private FileNames() {}

    /**
     * The path of a file that a command line names.
     *
     * @param name as the command line has it
     * @return the path, with the name's own bytes if that file exists
     * @throws InvalidPathException if no file can have this name
     */
    public static Path path(String name) {
        Path path = Path.of(name);
        if (!name.contains(REPLACEMENT) || Files.exists(path)) return path;
        Path found = path.isAbsolute() ? path.getRoot() : Path.of("");
        for (Path part : path) found = element(found, part.toString());
        return found;
    }

    private static Path element(Path folder, String name) {
        if (!name.contains(REPLACEMENT)) return folder.resolve(name);
        List<Path> same = new ArrayList<>();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(folder.toString().isEmpty() ? Path.of(".") : folder)) {
            for (Path file : files)
                if (String.valueOf(file.getFileName()).equals(name)) same.add(file);
        } catch (IOException e) {
            return folder.resolve(name);
        }
        // Of two that read the same, neither is the one that was meant for sure.
        return same.size() == 1 ? same.getFirst().normalize() : folder.resolve(name);
    }
}
