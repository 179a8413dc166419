package org.xenimage.script.engine;

import org.xenimage.script.policy.Language;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The only files that a policy in JavaScript can import: the modules of the standard library, as {@code xenimage/NAME}
 * with or without {@code .js}.
 */
final class LibraryFiles extends VirtualFiles {
    private static final Path ROOT = Path.of("/xenimage");

    private final ClassLoader library;

    LibraryFiles(ClassLoader library) {
        this.library = library;
    }

    /**
     * The resource of a module.
     *
     * @param library where it is
     * @param language it is written in
     * @param name of the module
     * @return its bytes
     * @throws FileNotFoundException if it does not exist
     */
    static byte[] read(ClassLoader library, Language language, String name) throws IOException {
        boolean plain = !name.isEmpty();
        for (char c : name.toCharArray())
            plain &= Character.isLetterOrDigit(c) || c == '-' || c == '_';
        String resource = "org/xenimage/stdlib/" + language.id() + "/" + name + language.suffix();
        try (InputStream in = plain ? library.getResourceAsStream(resource) : null) {
            if (in == null) throw new FileNotFoundException("there is no module xenimage/" + name);
            return in.readAllBytes();
        }
    }

    @Override
    Optional<byte[]> contents(Path path) throws IOException {
        if (!path.startsWith(ROOT) || path.getNameCount() < 2) return Optional.empty();
        String name = ROOT.relativize(path).toString();
        if (name.endsWith(".js")) name = name.substring(0, name.length() - ".js".length());
        return Optional.of(read(library, Language.JAVASCRIPT, name));
    }

    @Override
    Optional<List<String>> names(Path path) {
        return Optional.empty();
    }
}
