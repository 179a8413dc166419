package org.xenimage.script.engine;

import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * The modules of the standard library, which policies import as {@code xenimage/NAME}: its shared functions, and its
 * policies.
 */
public final class LibraryFiles {
    private static final String RESOURCES = "org/xenimage/stdlib/";

    private LibraryFiles() {}

    /**
     * The contents of a module.
     *
     * @param library where it is
     * @param language it is written in
     * @param name of the module, without its ending
     * @return its bytes; empty if there is no such module
     * @throws IOException if it cannot be read
     */
    public static Optional<byte[]> find(ClassLoader library, Language language, String name)
            throws IOException {
        boolean plain = !name.isEmpty();
        for (char c : name.toCharArray())
            plain &= Character.isLetterOrDigit(c) || c == '-' || c == '_';
        if (!plain) return Optional.empty();
        for (String file : List.of("lib/" + name, name, name.replace('_', '-'))) {
            String resource = RESOURCES + language.id() + "/" + file + language.suffix();
            try (InputStream in = library.getResourceAsStream(resource)) {
                if (in != null) return Optional.of(in.readAllBytes());
            }
        }
        return Optional.empty();
    }
}
