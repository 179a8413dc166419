package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whatever a run reads it never writes: every option and operand that names an output, of every command, is given each
 * file that the command reads, by its path, through a symbolic link and through a hard link, with {@code --force}.
 */
class InputsAreKeptTest {
    /** What stands for the output in a command line. */
    private static final String OUTPUT = "OUTPUT";

    private static final String POLICIES = " --policy :p.js --site :site.json";

    /** What libxl would say, of a descriptor that is never open. */
    private static final String CALLOUT = " -- --save-domain 1048576 -1 1 0 136 0";

    /**
     * For each output, as {@link #name} calls it, command lines that write it. Every word with a
     * colon is a file that is read.
     */
    private static final Map<String, List<String>> LINES =
            Map.ofEntries(
                    Map.entry(
                            "rewrite OUT",
                            List.of(
                                    "rewrite :in.save OUTPUT --force" + POLICIES,
                                    "rewrite :in.native OUTPUT --force --key-file :key" + POLICIES,
                                    "rewrite :in.save OUTPUT --force",
                                    "rewrite :in.save OUTPUT --force --for :caps.json")),
                    Map.entry(
                            "rewrite --log",
                            List.of(
                                    "rewrite :in.save - --log OUTPUT" + POLICIES,
                                    "rewrite :in.native --dry-run --log OUTPUT --key-file :key"
                                            + POLICIES)),
                    Map.entry(
                            "rewrite --trace-log",
                            List.of(
                                    "rewrite :in.save - --trace-log OUTPUT" + POLICIES,
                                    "rewrite :in.native --dry-run --trace-log OUTPUT --key-file :key"
                                            + POLICIES)),
                    Map.entry(
                            "save --trace-log",
                            List.of("save web1 NEW --trace-log OUTPUT --xl false" + POLICIES)),
                    Map.entry(
                            "restore --trace-log",
                            List.of("restore --trace-log OUTPUT --xl false :in.save" + POLICIES)),
                    Map.entry(
                            "relay --trace-log",
                            List.of("relay --trace-log OUTPUT" + POLICIES + " -- false")),
                    Map.entry(
                            "save-helper --trace-log",
                            List.of("save-helper --trace-log OUTPUT" + POLICIES + CALLOUT)),
                    Map.entry(
                            "save-helper --log",
                            List.of("save-helper --log OUTPUT" + POLICIES + CALLOUT)),
                    Map.entry(
                            "convert OUT",
                            List.of(
                                    "convert :in.native OUTPUT --to xl --force --key-file :key",
                                    "convert :in.save OUTPUT --to native --force --encrypt --key-file :key",
                                    "convert :in.save OUTPUT --force --for :caps.json")),
                    Map.entry(
                            "capabilities --output",
                            List.of(
                                    "capabilities --file :caps.json --output OUTPUT --force",
                                    "capabilities --xl-info :info --xen-cpuid :cpuid --output OUTPUT --force")),
                    Map.entry(
                            "bulk --report",
                            List.of(
                                    "bulk :in.native --dry-run --report OUTPUT --key-file :key"
                                            + POLICIES)),
                    Map.entry("salvage OUT", List.of("salvage :in.save OUTPUT --force")),
                    Map.entry(
                            "save OUT",
                            List.of(
                                    "save web1 OUTPUT :config --force --for :caps.json --xl false"
                                            + POLICIES)),
                    Map.entry(
                            "save --log",
                            List.of("save web1 NEW --log OUTPUT --xl false" + POLICIES)),
                    Map.entry(
                            "restore --log",
                            List.of("restore --log OUTPUT --xl false :in.save" + POLICIES)),
                    Map.entry(
                            "relay --log", List.of("relay --log OUTPUT" + POLICIES + " -- false")),
                    Map.entry(
                            "extract config --output",
                            List.of("extract config :in.save --output OUTPUT --force")),
                    Map.entry(
                            "extract metadata --output",
                            List.of(
                                    "extract metadata :in.native --output OUTPUT --force --key-file :key")),
                    Map.entry(
                            "extract pages --output",
                            List.of("extract pages :in.save --pfn 0-3 --output OUTPUT --force")),
                    Map.entry(
                            "extract record --output",
                            List.of("extract record :in.save END --output OUTPUT --force")),
                    Map.entry(
                            "section get --output",
                            List.of(
                                    "section get :sections.native a.b --output OUTPUT --force"
                                            + " --section-schema :sections.json")),
                    Map.entry(
                            "load OUT",
                            List.of("load dump OUTPUT --force # :dump/image.json :dump/pages.bin")),
                    Map.entry(
                            "sign --output",
                            List.of("sign :plain.native --key :ada.key --output OUTPUT --force")),
                    Map.entry(
                            "policy test --junit",
                            List.of("policy test :p.test.yaml --junit OUTPUT # :p.js")),
                    Map.entry(
                            "policy bundle --output",
                            List.of(
                                    "policy bundle set --output OUTPUT --force --key :ada.key"
                                            + " # :set/policies.yaml :set/q.js :set/notes.txt")),
                    Map.entry("sign IMAGE", List.of("sign OUTPUT --key :ada.key")),
                    Map.entry(
                            "console :commit",
                            List.of("console :in.native --key-file :key -f :commit.js")));

