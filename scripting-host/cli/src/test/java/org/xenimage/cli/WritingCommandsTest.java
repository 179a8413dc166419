package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.cli.toolstack.StandInXl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What every command that writes an image keeps of one that is labelled, signed, compressed and encrypted, and has a
 * section that this release does not know and one of a site.
 */
class WritingCommandsTest {
    @TempDir private Path folder;

    private Program program;
    private StandInXl xl;

    /** What there is to keep. */
    private enum Kept {
        /** Every byte. */
        FILE,
        LABEL,
        CHAIN,
        COMPRESSION,
        ENCRYPTION,
        SECTION,
        /** Of a site: compressed, encrypted and signed with the rest. */
        SITE
    }

    private static final Set<Kept> ALL = EnumSet.complementOf(EnumSet.of(Kept.FILE));
    private static final Set<Kept> WHOLE = EnumSet.allOf(Kept.class);

    /** A change by a policy, which another content follows from. */
    private static final String[] POLICY = {
        "--policy", "inject-metadata", "--set", "key=site.checked", "--set", "value=yes"
    };

    /** The relay, whose standard input is {@code :mid}. */
    private static final String[] RELAY = {"relay", "--key-file", ":key"};

    private static final String[] TO_OUT = {"--", "sh", "-c", "cat > \"$0\"", ":out"};

    /** What a site put in. */
    private static final String LOG = "Linux version 6.1.0\n".repeat(100);

    /** One way to write an image: {@code :in} is read, {@code :out} is written. */
    private record Way(Set<Kept> keeps, List<String[]> lines) {
        Way(Set<Kept> keeps, String... line) {
            this(keeps, List.<String[]>of(line));
        }

        Way then(String... line) {
            List<String[]> all = new ArrayList<>(lines);
            all.add(line);
            return new Way(keeps, all);
        }
    }

