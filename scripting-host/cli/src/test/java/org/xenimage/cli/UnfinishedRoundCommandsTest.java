package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.tests.testkit.StreamBuilder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A checkpointed stream that ends within a round: every command that looks something up in an image
 * shows the guest of the last checkpoint, or the stream as it is, and says which.
 */
class UnfinishedRoundCommandsTest {
    private static final String CHECKPOINT = "this is the state of the last checkpoint";
    private static final String ROUND = "within a round of a checkpointed stream";

    @TempDir private Path folder;

    private Program make() throws IOException {
        var program = new Program(folder);
        byte[] complete = StreamBuilder.hvm().memory(0, 1).checkpoint().unfinished().bytes();
        byte[] more =
                StreamBuilder.hvm()
                        .memory(0, 1)
                        .checkpoint()
                        .memory(1, 2)
                        .record("HVM_PARAMS", 0x0a, new byte[8])
                        .unfinished()
                        .bytes();
        assertTrue(more.length > complete.length);
        Files.write(program.file("whole"), complete);
        Files.write(program.file("more"), more);
        return program;
    }

    @Test
    void showTheLastCheckpointAndSaySo() throws IOException {
        Program program = make();
        for (String form : List.of("save", "native", "native-stream")) {
            String in = ":more";
            if (!form.equals("save")) {
                in = ":" + form;
                program.run("convert", ":more", in, "--to", form).succeeds();
            }
            Program.Outcome page =
                    program.run("extract", "pages", in, "--pfn", "0-1", "-o", ":p" + form);
            assertTrue(page.succeeds().err().contains(CHECKPOINT), page.err());
            program.run("extract", "pages", ":whole", "--pfn", "0-1", "-o", ":w" + form).succeeds();
            assertArrayEquals(program.read("w" + form), program.read("p" + form));
            String none = program.run("extract", "pages", in, "--pfn", "2").failure();
            assertTrue(none.contains("has no contents of pfn 0x2"), none);
            Program.Outcome record =
                    program.run("extract", "record", in, "HVM_PARAMS", "--json", "-o", ":r" + form);
            assertTrue(record.succeeds().err().contains(ROUND), record.err());
            if (!form.equals("native-stream")) {
                Program.Outcome console = program.run("console", in, "-c", "1 + 1");
                assertTrue(console.succeeds().err().contains(CHECKPOINT), console.err());
            }
            Program.Outcome diff = program.run("diff", "--pages", in, ":whole");
            assertEquals(
                    1,
                    diff.err().lines().filter(line -> line.contains(CHECKPOINT)).count(),
                    diff.err());
            assertFalse(diff.out().contains("page"), diff.out());
            String output = program.run("info", in).succeeds().out();
            assertTrue(output.contains("the sender of a checkpointed stream went away"), output);
            output = program.run("verify", in).out();
            assertTrue(output.contains("a restore goes back to the last checkpoint"), output);
        }
    }

    @Test
    void sayNothingOfAStreamThatEndsWithACheckpoint() throws IOException {
        Program program = make();
        Program.Outcome page =
                program.run("extract", "pages", ":whole", "--pfn", "0-1", "-o", ":p");
        assertFalse(page.succeeds().err().contains(CHECKPOINT), page.err());
        Program.Outcome diff = program.run("diff", ":whole", ":whole").succeeds();
        assertFalse(diff.err().contains(CHECKPOINT), diff.err());
    }
}