    /** Outputs that are new files or folders in any case, and those that no input can be given with. */
    private static final Set<String> NEVER_REPLACED =
            Set.of(
                    "bulk --out",
                    "dump DIR",
                    "policy new FILE",
                    "policy types DIR",
                    "sample OUT",
                    "sign --new-key",
                    "metadata IMAGE",
                    "section add FILE");

    /** Options and operands that name what is read, or no file at all. */
    private static final Set<String> INPUTS =
            Set.of(
                    "--key-file",
                    "--passphrase-file",
                    "--policies",
                    "--site",
                    "--trust",
                    "--section-schema",
                    "--key",
                    "--file",
                    "--xl-info",
                    "--xen-cpuid",
                    "-f");

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeInputs() throws IOException {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pvh", "--memory", "4").succeeds();
        program.write("key", "0123456789abcdef".repeat(4) + "\n");
        program.write("sections.json", "{\"sections\": {}}");
        program.write("p.test.yaml", "cases: [{name: a, expect: {unchanged: true}}]\n");
        program.run("convert", ":in.save", ":plain.native", "--to", "native").succeeds();
        program.run("convert", ":in.save", ":sections.native", "--to", "native").succeeds();
        program.run("section", "add", ":sections.native", "a.b", ":key").succeeds();
        program.run(
                        "convert",
                        ":in.save",
                        ":in.native",
                        "--to",
                        "native",
                        "--encrypt",
                        "--key-file",
                        ":key")
                .succeeds();
        program.write(
                "p.js",
                """
                export const policy = { api: 1, name: 'p', on: ['rewrite', 'save', 'restore', 'migrate-out'] };
                export function onConfig(config, ctx) { config.c_info.name = 'web2'; }
                """);
        Files.createDirectory(program.file("set"));
        program.write("set/policies.yaml", "{set: 1, policies: [q.js]}");
        program.write("set/q.js", "export const policy = { api: 1 };\nexport function onEnd() {}");
        program.write("set/notes.txt", "notes");
        program.write("site.json", "{}");
        program.write("config", "name = 'web1'\n");
        program.run("dump", ":in.save", ":dump").succeeds();
        program.run("sign", "--new-key", ":ada.key").succeeds();
        program.run("capabilities", "--xen", "4.17", "-o", ":caps.json").succeeds();
        program.write("info", "xen_major : 4\nxen_minor : 17\n");
        program.write(
                "cpuid",
                """
                PV Max policy: 1 leaves, 0 MSRs
                  00000000:ffffffff -> 0000000d:68747541:444d4163:69746e65
                """);
    }

    @Test
    void noOutputIsAnInput() throws IOException {
        int walked = 0;
        for (Map.Entry<String, List<String>> output : LINES.entrySet()) {
            for (String line : output.getValue()) {
                for (String input : inputs(line)) {
                    for (Path alias : aliases(program.file(input))) {
                        refuses(line, input, alias);
                        walked++;
                    }
                }
            }
        }
        assertTrue(walked >= 100, "walked " + walked);
    }

