package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.cli.output.ExitStatus;
import org.xenimage.tests.testkit.LegalCorners;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Every command takes every corner of the formats, or refuses it in one sentence: never by a failure of its own. */
class LegalCornersTest {
    @TempDir private Path folder;

    static Stream<Arguments> corners() {
        return LegalCorners.all().stream().map(corner -> Arguments.of(corner.name(), corner));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("corners")
    void isTakenByEveryCommand(String name, org.xenimage.tests.testkit.BuiltStream corner)
            throws Exception {
        var program = new Program(folder);
        Files.write(program.file("in"), corner.bytes());
        program.write(
                "look.js", "image.pages.count; image.records().length\n:info\n:ls\n:verify\n");
        program.write(
                "hooks.js",
                """
                export const policy = { api: 1, name: 'hooks' };
                export function onBegin(ctx) { ctx.pages.scrub({ text: 'no such text', length: 16 }); }
                export function onConfig(config, ctx) { ctx.log(Object.keys(config).join()); }
                export function onRecord(record, ctx) { ctx.log(record.type); }
                export function onPages(batch, ctx) { ctx.log(batch.count); }
                """);
        for (List<String> command :
                List.of(
                        List.of("info", ":in"),
                        List.of("info", ":in", "--json"),
                        List.of("verify", ":in"),
                        List.of("diff", ":in", ":in"),
                        List.of("salvage", ":in", ":salvaged"),
                        List.of("convert", ":in", ":native", "--to", "native"),
                        List.of("convert", ":in", ":zstd", "--to", "native", "--compress", "zstd"),
                        List.of("convert", ":in", ":stream", "--to", "native-stream"),
                        List.of("convert", ":in", ":core", "--to", "dump-core", "--allow-loss"),
                        List.of("convert", ":in", ":vmcore", "--to", "vmcore", "--allow-loss"),
                        List.of("convert", ":in", ":v2", "--to", "libxc-v2", "--allow-loss"),
                        List.of("rewrite", ":in", ":again"),
                        List.of("rewrite", ":in", ":hooked", "--policy", ":hooks.js"),
                        List.of("rewrite", ":in", "--dry-run"),
                        List.of("bulk", ":in", "--out", ":bulk"),
                        List.of("bulk", ":in", "--out", ":bulk-native", "--to", "native"),
                        List.of("console", ":in", "-f", ":look.js"),
                        List.of("extract", "config", ":in", "-o", ":config"),
                        List.of("extract", "metadata", ":in", "-o", ":metadata"),
                        List.of("extract", "pages", ":in", "--pfn", "0-7", "-o", ":pages"),
                        List.of("extract", "record", ":in", "X86_TSC_INFO", "-o", ":record"),
                        List.of("metadata", ":native", "set", "ticket.id=1"),
                        List.of("section", "add", ":native", "a.b", ":record"),
                        List.of("provenance", ":native"),
                        List.of("diff", ":in", ":core"),
                        List.of("dump", ":in", ":dump"),
                        List.of("load", ":dump", ":loaded"))) {
            Program.Outcome outcome = program.run(command.toArray(String[]::new));
            // diff has the status of diff: 1 for images that differ, 2 if it could not compare
            int refused = command.getFirst().equals("diff") ? 2 : ExitStatus.AT_FAULT;
            assertTrue(
                    outcome.status() == 0
                            || outcome.status() == refused
                            || (command.contains(":core") && outcome.status() == 1),
                    () -> command + ": status " + outcome.status() + ": " + outcome.err());
            if (outcome.status() != 0)
                assertTrue(!outcome.err().isEmpty() || !outcome.out().isEmpty(), command::toString);
        }
        for (String made : List.of("again", "loaded", "hooked", "bulk/in"))
            if (Files.exists(program.file(made)))
                assertArrayEquals(corner.bytes(), program.read(made), made);
        if (Files.exists(program.file("core")))
            assertEquals(0, program.run("verify", ":core").status());
    }
}
