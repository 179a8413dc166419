package org.xenimage.tests.judges;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.tests.conformance.RealImages;
import org.xenimage.tests.program.ProgramShell;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A core made of a save file is the core that Xen wrote of the same paused domain, except for what
 * a save file lacks.
 */
class DumpCoreDebuggerTest {
    private static final Path COMPARE = ProgramShell.ROOT.resolve("tests/judges/compare-cores.py");

    @TempDir private static Path folder;

    @Test
    void ofAPvGuestOnlyPageTablesDifferAndThereOnlyFrames()
            throws IOException, InterruptedException {
        JsonNode report = compared("417-pv1");
        assertEquals(10_240, report.path("pages").asInt(), report::toString);
        assertEquals(true, report.path("same_pfns").asBoolean(), report::toString);
        assertEquals(0, report.path("bytes_outside_tables").asInt(-1), report::toString);
        assertEquals(0, report.path("words_otherwise").asInt(-1), report::toString);
        assertEquals(23, report.path("words_xen_slots").asInt(), report::toString);
    }

    private static JsonNode compared(String guest) throws IOException, InterruptedException {
        Path made =
                NativeImages.converted(
                        folder, guest + ".save", "core", "--to dump-core --allow-loss");
        ProgramShell.Outcome outcome =
                ProgramShell.in(folder)
                        .run(
                                "python3 '%s' '%s' '%s' '%s'"
                                        .formatted(
                                                COMPARE,
                                                made,
                                                RealImages.file(guest + ".core"),
                                                RealImages.file(guest + ".save")));
        assertEquals(0, outcome.status(), outcome.out() + outcome.err());
        return new ObjectMapper().readTree(outcome.out());
    }
}
