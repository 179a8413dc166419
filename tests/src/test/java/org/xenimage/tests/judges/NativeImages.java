package org.xenimage.tests.judges;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.xenimage.tests.conformance.RealImages;
import org.xenimage.tests.program.ProgramShell;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Images that real Xens wrote, converted by the built program, each once. */
final class NativeImages {
    private NativeImages() {}

    /** Converts a real image, with what else {@code convert} is told. */
    static synchronized Path converted(Path folder, String image, String name, String options)
            throws IOException, InterruptedException {
        Path made = folder.resolve(image + "." + name);
        if (Files.exists(made)) return made;
        ProgramShell.Outcome outcome =
                ProgramShell.in(folder)
                        .run(
                                "xenimage convert '%s' '%s' %s"
                                        .formatted(RealImages.file(image), made, options));
        assertEquals(0, outcome.status(), outcome.err());
        return made;
    }

    /** Salvages a real image that was cut short by as many bytes. */
    static synchronized Path salvaged(Path folder, String image, int missing)
            throws IOException, InterruptedException {
        Path made = folder.resolve(image + ".salvaged");
        if (Files.exists(made)) return made;
        Path cut = folder.resolve(image + ".cut");
        Files.copy(RealImages.file(image), cut);
        // an image of the collection may be read-only, and so is its copy
        Files.setPosixFilePermissions(cut, PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel = FileChannel.open(cut, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - missing);
        }
        ProgramShell.Outcome outcome =
                ProgramShell.in(folder).run("xenimage salvage '%s' '%s'".formatted(cut, made));
        assertEquals(0, outcome.status(), outcome.err());
        Files.delete(cut);
        return made;
    }
}