    private void refuses(String line, String input, Path alias) throws IOException {
        if (line.contains("commit.js"))
            program.write("commit.js", ":commit " + alias + " --force\n");
        byte[] before = Files.readAllBytes(program.file(input));
        List<String> files = program.files();
        String[] words =
                line.replaceAll(" #.*", "")
                        .replace("NEW", folder.resolve("new").toString())
                        .replace("load dump", "load :dump")
                        .replace("bundle set", "bundle :set")
                        .replace(OUTPUT, alias.toString())
                        .split(" ");
        Program.Outcome outcome = program.run(words);
        String printed = String.join(" ", words) + ": " + outcome;
        assertEquals(1, outcome.status(), printed);
        assertTrue(outcome.err().contains("this run"), printed);
        assertArrayEquals(before, Files.readAllBytes(program.file(input)), printed);
        assertEquals(files, program.files(), printed);
    }

    private static List<String> inputs(String line) {
        return List.of(line.split(" ")).stream()
                .filter(word -> word.startsWith(":"))
                .map(word -> word.substring(1))
                .toList();
    }

    /** A file by its path, through a link, and by another name. */
    private List<Path> aliases(Path file) throws IOException {
        Path symbolic = folder.resolve("symbolic");
        Path hard = folder.resolve("hard");
        Files.deleteIfExists(symbolic);
        Files.deleteIfExists(hard);
        if (!Files.exists(file)) return List.of(file);
        return List.of(
                file, Files.createSymbolicLink(symbolic, file), Files.createLink(hard, file));
    }

    @Test
    void bulkReplacesNoInput() throws IOException {
        for (String input : List.of("p.js", "site.json", "in.save")) {
            Path out = Files.createDirectories(folder.resolve("out-" + input));
            Files.createLink(out.resolve("in.save"), program.file(input));
            byte[] before = Files.readAllBytes(program.file(input));
            Program.Outcome outcome =
                    program.run(
                            "bulk",
                            ":in.save",
                            "--out",
                            out.toString(),
                            "--force",
                            "--policy",
                            ":p.js",
                            "--site",
                            ":site.json");
            assertEquals(1, outcome.status(), outcome.err());
            assertTrue(outcome.err().contains("this run reads this file"), outcome.err());
            assertArrayEquals(before, Files.readAllBytes(out.resolve("in.save")));
        }
    }

    @Test
    void twoOutputsOfOneRunAreTwoFiles() {
        Program.Outcome outcome =
                program.run(
                        "rewrite",
                        ":in.save",
                        ":both",
                        "--log",
                        ":both",
                        "--policy",
                        ":p.js",
                        "--force");
        assertTrue(outcome.failure().contains("already writes to it"), outcome.err());
    }

    /** A new command, option or operand that names a file must be put into one of the lists. */
    @Test
    void everyOutputIsWalked() {
        Set<String> known = new TreeSet<>(LINES.keySet());
        known.addAll(NEVER_REPLACED);
        known.remove("console :commit");
        known.removeAll(Set.of("sign IMAGE", "metadata IMAGE"));
        Set<String> found = new TreeSet<>();
        walk(XenimageCommand.all().getCommandSpec(), found);
        assertEquals(known, found);
    }

    private static void walk(CommandSpec command, Set<String> found) {
        String path = command.qualifiedName(" ").replaceFirst("^xenimage ?", "");
        for (ArgSpec argument : command.args()) {
            if (!Set.of("FILE", "DIR", "OUT").contains(argument.paramLabel())) continue;
            String name = name(argument);
            if (INPUTS.contains(name)
                    || (Set.of("load", "policy list", "policy bundle").contains(path)
                            && name.equals("DIR"))) continue;
            found.add(path + " " + name);
        }
        command.subcommands().values().forEach(sub -> walk(sub.getCommandSpec(), found));
    }

    private static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }
}
