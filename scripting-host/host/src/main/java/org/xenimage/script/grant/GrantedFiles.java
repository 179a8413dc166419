package org.xenimage.script.grant;

import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.policy.Grant;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Files that policies were granted. Pipes and devices are refused, because opening one could block forever. */
final class GrantedFiles {
    private GrantedFiles() {}

    static byte[] read(Path file, int most, LinkOption... links) {
        if (!Files.isRegularFile(file, links))
            throw new ScriptRefusal(file + ": there is no such file");
        // A link that took the place of the file since then is not followed either.
        try (InputStream in = Files.newInputStream(file, links)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most)
                throw new ScriptRefusal(
                        "%s: expected at most %d bytes, found more".formatted(file, most));
            return bytes;
        } catch (IOException e) {
            throw refused(file, e);
        }
    }

    /** A file directly in the folder: not a path, a hidden file, or a link that leads elsewhere. */
    static byte[] read(Path folder, String name, int most) {
        if (name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0)
            throw new ScriptRefusal(
                    "expected the name of a file in %s, found \"%s\"".formatted(folder, name));
        Path file;
        try {
            file = folder.resolve(name);
        } catch (InvalidPathException e) {
            throw new ScriptRefusal(
                    "\"%s\" is not the name of a file: %s".formatted(name, e.getReason()), e);
        }
        return read(file, most, LinkOption.NOFOLLOW_LINKS);
    }

    static List<String> names(Path folder) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (name.startsWith(".") || !Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS))
                    continue;
                names.add(name);
                if (names.size() > Grant.LISTED)
                    throw new ScriptRefusal(
                            "%s: has more than %d files".formatted(folder, Grant.LISTED));
            }
        } catch (IOException e) {
            throw refused(folder, e);
        }
        Collections.sort(names);
        return names;
    }

    /** Appends a line in one write, so that lines of several processes do not mix. */
    static void append(Path file, long most, byte[] line) {
        if (Files.exists(file) && !Files.isRegularFile(file))
            throw new ScriptRefusal(file + ": is not a regular file");
        try (FileChannel log =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.APPEND, StandardOpenOption.CREATE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-r-----")))) {
            if (log.size() + line.length > most)
                throw new ScriptRefusal(
                        "%s: is full: the grant allows %d bytes".formatted(file, most));
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                int _ = log.write(bytes);
            }
        } catch (IOException e) {
            throw refused(file, e);
        }
    }

    private static ScriptRefusal refused(Path file, IOException e) {
        String reason =
                switch (e) {
                    case java.nio.file.AccessDeniedException _ -> "permission denied";
                    case java.nio.file.NoSuchFileException _ -> "no such file or folder";
                    case java.nio.file.NotDirectoryException _ -> "is not a folder";
                    default -> String.valueOf(e.getMessage());
                };
        return new ScriptRefusal(file + ": " + reason, e);
    }
}
