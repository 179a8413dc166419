package org.xenimage.script.policy;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A file that a policy imports, read with it: what runs is what was digested.
 *
 * @param path below the policy's folder, with slashes, such as {@code lib/redact.js}; of the library,
 *     {@code xenimage/NAME.js}
 * @param file where it was read; empty if it is of the library
 * @param source of the module
 * @param digest SHA-256 of the file, in hex
 */
public record PolicyModule(String path, Optional<Path> file, String source, String digest) {
    /** The folder of the library's modules. */
    public static final String LIBRARY = "xenimage/";

    /** {@return how messages name it: its file, or its name in the library} */
    public String displayName() {
        return file.map(Path::toString).orElse(path);
    }
}