    private static String[] with(String[] line, String... more) {
        List<String> all = new ArrayList<>(List.of(line));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static Way keyed(Set<Kept> keeps, String... line) {
        return new Way(keeps, with(line, "--key-file", ":key"));
    }

    /** The ways of each command that writes an image out of one. */
    private static final Map<String, List<Way>> WAYS =
            Map.ofEntries(
                    Map.entry(
                            "rewrite",
                            List.of(
                                    keyed(WHOLE, "rewrite", ":in", ":out"),
                                    keyed(
                                            ALL,
                                            with(
                                                    new String[] {"rewrite", ":in", ":out"},
                                                    POLICY)))),
                    Map.entry(
                            "convert",
                            List.of(
                                    keyed(WHOLE, "convert", ":in", ":out", "--to", "native"),
                                    keyed(ALL, "convert", ":in", ":mid", "--to", "native-stream")
                                            .then(
                                                    "convert",
                                                    ":mid",
                                                    ":out",
                                                    "--to",
                                                    "native",
                                                    "--compress",
                                                    "zstd",
                                                    "--key-file",
                                                    ":key"))),
                    Map.entry(
                            "bulk",
                            List.of(
                                    keyed(WHOLE, "bulk", ":in", "--out", ":folder"),
                                    keyed(
                                            ALL,
                                            with(
                                                    new String[] {
                                                        "bulk", ":in", "--out", ":folder"
                                                    },
                                                    POLICY)))),
                    Map.entry(
                            "console",
                            List.of(
                                    keyed(WHOLE, "console", ":in", "-f", ":copy.js"),
                                    keyed(ALL, "console", ":in", "-f", ":edit.js"))),
                    Map.entry(
                            "metadata",
                            List.of(
                                    new Way(ALL, "rewrite", ":in", ":out", "--key-file", ":key")
                                            .then("metadata", ":out", "set", "other.key=1"))),
                    Map.entry(
                            "sign",
                            List.of(
                                    new Way(
                                            ALL,
                                            "sign",
                                            ":in",
                                            "--key",
                                            ":ada.key",
                                            "-o",
                                            ":out"))),
                    Map.entry(
                            "section",
                            List.of(
                                    new Way(ALL, "rewrite", ":in", ":out", "--key-file", ":key")
                                            .then(
                                                    "section",
                                                    "add",
                                                    ":out",
                                                    "example.other",
                                                    ":log",
                                                    "--key-file",
                                                    ":key"))),
                    // A dump is the stream, the metadata and the sites' sections in the open; what
                    // is made from it says
                    // so.
                    Map.entry(
                            "load",
                            List.of(
                                    keyed(EnumSet.of(Kept.LABEL, Kept.SITE), "dump", ":in", ":dump")
                                            .then("load", ":dump", ":out"))),
                    // The image is intact, so salvage has nothing to drop.
                    Map.entry(
                            "salvage",
                            List.of(
                                    keyed(
                                            EnumSet.of(
                                                    Kept.FILE,
                                                    Kept.LABEL,
                                                    Kept.CHAIN,
                                                    Kept.COMPRESSION,
                                                    Kept.ENCRYPTION,
                                                    Kept.SECTION,
                                                    Kept.SITE),
                                            "salvage",
                                            ":in",
                                            ":out"))),
                    // xl's own stream has the label alone.
                    Map.entry(
                            "save",
                            List.of(
                                    new Way(
                                            EnumSet.of(Kept.LABEL),
                                            "save",
                                            "web1",
                                            ":out",
                                            "--to",
                                            "native"),
                                    new Way(EnumSet.of(Kept.LABEL), "save", "web1", ":out"))),
                    Map.entry(
                            "restore",
                            List.of(
                                    keyed(EnumSet.of(Kept.LABEL), "restore", ":in"),
                                    keyed(
                                            EnumSet.of(Kept.LABEL),
                                            with(new String[] {"restore", ":in"}, POLICY)))),
                    Map.entry(
                            "relay",
                            List.of(
                                    keyed(ALL, "convert", ":in", ":mid", "--to", "native-stream")
                                            .then(with(RELAY, TO_OUT)),
                                    keyed(ALL, "convert", ":in", ":mid", "--to", "native-stream")
                                            .then(with(with(RELAY, POLICY), TO_OUT)))));

    /** Commands that write no image, or none out of a native one. */
    private static final Set<String> OTHERS =
            Set.of(
                    "info",
                    "verify",
                    "diff",
                    "can-restore",
                    "capabilities",
                    "extract",
                    "dump",
                    "provenance",
                    "sample",
                    "policy",
                    "save-helper",
                    "agent",
                    "completion",
                    "help");

    @BeforeEach
    void makeImage() throws IOException {
        program = new Program(folder);
        program.write("key", "0123456789abcdef".repeat(4) + "\n");
        String commit = "\n:commit " + program.file("out") + "\n";
        program.write("copy.js", commit);
        program.write("edit.js", "image.config.c_info.name = 'web2'" + commit);
        program.run("sample", ":plain", "--guest", "pvh", "--memory", "4").succeeds();
        program.run("convert", ":plain", ":stream", "--to", "native-stream").succeeds();
        UnknownSection.into(program.file("stream"));
        program.run(
                        "convert",
                        ":stream",
                        ":in",
                        "--to",
                        "native",
                        "--compress",
                        "zstd",
                        "--encrypt",
                        "--key-file",
                        ":key")
                .succeeds();
        program.run("metadata", ":in", "set", "ticket.id=OPS-7").succeeds();
        program.write("log", LOG);
        program.run("section", "add", ":in", "example.log", ":log", "--key-file", ":key")
                .succeeds();
        program.run("convert", ":in", ":plain.save", "--to", "xl", "--key-file", ":key").succeeds();
        xl = StandInXl.install(program.file("host"), program.read("plain.save"));
        Files.createDirectory(program.file("no-policies"));
        program.run("sign", "--new-key", ":ada.key").succeeds();
        program.run("sign", ":in", "--key", ":ada.key").succeeds();
    }

    @Test
    void everyCommandThatWritesKeepsWhatBelongsToTheImage() throws IOException {
        byte[] before = program.read("in");
        for (Map.Entry<String, List<Way>> command : WAYS.entrySet()) {
            for (Way way : command.getValue()) {
                clear();
                for (String[] line : way.lines()) run(line);
                Path out = program.file("out");
                if (command.getKey().equals("restore"))
                    Files.write(out, xl.created().orElseThrow());
                if (command.getKey().equals("bulk")) out = program.file("folder").resolve("in");
                assertEquals(way.keeps(), found(out), String.join(" ", way.lines().getFirst()));
                assertArrayEquals(before, program.read("in"), command.getKey());
            }
        }
    }

    /** Runs a command line; those that run xl or are in a pipe as they have it there. */
    private void run(String... line) throws IOException {
        switch (line[0]) {
            case "save" ->
                    program.run(with(with(new String[] {"save", "-p"}, tail(line)), site()))
                            .succeeds();
            case "restore" ->
                    program.run(with(with(new String[] {"restore"}, tail(line)), site()))
                            .succeeds();
            case "relay" -> relay(with(with(line[0], site()), tail(line)));
            default -> program.run(line).succeeds();
        }
    }

    private static String[] with(String first, String... more) {
        return with(new String[] {first}, more);
    }

    private static String[] tail(String... line) {
        return Arrays.copyOfRange(line, 1, line.length);
    }

    /** Which xl, and no policies of this host. */
    private String[] site() {
        return new String[] {"--xl", xl.program().toString(), "--policies", ":no-policies"};
    }

    /** The relay reads its own standard input, so it is a process of its own. */
    private void relay(String... line) throws IOException {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName()));
        for (String word : line)
            words.add(word.startsWith(":") ? program.file(word.substring(1)).toString() : word);
        words.removeAll(List.of("--xl", xl.program().toString()));
        Path err = program.file("relay.err");
        Process relay =
                new ProcessBuilder(words)
                        .redirectInput(program.file("mid").toFile())
                        .redirectError(err.toFile())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            assertEquals(0, relay.waitFor(), () -> new String(program.read("relay.err"), UTF_8));
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void everyCommandIsLookedAt() {
        Set<String> known = new TreeSet<>(WAYS.keySet());
        known.addAll(OTHERS);
        assertEquals(known, new TreeSet<>(XenimageCommand.all().getSubcommands().keySet()));
    }

