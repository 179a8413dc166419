package org.xenimage.tests.judges;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.xenimage.tests.conformance.RealImages;
import org.xenimage.tests.program.Shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Images that real Xens wrote, converted by the built program, each once. */
final class NativeImages {
    private NativeImages() {}

    /** Converts a real image, with what else {@code convert} is told. */
    static synchronized Path converted(Path folder, String image, String name, String options)
            throws IOException, InterruptedException {
        Path made = folder.resolve(image + "." + name);
        if (Files.exists(made)) return made;
        Shell.Outcome outcome =
                Shell.in(folder)
                        .run(
                                "xenimage convert '%s' '%s' %s"
                                        .formatted(RealImages.file(image), made, options));
        assertEquals(0, outcome.status(), outcome.err());
        return made;
    }
}
