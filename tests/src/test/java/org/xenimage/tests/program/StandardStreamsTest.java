package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/** Standard input and output are files of a run as any other: an input is kept, and what is lost is told. */
class StandardStreamsTest {
    @TempDir private Path folder;

    private ProgramShell.Outcome shell(String command) throws IOException, InterruptedException {
        return ProgramShell.in(folder)
                .run(
                        "xenimage sample in.save --guest pv --memory 4 && cp in.save kept; "
                                + command);
    }

    @Test
    void standardInputIsNotReplaced() throws IOException, InterruptedException {
        ProgramShell.Outcome outcome =
                shell(
                        "xenimage convert - in.save --to native --force < in.save;"
                                + " echo status $?; cmp in.save kept && echo same");
        assertTrue(outcome.out().endsWith("status 1\nsame\n"), outcome.toString());
        assertTrue(outcome.err().contains("as standard input"), outcome.toString());
    }

    @Test
    void standardOutputIsNotAppendedToTheInput() throws IOException, InterruptedException {
        ProgramShell.Outcome outcome =
                shell(
                        "xenimage rewrite in.save - >> in.save;"
                                + " echo status $?; cmp in.save kept && echo same");
        assertTrue(outcome.out().endsWith("status 1\nsame\n"), outcome.toString());
        assertTrue(outcome.err().contains("standard output: this run reads"), outcome.toString());
    }

    @Test
    void anImageThatIsLostOnStandardOutputIsAFailure() throws IOException, InterruptedException {
        for (String command :
                new String[] {
                    "rewrite in.save -",
                    "convert in.save - --to native-stream",
                    "sample - --guest pv --memory 4",
                    "extract config in.save"
                }) {
            ProgramShell.Outcome outcome = shell("xenimage " + command + " > /dev/full");
            assertEquals(1, outcome.status(), command + ": " + outcome);
            assertTrue(outcome.err().contains("No space left"), command + ": " + outcome);
        }
    }

    @Test
    void changesOfOneLabelBySeveralProgramsAreAllKept() throws IOException, InterruptedException {
        ProgramShell.Outcome outcome =
                shell(
                        "xenimage convert in.save in.native --to native;"
                                + " for i in 1 2 3 4; do xenimage metadata in.native set k.$i=$i & done; wait;"
                                + " xenimage metadata in.native | grep -c '^k[.]'");
        assertTrue(outcome.out().endsWith("\n4\n"), outcome.toString());
    }

    @Test
    void ofSeveralProgramsThatWriteOneFileOneWins() throws IOException, InterruptedException {
        ProgramShell.Outcome outcome =
                shell(
                        "for i in 1 2 3; do { xenimage convert in.save out --to native; echo $? >> all; } & done;"
                                + " wait; sort all | tr '\\n' ' '");
        assertTrue(outcome.out().endsWith("0 1 1 "), outcome.toString());
        assertTrue(outcome.err().contains("already exists"), outcome.toString());
    }
}