    private void clear() throws IOException {
        for (String name : List.of("out", "mid")) Files.deleteIfExists(program.file(name));
        for (String name : List.of("dump", "folder")) {
            Path place = program.file(name);
            if (!Files.exists(place)) continue;
            try (var all = Files.walk(place)) {
                for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList())
                    Files.delete(one);
            }
        }
    }

    /** What an image has of what there is to keep. */
    private Set<Kept> found(Path image) throws IOException {
        Set<Kept> found = EnumSet.noneOf(Kept.class);
        if (Files.mismatch(program.file("in"), image) < 0) found.add(Kept.FILE);
        JsonNode info = json("info", "--json", image.toString(), "--key-file", ":key");
        for (String place : List.of("/container/metadata", "/metadata"))
            if (info.at(place).path("ticket.id").asText().equals("OPS-7")) found.add(Kept.LABEL);
        String capabilities = info.at("/container/capabilities").toString();
        if (capabilities.contains("zstd")) found.add(Kept.COMPRESSION);
        if (capabilities.contains("aes-256-gcm")) found.add(Kept.ENCRYPTION);
        if (UnknownSection.in(image)) found.add(Kept.SECTION);
        if (site(image, capabilities.contains("aes-256-gcm"))) found.add(Kept.SITE);
        boolean sealed = !info.path("container").isMissingNode();
        JsonNode provenance =
                sealed ? json("provenance", "--json", image.toString()) : info.path("provenance");
        if (provenance.path("statements").size() > 0) {
            found.add(Kept.CHAIN);
            program.run("provenance", image.toString()).succeeds();
        }
        program.run("verify", image.toString(), "--key-file", ":key").succeeds();
        return found;
    }

    /** Whether an image has the site's section, in the clear only if the rest is. */
    private boolean site(Path image, boolean encrypted) throws IOException {
        Program.Outcome got =
                program.run(
                        "section",
                        "get",
                        image.toString(),
                        "example.log",
                        "-o",
                        ":got",
                        "--force",
                        "--key-file",
                        ":key");
        if (got.status() != 0) return false;
        assertEquals(LOG, new String(program.read("got"), UTF_8));
        String all = Files.readString(image, ISO_8859_1);
        assertEquals(!encrypted, all.contains(LOG.substring(0, 40)), image.toString());
        return true;
    }

    private JsonNode json(String... line) throws IOException {
        return new JsonMapper().readTree(program.run(line).succeeds().out());
    }

    @Test
    void everyCommandThatReadsAnImageTakesKeys() {
        Set<String> without = new TreeSet<>();
        XenimageCommand.all()
                .getSubcommands()
                .forEach((name, line) -> {
                    boolean keys =
                            line.getCommandSpec().findOption("--key-file") != null
                                    || line.getSubcommands().values().stream()
                                            .anyMatch(part ->
                                                    part.getCommandSpec().findOption("--key-file")
                                                            != null);
                    if (!keys) without.add(name);
                });
        // What they read is never encrypted: a dump, a label, libxl's stream; or no image.
        assertEquals(
                new TreeSet<>(
                        Set.of(
                                "load",
                                "metadata",
                                "sign",
                                "provenance",
                                "sample",
                                "capabilities",
                                "save-helper",
                                "agent",
                                "completion",
                                "help")),
                without);
        assertTrue(
                program.run("verify", ":in").status() == 1, "an encrypted image without its key");
    }
}
