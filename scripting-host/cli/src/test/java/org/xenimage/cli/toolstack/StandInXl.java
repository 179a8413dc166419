package org.xenimage.cli.toolstack;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A program that behaves as xl, libxl and libxc do at the pipe, with the one domain that it knows; see the script.
 *
 * <p>It starts a guest where Xen's own does: an end of file that libxl reads is END to it.
 */
public final class StandInXl {
    private final Path folder;

    StandInXl(Path folder) {
        this.folder = folder;
    }

    /** Puts it into a folder of its own, with a running domain that is saved as the image. */
    public static StandInXl install(Path folder, byte... image) throws IOException {
        Files.createDirectory(folder);
        var xl = new StandInXl(folder);
        try (InputStream script =
                Objects.requireNonNull(StandInXl.class.getResourceAsStream("xl"), "xl")) {
            Files.write(xl.program(), script.readAllBytes());
        }
        assertTrue(xl.program().toFile().setExecutable(true));
        Files.write(folder.resolve("image"), image);
        xl.write("domain", "running");
        xl.write("calls", "");
        return xl;
    }

    /** The program. */
    public Path program() {
        return folder.resolve("xl");
    }

    /** Says what shall go wrong. */
    StandInXl failing(String fault) {
        write("fault", fault);
        return this;
    }

    /** What became of the domain that is saved. */
    String domain() {
        return text("domain");
    }

    /** The command lines so far. */
    List<String> calls() {
        return text("calls").lines().toList();
    }

    /** The image of the domain that was created, if it was. */
    public Optional<byte[]> created() {
        Path file = folder.resolve("created");
        try {
            return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String text(String file) {
        try {
            return Files.readString(folder.resolve(file)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String file, String text) {
        try {
            Files.writeString(folder.resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
