package org.xenimage.tests.hostile;

import org.xenimage.cli.Main;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A command of the program, run on an image in this JVM: what it said, and what it left.
 *
 * @param words of the command line, as they were run
 * @param status its exit status
 * @param out what it wrote on standard output
 * @param err what it wrote on standard error
 */
record CommandRun(List<String> words, int status, String out, String err) {
    /**
     * Every command that takes an image in a file, as one would type it: IN is the image, COPY a
     * copy that may be edited in place, OUT a file and DIR a folder that are missing yet, KEY a key
     * that signs. Those that need a toolstack run elsewhere.
     */
    static final List<String> COMMANDS =
            List.of(
                    "info IN",
                    "info --json IN",
                    "verify IN",
                    "verify --json IN",
                    "rewrite IN OUT",
                    "rewrite IN OUT --policy POLICY",
                    "convert IN OUT --to native",
                    "convert IN OUT --to native --compress zstd",
                    "convert IN OUT --to native-stream",
                    "convert IN OUT --to xl",
                    "convert IN OUT --to libxc-v2 --allow-loss",
                    "convert IN OUT --to dump-core --allow-loss",
                    "convert IN OUT --to vmcore --allow-loss",
                    "diff IN IN",
                    "diff --json IN GOOD",
                    "dump IN DIR",
                    "salvage IN OUT",
                    "salvage IN OUT --to native-stream",
                    "extract config IN -o OUT",
                    "extract metadata IN -o OUT",
                    "extract record IN X86_CPUID_POLICY --json -o OUT",
                    "extract pages IN --pfn 0-3 -o OUT",
                    "metadata IN",
                    "metadata COPY set site.owner=ada",
                    "provenance IN",
                    "sign COPY --key KEY",
                    "bulk IN --out DIR --policy POLICY --jobs 1",
                    "console IN --no-history -c image.pages.count");

    /** The words that stand for files in {@link #COMMANDS}. */
    private static final Set<String> FILES =
            Set.of("IN", "COPY", "GOOD", "OUT", "DIR", "KEY", "POLICY");

    /** A policy that looks at everything and changes the config. */
    static final String POLICY =
            """
            export const policy = { api: 1, name: 'walk' };
            export function onConfig(config, ctx) { config.walked = true; }
            export function onRecord(record, ctx) { Object.keys(record.fields); }
            export function onPages(batch, ctx) { batch.length; }
            """;

    /**
     * Runs a command in a folder that has IN, COPY, GOOD, KEY and POLICY.
     *
     * @param folder of the files
     * @param command one of {@link #COMMANDS}
     * @return what it did
     */
    static CommandRun of(Path folder, String command) {
        String[] words =
                Stream.of(command.split(" "))
                        .map(word ->
                                FILES.contains(word) ? folder.resolve(file(word)).toString() : word)
                        .toArray(String[]::new);
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        PrintStream stdout = System.out;
        PrintStream stderr = System.err;
        try {
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            int status = Main.run(words);
            return new CommandRun(
                    List.of(words),
                    status,
                    out.toString(StandardCharsets.UTF_8),
                    err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(stdout);
            System.setErr(stderr);
        }
    }

    private static String file(String word) {
        return switch (word) {
            case "POLICY" -> "POLICY.js";
            default -> word;
        };
    }

    /** Removes what a command wrote. */
    static void clean(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve("OUT"));
        Path dir = folder.resolve("DIR");
        if (!Files.exists(dir)) return;
        Files.walkFileTree(
                dir,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path folder, java.io.IOException failure) throws IOException {
                        Files.delete(folder);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /** What is wrong with how the command ended, in one line; empty if it ended as it should. */
    String fault(Path folder) throws IOException {
        if (status < 0 || status > 2) return "exit status " + status;
        if (err.contains("\tat ") || err.contains("Exception in") || out.contains("\tat "))
            return "a trace";
        for (String name : List.of("com.fasterxml", "com.github", "org.xenimage.", "java.lang."))
            if (err.contains(name)) return "an internal name: " + name;
        if (err.contains("out of memory")) return "out of memory";
        boolean failed = status != 0 && !words.getFirst().equals("diff");
        if (failed && err.isBlank() && !words.getFirst().equals("verify") && out.isBlank())
            return "nothing said";
        Set<String> left = new TreeSet<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> !KNOWN.contains(name))
                    .forEach(left::add);
        }
        if (!left.isEmpty()) return "left " + left;
        boolean writes = words.contains(folder.resolve("OUT").toString());
        boolean partial = words.getFirst().equals("salvage");
        if (failed && writes && !partial && Files.exists(folder.resolve("OUT")))
            return "failed, and left OUT";
        return "";
    }

    private static final Set<String> KNOWN =
            Set.of("IN", "COPY", "GOOD", "OUT", "DIR", "KEY", "KEY.pub", "KEY.pages", "POLICY.js");

    @Override
    public String toString() {
        return "xenimage %s: status %d%n%s%s".formatted(String.join(" ", words), status, out, err);
    }
}
