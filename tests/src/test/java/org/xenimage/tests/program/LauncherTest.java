package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.tests.program.ProgramShell.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs after the program is packed: under {@code mvn verify}, always. */
class LauncherTest {
    @TempDir private Path folder;

    @Test
    void theFirstExampleRuns() throws IOException, InterruptedException {
        Outcome outcome = shell(ProgramShell.ROOT.resolve("examples/first-rewrite/run") + " .");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("web2.save: well formed"), outcome.out());
        assertTrue(outcome.out().contains("\"sample-pv\" → \"web2\""), outcome.out());
        assertTrue(Files.readString(folder.resolve("decisions.jsonl")).contains("scrub-tokens"));
    }

    @Test
    void theConsolesExampleRuns() throws IOException, InterruptedException {
        Outcome outcome = shell(ProgramShell.ROOT.resolve("examples/look-around/run") + " .");
        assertEquals(0, outcome.status(), outcome.out() + outcome.err());
        assertTrue(outcome.out().contains("\"sample-pv\" → \"web2\""), outcome.out());
        assertTrue(outcome.out().contains("looked at by con"), outcome.out());
        assertTrue(outcome.out().contains("web2.save: well formed"), outcome.out());
    }

    @Test
    void theExampleOfHostsRuns() throws IOException, InterruptedException {
        Outcome outcome = shell(ProgramShell.ROOT.resolve("examples/hosts/run") + " .");
        assertEquals(0, outcome.status(), outcome.out() + outcome.err());
        assertTrue(outcome.out().contains("Xen 4.13, QEMU TCG      after changes"), outcome.out());
        assertTrue(outcome.out().contains("Xen 4.13, QEMU TCG  yes"), outcome.out());
        assertTrue(outcome.out().contains("old.save: well formed"), outcome.out());
    }

    @Test
    void theExampleOfSectionsRuns() throws IOException, InterruptedException {
        Outcome outcome = shell(ProgramShell.ROOT.resolve("examples/guest-sections/run") + " .");
        assertEquals(0, outcome.status(), outcome.out() + outcome.err());
        assertTrue(outcome.out().contains("password: ***"), outcome.out());
        assertTrue(outcome.out().contains("\"samples\" : 3"), outcome.out());
        assertTrue(outcome.out().contains("web2.native: well formed"), outcome.out());
        assertTrue(outcome.out().contains("4 passed"), outcome.out());
        assertTrue(outcome.err().contains("shows a private key"), outcome.err());
        assertFalse(Files.exists(folder.resolve("web3.native")));
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
                                + " && cat a.save | xenimage rewrite - - --policy rename-domain "
                                + "--set to=b | cat > pipe.save"
                                + " && cmp file.save pipe.save");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("c_info.name"), outcome.err());
    }

    @Test
    void aReaderThatGoesAwayIsAnError() throws IOException, InterruptedException {
        Outcome outcome =
                shell(
                        "xenimage sample a.save --guest pv --memory 8;"
                                + " { cat a.save | xenimage rewrite - -; echo status $? >&2; } | "
                                + "head -c 1000 >/dev/null");
        assertTrue(outcome.err().contains("status 1"), outcome.err());
        assertTrue(outcome.err().contains("Broken pipe"), outcome.err());
    }

    @Test
    void aMigrationPassesThroughTwoRelaysUnchanged() throws IOException, InterruptedException {
        writeReceiver();
        Outcome outcome =
                shell(
                        MIGRATION
                                + " && cat sent | xenimage relay -- xenimage relay -- ./receiver | cat > said"
                                + " && cmp sent received && tail -c 1 said | od -An -tx1");
        assertEquals(0, outcome.status(), outcome.err());
        assertEquals("00", outcome.out().lines().toList().getLast().strip());
    }

    @Test
    void aMigrationIsChangedByThePoliciesOfTheFolder() throws IOException, InterruptedException {
        writeReceiver();
        Path policies = Files.createDirectory(folder.resolve("policies"));
        Files.writeString(
                policies.resolve("10.py"),
                """
                POLICY = {"api": 1, "name": "ten", "on": ["migrate-in"]}
                def on_config(config, ctx):
                    config["c_info"]["name"] = "arrived-ok"
                """);
        Outcome outcome =
                shell(
                        MIGRATION
                                + " && export XENIMAGE_POLICIES=policies"
                                + " && xenimage relay ./receiver < sent > said && cmp sent received"
                                + " && xenimage relay --incoming -- ./receiver --policy x.js < sent > said"
                                + " && grep -c arrived-ok received");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("c_info.name"), outcome.err());
    }

    @Test
    void aRefusalEndsTheRelayWhileTheSenderHasItsPipesOpen()
            throws IOException, InterruptedException {
        writeReceiver();
        Files.writeString(
                folder.resolve("veto.js"),
                """
                export const policy = { api: 1, name: 'stay' };
                export function onEnd(summary, ctx) { ctx.veto('it stays here'); }
                """);
        Outcome outcome =
                shell(
                        MIGRATION
                                + "; mkfifo pipe; sleep 1000 > pipe & sleeper=$!"
                                + "; { cat sent; cat pipe; } | { xenimage relay --policy ./veto.js "
                                + "-- ./receiver; echo status $? >&2; kill $sleeper; }");
        assertTrue(outcome.err().contains("status 1"), outcome.err());
        assertTrue(outcome.err().contains("it stays here"), outcome.err());
        assertTrue(outcome.err().contains("the guest stays on the source host"), outcome.err());
    }

    /** What a sender sends, and how much of it is the image. */
    private static final String MIGRATION =
            "export XENIMAGE_POLICIES= && xenimage sample image --guest hvm --memory 8 --name departed12"
                    + " && { cat image; printf 'domain is yours, you are cleared to unpause\\0'; } > sent";

    /** A receiver that says what xl does, and keeps what it gets. */
    private void writeReceiver() throws IOException {
        Path receiver =
                Files.writeString(
                        folder.resolve("receiver"),
                        """
                        #!/bin/sh
                        printf 'xl migration receiver ready, send binary domain data.\\n'
                        size=$(stat -c %s image)
                        head -c "$size" > received
                        [ "$(stat -c %s received)" = "$size" ] || exit 1
                        printf 'domain received, ready to unpause\\0'
                        head -c 44 >> received
                        printf 'my copy unpause results are as follows\\0\\0'
                        """);
        assertTrue(receiver.toFile().setExecutable(true));
    }

    @Test
    void itRunsFromAnywhereThroughALink() throws IOException, InterruptedException {
        Files.createSymbolicLink(folder.resolve("xi"), ProgramShell.program());
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

    @Test
    void isolatedPoliciesRunInEachMode() throws IOException, InterruptedException {
        Outcome outcome =
                shell(
                        "xenimage sample a.save --guest pv --memory 8"
                                + " && for mode in quick long plain; do"
                                + " XENIMAGE_MODE=$mode xenimage rewrite a.save $mode.save --quiet --isolate"
                                + " --policy rename-domain --set to=b || exit 1; done"
                                + " && cmp quick.save long.save && cmp quick.save plain.save");
        assertEquals(0, outcome.status(), outcome.err());
    }

    @Test
    void namesOfFilesWorkInALocaleThatKnowsAsciiOnlyAndWhereTheyAreNotUtf8()
            throws IOException, InterruptedException {
        Outcome outcome =
                shell(
                        "xenimage sample plain.save --guest pv --memory 2"
                                + " && cp plain.save gréat.save && cp plain.save \"$(printf 'b\\344d.save')\""
                                + " && LC_ALL=C xenimage verify gréat.save"
                                + " && LC_ALL=C xenimage verify \"$(printf 'b\\344d.save')\""
                                + " && xenimage verify \"$(printf 'b\\344d.save')\"");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("gréat.save: well formed"), outcome.out());
    }

    @Test
    void aCopyThatLosesTheTimesOfItsFilesGetsThemBackForItsCaches()
            throws IOException, InterruptedException {
        Outcome outcome =
                shell(
                        "cp -r \"$(dirname '%s')/..\" copy && copy/bin/xenimage info --help > help"
                                        .formatted(ProgramShell.program())
                                + " && (cd copy/lib && LC_ALL=C stat -c '%s %Y %n' */*.jar) | cmp - copy/cache/jars"
                                + " && ls copy/cache/core.aot"
                                + " && printf x >> copy/lib/core/picocli-*.jar && copy/bin/xenimage --version"
                                + " && ! ls copy/cache/core.aot");
        assertEquals(0, outcome.status(), outcome.err());
    }

    @Test
    void aFileThatIsCalledLikeACommandStartsNothing() throws IOException, InterruptedException {
        Outcome outcome =
                shell(
                        "xenimage sample check --guest pv --memory 2 && cp check relay"
                                + " && xenimage verify check relay");
        assertEquals(0, outcome.status(), outcome.err());
    }

    private Outcome shell(String command) throws IOException, InterruptedException {
        return ProgramShell.in(folder).run(command);
    }
}
