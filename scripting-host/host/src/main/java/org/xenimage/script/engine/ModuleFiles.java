package org.xenimage.script.engine;

import org.xenimage.script.policy.PolicyModule;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The only files that a policy in JavaScript can import: its modules, as they were read with it, by their paths below
 * {@code /}; those of the library below {@code /xenimage}, with or without {@code .js}.
 */
final class ModuleFiles extends VirtualFiles {
    private static final String ENDING = ".js";

    private final Map<Path, byte[]> files = new HashMap<>();

    ModuleFiles(List<PolicyModule> modules) {
        for (PolicyModule module : modules) {
            byte[] bytes = module.source().getBytes(StandardCharsets.UTF_8);
            files.put(Path.of("/" + module.path()), bytes);
        }
    }

    /** A name without {@code ./} is of the library, from wherever it is imported. */
    private static Path named(Path path) {
        for (int i = 0; i + 1 < path.getNameCount(); i++)
            if (path.getName(i).toString().equals("xenimage"))
                return Path.of("/").resolve(path.subpath(i, path.getNameCount()));
        return path;
    }

    @Override
    Optional<byte[]> contents(Path path) {
        byte[] own = files.get(path);
        if (own != null) return Optional.of(own);
        Path library = named(path);
        byte[] bytes = files.get(library);
        return Optional.ofNullable(bytes != null ? bytes : files.get(Path.of(library + ENDING)));
    }

    @Override
    Optional<List<String>> names(Path path) {
        return Optional.empty();
    }
}
