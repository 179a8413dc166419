package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.tests.program.Shell.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs after the program is packed: under {@code mvn verify}, always. */
class LauncherTest {
    @TempDir private Path folder;

    @Test
    void theFirstExampleRuns() throws IOException, InterruptedException {
        Outcome outcome = shell(Shell.ROOT.resolve("examples/first-rewrite/run") + " .");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("web2.save: well formed"), outcome.out());
        assertTrue(outcome.out().contains("\"sample-pv\" → \"web2\""), outcome.out());
        assertTrue(Files.readString(folder.resolve("decisions.jsonl")).contains("scrub-tokens"));
    }

    @Test
    void pipesCarryAnImageThroughUnchanged() throws IOException, InterruptedException {
        Outcome outcome =
                shell(
                        "xenimage sample a.save --guest hvm --memory 64"
                                + " && cat a.save | xenimage rewrite - - | cat > b.save && cmp a.save b.save");
        assertEquals(0, outcome.status(), outcome.err());
    }

    @Test
    void pipesCarryAPolicysEditsAndReportsGoElsewhere() throws IOException, InterruptedException {
        Outcome outcome =
                shell(
                        "xenimage sample a.save --guest pv --memory 8"
                                + " && xenimage rewrite a.save file.save --policy rename-domain --set to=b --quiet"
                                + " && cat a.save | xenimage rewrite - - --policy rename-domain --set to=b | cat > pipe.save"
                                + " && cmp file.save pipe.save");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("c_info.name"), outcome.err());
    }

    @Test
    void aReaderThatGoesAwayIsAnError() throws IOException, InterruptedException {
        Outcome outcome =
                shell(
                        "xenimage sample a.save --guest pv --memory 8;"
                                + " { cat a.save | xenimage rewrite - -; echo status $? >&2; } | head -c 1000 >/dev/null");
        assertTrue(outcome.err().contains("status 1"), outcome.err());
        assertTrue(outcome.err().contains("Broken pipe"), outcome.err());
    }

    @Test
    void itRunsFromAnywhereThroughALink() throws IOException, InterruptedException {
        Files.createSymbolicLink(folder.resolve("xi"), Shell.program());
        Outcome outcome = shell("./xi --version");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("xenimage 0.1"), outcome.out());
    }

    @Test
    void withoutACacheItRunsAllTheSame() throws IOException, InterruptedException {
        Outcome outcome =
                shell(
                        "XENIMAGE_MODE=plain xenimage --version && XENIMAGE_MODE=odd xenimage --version");
        assertTrue(outcome.out().contains("xenimage 0.1"), outcome.out());
        assertEquals(2, outcome.status());
    }

    private Outcome shell(String command) throws IOException, InterruptedException {
        return Shell.in(folder).run(command);
    }
}
