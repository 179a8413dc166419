package org.xenimage.cli.policy;

import org.xenimage.cli.output.Output;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.ImplementedApi;
import org.xenimage.script.api.Typings;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The files beside a policy by which an editor completes and checks it. Those that this program wrote are replaced, so
 * that they always describe this release; a project's own settings are kept.
 */
final class TypingFiles {
    private static final int LENGTH_MAX = 4 << 20;

    private final Path folder;
    private final Map<String, String> contents;
    private final List<Path> written = new ArrayList<>();
    private final List<Path> unchanged = new ArrayList<>();

    private TypingFiles(Path folder, Map<String, String> contents) {
        this.folder = folder;
        this.contents = contents;
    }

    /** The files for policies in both languages. */
    static TypingFiles in(Path folder) {
        return new TypingFiles(folder, Typings.files(ImplementedApi.current()));
    }

    /** The files for policies in one language. */
    static TypingFiles in(Path folder, Language language) {
        return new TypingFiles(
                folder,
                switch (language) {
                    case JAVASCRIPT -> Typings.javaScript(ImplementedApi.current());
                    case PYTHON -> Typings.python(ImplementedApi.current());
                });
    }

    /**
     * Writes them.
     *
     * @param files of the run
     * @param force whether files that this program did not write are replaced too
     * @throws IOException if one of these is there, or one cannot be written
     */
    void write(RunFiles files, boolean force) throws IOException {
        for (var file : contents.entrySet()) {
            Path place = folder.resolve(file.getKey());
            if (keeps(place, force)) unchanged.add(place);
        }
        for (var file : contents.entrySet()) {
            Path place = folder.resolve(file.getKey());
            if (unchanged.contains(place)) continue;
            byte[] bytes = file.getValue().getBytes(StandardCharsets.UTF_8);
            try (Output output = Output.open(place.toString(), files, true)) {
                output.sink().write(MemorySegment.ofArray(bytes).asReadOnly());
                output.commit();
            }
            written.add(place);
        }
    }

    private static boolean keeps(Path place, boolean force) throws IOException {
        if (force || !Files.exists(place)) return false;
        String name = String.valueOf(place.getFileName());
        if (name.endsWith(".json")) return true;
        if (!Files.isRegularFile(place) || !Typings.isMade(start(place)))
            throw new IOException(
                    place
                            + ": already exists, and xenimage did not write it; move it, or use"
                            + " --force to replace it");
        return false;
    }

    /** As much of a file as one that this program wrote has. */
    private static byte[] start(Path place) throws IOException {
        try (InputStream in = Files.newInputStream(place)) {
            return in.readNBytes(LENGTH_MAX);
        }
    }

    /** {@return the files that were written} */
    List<Path> written() {
        return List.copyOf(written);
    }

    /** {@return the settings that were there before} */
    List<Path> unchanged() {
        return List.copyOf(unchanged);
    }
}
