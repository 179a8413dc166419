package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.output.ExitStatus;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What all commands have alike: JSON of failures, {@code -} for files, dry runs, secrets, site files. */
class CommonOptionsTest {
    @TempDir private Path folder;

    private Program program = new Program(Path.of("before-each"));

    @BeforeEach
    void makeImages() throws IOException {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "4").succeeds();
        Files.write(program.file("cut.save"), Arrays.copyOf(program.read("in.save"), 100_000));
        program.write(
                "veto.js",
                """
                export const policy = { api: 1, name: 'veto' };
                export function onBegin(ctx) { ctx.veto('no'); }
                """);
        program.write(
                "throws.js",
                """
                export const policy = { api: 1, name: 'throws' };
                export function onBegin(ctx) { throw new Error('no'); }
                """);
        program.write(
                "vnc.js",
                """
                export const policy = { api: 1, name: 'vnc', params: { code: { required: true, secret: true } } };
                export function onConfig(config, ctx) {
                  config.b_info.vncpasswd = 'hunter2hunter2';
                  config.b_info.note = ctx.params.code;
                  ctx.log(`set to ${ctx.params.code}`);
                }
                """);
    }

    /**
     * Every command, and which of these options it has besides --help, --json and --quiet: the keys
     * where it reads what may be encrypted, --force where it writes a file that may exist, --dry-run
     * where it makes an image of another one.
     * The label of a native image is never encrypted; what acts on a guest is tried with rewrite --as.
     */
    private static final Map<String, String> COMMANDS =
            Map.ofEntries(
                    Map.entry("info", "keys"),
                    Map.entry("verify", "keys"),
                    Map.entry("rewrite", "keys, force, dry-run"),
                    Map.entry("convert", "keys, force, dry-run"),
                    Map.entry("can-restore", "keys"),
                    Map.entry("capabilities", "force"),
                    Map.entry("bulk", "keys, force, dry-run"),
                    Map.entry("diff", "keys"),
                    Map.entry("salvage", "keys, force, dry-run"),
                    Map.entry("save", "keys, force"),
                    Map.entry("restore", "keys"),
                    Map.entry("relay", "keys"),
                    Map.entry("save-helper", ""),
                    Map.entry("extract config", "keys, force"),
                    Map.entry("extract metadata", "keys, force"),
                    Map.entry("extract record", "keys, force"),
                    Map.entry("extract pages", "keys, force"),
                    Map.entry("dump", "keys, force"),
                    Map.entry("load", "force, dry-run"),
                    Map.entry("metadata", ""),
                    Map.entry("section list", "keys"),
                    Map.entry("section get", "keys, force"),
                    Map.entry("section add", "keys"),
                    Map.entry("section drop", "keys"),
                    Map.entry("sign", "force"),
                    Map.entry("provenance", ""),
                    Map.entry("console", "keys"),
                    Map.entry("sample", "force"),
                    Map.entry("policy new", "force"),
                    Map.entry("policy check", ""),
                    Map.entry("policy test", ""),
                    Map.entry("policy bench", ""),
                    Map.entry("policy replay", "keys"),
                    Map.entry("policy list", ""),
                    Map.entry("policy show", ""),
                    Map.entry("policy types", "force"),
                    Map.entry("policy bundle", "force"),
                    Map.entry("policy verify", ""),
                    Map.entry("agent", ""),
                    Map.entry("completion", ""),
                    Map.entry("help", ""));

    static Map<String, CommandLine> commands() {
        Map<String, CommandLine> found = new TreeMap<>();
        collect("", XenimageCommand.all(), found);
        return found;
    }

    private static void collect(String path, CommandLine line, Map<String, CommandLine> found) {
        if (line.getSubcommands().isEmpty()) found.put(path.strip(), line);
        line.getSubcommands().forEach((name, one) -> collect(path + " " + name, one, found));
    }

    @Test
    void everyCommandHasTheCommonOptions() {
        Map<String, CommandLine> commands = commands();
        assertEquals(COMMANDS.keySet(), commands.keySet());
        Map<String, List<String>> options =
                Map.of(
                        "keys", List.of("--key-file", "--passphrase-file"),
                        "force", List.of("--force"),
                        "dry-run", List.of("--dry-run"));
        commands.forEach((name, line) -> {
            Set<String> has = line.getCommandSpec().optionsMap().keySet();
            assertTrue(
                    has.containsAll(List.of("-h", "--help", "--json", "-q", "--quiet")),
                    name + " has " + has);
            String expected = COMMANDS.getOrDefault(name, "");
            options.forEach((kind, names) -> {
                for (String one : names)
                    assertEquals(expected.contains(kind), has.contains(one), name + " " + one);
            });
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rewrite :in.save :out --policy rename-domain --set to=b",
                "rewrite :in.save :out --dry-run",
                "convert :in.save :out --to native",
                "convert :in.save --to native --dry-run",
                "convert :in.native :out --to native --no-provenance",
                "bulk :in.save --out :folder",
                "salvage :cut.save :out",
                "dump :in.save :folder",
                "load :dump :out",
                "load :dump --dry-run",
                "sample :out --guest pv --memory 4",
                "sign :in.native --key :key",
                "metadata :in.native set a.b=c",
                "section add :in.native a.c :in.save",
                "section get :in.native a.b -o :section",
                "section drop :in.native a.b",
                "policy new :new.js",
                "policy types :folder",
                "policy check :veto.js",
                "diff :in.save :in.save",
                "verify :in.save"
            })
    void aQuietCommandSaysNothingWhenAllIsWell(String line) {
        for (String make :
                List.of(
                        "convert :in.save :in.native --to native",
                        "sign --new-key :key",
                        "sign :in.native --key :key",
                        "section add :in.native a.b :in.save",
                        "dump :in.save :dump")) program.run(make.split(" ")).succeeds();
        Program.Outcome outcome = program.run((line + " --quiet").split(" ")).succeeds();
        assertEquals("", outcome.out() + outcome.err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "info :in.save",
                "verify :cut.save",
                "policy list",
                "policy show rename-domain",
                "completion",
                "help",
                "convert :in.save --to libxc-v2 --explain",
                "console :in.save -c image.pages.count",
                "rewrite :in.save :out --policy rename-domain --set to=b --json",
                "convert :in.save :out --to odd",
                "salvage :veto.js :out",
                "diff :in.save :cut.save --json"
            })
    void aQuietCommandPrintsWhatWasAskedForAndErrors(String line) {
        Program.Outcome outcome = program.run((line + " --quiet").split(" "));
        assertFalse((outcome.out() + outcome.err()).isEmpty());
    }

    /** Where each command with a log or a report carries data on standard output; empty where it cannot. */
    private static final Map<String, String> DATA_ON_STANDARD_OUTPUT =
            Map.of(
                    "rewrite", "rewrite :in.save -",
                    "relay", "relay -- cat",
                    "save-helper", "save-helper -- --save-domain 1048576 -1 1 0 136 0",
                    "save", "save web1 -",
                    "restore", "",
                    "bulk", "");

    @Test
    void aLogIsNotWrittenIntoDataOnStandardOutput() {
        Set<String> texts = new TreeSet<>();
        commands()
                .forEach((name, line) -> {
                    for (String option : List.of("--log", "--report", "--trace-log")) {
                        if (!line.getCommandSpec().optionsMap().containsKey(option)) continue;
                        texts.add(name);
                        String carrying = String.valueOf(DATA_ON_STANDARD_OUTPUT.get(name));
                        if (carrying.isEmpty()) continue;
                        for (String policy : List.of("", " --policy :veto.js")) {
                            String[] words = carrying.split(" ", 2);
                            Program.Outcome outcome =
                                    program.run(
                                            (words[0] + " " + option + " -" + policy + " "
                                                            + words[1])
                                                    .split(" "));
                            assertEquals(ExitStatus.USAGE, outcome.status(), name + outcome.err());
                            assertEquals("", outcome.out(), name);
                            if (!name.equals("save")) // takes no OUT that is not a file
                            assertTrue(outcome.err().contains(option + " -: "), outcome.err());
                        }
                    }
                });
        assertEquals(new TreeSet<>(DATA_ON_STANDARD_OUTPUT.keySet()), texts);
    }

    @Test
    void theFailureOfARelayIsNotWrittenIntoItsStream() {
        Program.Outcome outcome =
                program.run("relay", "--json", "--policy", ":missing.js", "--", "cat");
        assertEquals("", outcome.out());
        assertTrue(outcome.err().contains("\"error\""), outcome.err());
    }

    @Test
    void forceReplacesAPolicyAndADumpButNothingElse() throws IOException {
        program.run("policy", "new", ":veto.js", "--force", "--quiet").succeeds();
        assertTrue(Files.readString(program.file("veto.js")).contains("onEnd"));
        program.run("dump", ":in.save", ":dump").succeeds();
        program.run("dump", ":in.save", ":dump").failure();
        program.run("dump", ":in.save", ":dump", "--force").succeeds();
        program.write("dump/notes.txt", "mine");
        assertTrue(program.run("dump", ":in.save", ":dump", "--force").failure().contains("other"));
        program.run("load", ":dump", ":again.save").succeeds();
        assertEquals(-1, Files.mismatch(program.file("in.save"), program.file("again.save")));
    }

    @Test
    void aDryRunOfAConversionFindsWhatTheConversionWould() {
        assertTrue(
                program.run("convert", ":in.save", "--to", "native", "--dry-run")
                        .succeeds()
                        .err()
                        .contains("nothing written"));
        program.run("convert", ":cut.save", "--to", "native", "--dry-run").failure();
        assertTrue(
                program.run("convert", ":in.save", "--to", "dump-core", "--dry-run")
                        .err()
                        .contains("--allow-loss"));
        assertFalse(Files.exists(program.file("out")));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "vetoed, rewrite :in.save :out --policy :veto.js",
        "policy-error, rewrite :in.save :out --policy :throws.js",
        "policy-error, rewrite :in.save :out --policy :missing.js",
        "damaged, rewrite :cut.save :out",
        "damaged, convert :cut.save :out --to native",
        "damaged, dump :cut.save :out",
        "refused, extract metadata :missing",
        "io, info :missing",
        "io, rewrite :in.save :missing/out",
        "refused, metadata :in.save get a.b",
        "usage, rewrite :in.save",
        "usage, convert :in.save :out --to odd",
        "usage, extract pages :in.save --pfn x",
        "usage, info --nonsense :in.save"
    })
    void aFailureIsOneObjectWithItsKind(String kind, String line) throws IOException {
        String[] words = (line + " --json").split(" ");
        Program.Outcome outcome = program.run(words);
        JsonNode error = new JsonMapper().readTree(outcome.out()).path("error");
        String expected = kind.equals("refused") && line.contains(":missing") ? "io" : kind;
        assertEquals(expected, error.path("kind").asText(), outcome.out() + outcome.err());
        assertFalse(error.path("message").asText().isEmpty());
        assertEquals(kind.equals("usage") ? ExitStatus.USAGE : 1, outcome.status());
        assertTrue(outcome.err().contains(error.path("message").asText()), outcome.err());
    }

    @Test
    void aHyphenIsStandardOutputForLogAndReport() throws IOException {
        String log =
                program.run(
                                "rewrite",
                                ":in.save",
                                ":out",
                                "--quiet",
                                "--log",
                                "-",
                                "--policy",
                                "rename-domain",
                                "--set",
                                "to=b")
                        .succeeds()
                        .out();
        for (String line : log.lines().toList()) new JsonMapper().readTree(line);
        assertTrue(log.contains("\"after\":\"b\""), log);
        String report =
                program.run("bulk", ":in.save", "--dry-run", "--quiet", "--report", "-")
                        .succeeds()
                        .out();
        assertEquals("dry-run", new JsonMapper().readTree(report).path("status").asText(), report);
        assertFalse(Files.exists(Path.of("-")));
        Program.Outcome both =
                program.run("rewrite", ":in.save", "-", "--log", "-", "--policy", ":veto.js");
        assertEquals(ExitStatus.USAGE, both.status(), both.err());
    }

    @Test
    void aPolicyOfAnotherOperationIsTriedOnAFile() {
        program.write(
                "out.js",
                """
                export const policy = { api: 1, name: 'out', on: ['migrate-out'] };
                export function onConfig(config, ctx) { config.c_info.name = ctx.operation; }
                """);
        String plain =
                program.run("rewrite", ":in.save", "--dry-run", "--policy", ":out.js")
                        .succeeds()
                        .out();
        assertTrue(plain.contains("not run"), plain);
        String as =
                program.run(
                                "rewrite",
                                ":in.save",
                                "--dry-run",
                                "--as",
                                "migrate-out",
                                "--policy",
                                ":out.js")
                        .succeeds()
                        .out();
        assertTrue(as.contains("\"migrate-out\"") && as.contains("nothing written"), as);
        assertEquals(
                ExitStatus.USAGE,
                program.run("rewrite", ":in.save", "--dry-run", "--as", "odd").status());
    }

    @Test
    void secretsAreShownOnlyToWhoAsksForThem() throws IOException {
        List<String> line =
                List.of(
                        "rewrite",
                        ":in.save",
                        ":out",
                        "--force",
                        "--log",
                        ":log",
                        "--policy",
                        ":vnc.js",
                        "--set",
                        "code=swordfish");
        Program.Outcome hidden = program.run(line.toArray(String[]::new)).succeeds();
        String all = hidden.out() + hidden.err() + Files.readString(program.file("log"));
        assertFalse(all.contains("hunter2") || all.contains("swordfish"), all);
        assertTrue(all.contains("(secret)"), all);
        String diff = program.run("diff", ":in.save", ":out").out();
        assertTrue(diff.contains("vncpasswd") && !diff.contains("hunter2"), diff);
        String output = program.run("diff", "--show-secrets", ":in.save", ":out").out();
        assertTrue(output.contains("hunter2hunter2"), output);
    }

    @Test
    void aSiteFileThatCannotBeReadIsAUsageErrorOnOneLine() {
        program.write("deep.json", "[".repeat(100_000));
        program.write("deep.yaml", "a: " + "[".repeat(10_000));
        program.write("odd.yaml", "a: [1\nb: }");
        program.write("list.json", "[1]");
        program.write("empty.json", "");
        for (String site :
                List.of("deep.json", "deep.yaml", "odd.yaml", "list.json", "empty.json")) {
            Program.Outcome outcome =
                    program.run(
                            "rewrite",
                            ":in.save",
                            ":out",
                            "--policy",
                            ":veto.js",
                            "--site",
                            ":" + site);
            assertEquals(ExitStatus.USAGE, outcome.status(), site + outcome.err());
            assertEquals(1, outcome.err().lines().count(), outcome.err());
            assertTrue(outcome.err().contains(site), outcome.err());
        }
    }
}
