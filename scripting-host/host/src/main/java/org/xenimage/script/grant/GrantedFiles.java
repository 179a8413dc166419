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

/**
 * Files that policies were granted. Pipes and devices are refused, because opening one could block forever, and so are
 * links that someone else may have made ({@link TrustedPath}).
 */
final class GrantedFiles {
    private GrantedFiles() {}

    /** A file that the administrator names, by links or not. */
    static byte[] read(Path file, int most) {
        try {
            return content(TrustedPath.of(file), file, most);
        } catch (IOException e) {
            throw refused(file, e);
        }
    }

    private static byte[] content(Path place, Path file, int most) throws IOException {
        if (!Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS))
            throw new ScriptRefusal(file + ": there is no such file");
        // A link that took the place of the file since then is not followed either.
        try (InputStream in = Files.newInputStream(place, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most)
                throw new ScriptRefusal(
                        "%s: expected at most %d bytes, found more".formatted(file, most));
            return bytes;
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
        try {
            return content(TrustedPath.of(folder).resolve(name), file, most);
        } catch (IOException e) {
            throw refused(file, e);
        }
    }

    static List<String> names(Path folder) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(TrustedPath.of(folder))) {
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
        try (FileChannel log = log(file)) {
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

    private static FileChannel log(Path file) throws IOException {
        Path place = TrustedPath.of(file);
        if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            if (!Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS))
                throw new ScriptRefusal(file + ": is not a regular file");
            TrustedPath.requireOwnLog(place);
        }
        return FileChannel.open(
                place,
                Set.of(
                        StandardOpenOption.APPEND,
                        StandardOpenOption.CREATE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
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
