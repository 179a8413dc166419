package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.tests.program.ProgramShell.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every example of every help text, typed into a shell, in the program as it is packed; and the
 * first of each command in the other ways to start it. There is no Xen: a script is in for xl, and
 * another for ssh.
 */
class ExamplesTest {
    @TempDir private Path folder;

    /** The commands that the launcher's table has, which the program wrote itself; the first is the program. */
    static Stream<String> commands() throws IOException {
        Path table = ProgramShell.program().resolveSibling("../lib/commands");
        if (!Files.exists(table)) return Stream.of("");
        List<String> commands = new ArrayList<>(List.of("", "extract", "policy"));
        for (String line : Files.readAllLines(table))
            commands.add(line.substring(0, line.indexOf('|')));
        return commands.stream();
    }

    @ParameterizedTest(name = "xenimage {0}")
    @MethodSource("commands")
    void everyExampleRuns(String command) throws IOException, InterruptedException {
        List<String> examples = examples(command);
        assertFalse(examples.isEmpty(), command + ": has no example");
        run("quick", command, examples);
    }

    @ParameterizedTest(name = "xenimage {0}")
    @MethodSource("commands")
    void everyCommandRunsWithoutACacheAndWithCompiledScripts(String command)
            throws IOException, InterruptedException {
        List<String> examples = examples(command);
        List<String> first = new ArrayList<>();
        for (String line : examples) {
            first.add(line);
            if (!line.endsWith("\\")) break;
        }
        run("plain", command, first);
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .filter(file -> !file.equals(folder))
                    .forEach(file -> file.toFile().delete());
        }
        run("long", command, first);
    }

    @Test
    void noLineOfAHelpTextIsCutAndNoneIsWiderThanTheTerminal()
            throws IOException, InterruptedException {
        for (String command : commands().toList()) {
            String help = help(command);
            for (String line : help.lines().toList())
                assertTrue(
                        line.length() <= 80 || !line.strip().contains(" "), command + ": " + line);
            assertFalse(help.contains("${"), help);
        }
    }

    private String help(String command) throws IOException, InterruptedException {
        Outcome outcome = shell("xenimage help " + command);
        assertEquals(0, outcome.status(), outcome.err());
        return outcome.out();
    }

    private List<String> examples(String command) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        boolean within = false;
        for (String line : help(command).lines().toList()) {
            if (line.equals("Examples:")) within = true;
            else if (within && !line.startsWith(" ")) break;
            else if (within) lines.add(line.startsWith("  END") ? "END" : line.substring(2));
        }
        return lines;
    }

    private void run(String mode, String command, List<String> examples)
            throws IOException, InterruptedException {
        Outcome made = shell(setup(command));
        assertEquals(0, made.status(), made.err());
        // diff says with 1 that the images differ.
        String allowed = command.equals("diff") ? "1" : "0";
        String script =
                "export XENIMAGE_MODE="
                        + mode
                        + " PATH=\"$PWD/host:$PATH\" HOME=\"$PWD\" XDG_RUNTIME_DIR=\"$PWD\"\n"
                        + "trap 's=$?; [ $s = "
                        + allowed
                        + " ] || { echo \"status $s of $BASH_COMMAND\" >&2; exit 99; }' ERR\n"
                        + String.join("\n", examples)
                                .replace("/etc/xen/policies", "policies")
                                .replace("/backup/", "")
                                .replace("--idle 3600", "--idle 3")
                        + "\n:\n";
        Files.writeString(folder.resolve("script"), script);
        Outcome outcome;
        try (var _ = PassingDebugger.open()) {
            outcome = shell("bash -o pipefail script " + (command.equals("relay") ? "< sent" : ""));
        }
        assertEquals(0, outcome.status(), script + outcome.out() + outcome.err());
        assertFalse(outcome.err().contains("\tat "), outcome.err());
    }

    /** The files that examples name, those of the one command. */
    private static String setup(String command) {
        String base =
                """
                set -e
                mkdir -p .zfunc .config/fish/completions host policies
                cp '%s' host/xl.real
                cat > host/xl <<'XL'
                #!/bin/bash
                # xl, and its migrate, which pipes an image into a command
                export PATH="$(dirname "$0"):$PATH"
                if [ "$1" = migrate ]; then
                    { cat "$(dirname "$0")/image"; printf 'domain is yours, you are cleared to unpause\\0'; } |
                        sh -c "$3 $5 xl migrate-receive" > /dev/null
                    exit
                fi
                [ "$1 $2" != "save web1" ] || set -- save 7 "$3" # xl takes a name, too
                exec bash "$(dirname "$0")/xl.real" "$@"
                XL
                printf '#!/bin/sh\\nshift\\nexec "$@"\\n' > host/ssh
                chmod +x host/xl host/ssh
                """
                        .formatted(
                                ProgramShell.ROOT.resolve(
                                        "scripting-host/cli/src/test/resources/org/xenimage/cli/toolstack/xl"));
        if (command.isEmpty() || command.equals("sample")) return base;
        String images =
                base
                        + """
                        xenimage sample web1.save --guest pv --memory 16 --name web1
                        cp web1.save host/image
                        echo running > host/domain
                        : > host/calls
                        { cat host/image; printf 'domain is yours, you are cleared to unpause\\0'; } > sent
                        """;
        return images
                + switch (command) {
                    case "verify", "restore", "info" ->
                            "zstd -q web1.save; printf 'bridges: {xenbr0: br1}\\n' > site.yaml; "
                                    + "xenimage convert web1.save web1.native --to native\n"
                                    + POLICIES;
                    case "rewrite" ->
                            "zstd -q web1.save; printf 'bridges: {xenbr0: br1}\\n' > site.yaml\n"
                                    + POLICIES;
                    case "save", "save-helper" -> "rm web1.save\n" + POLICIES;
                    case "relay" -> POLICIES;
                    case "bulk" ->
                            "mkdir images; cp web1.save images; cp web1.save a.save; cp web1.save b.save\n"
                                    + POLICIES
                                    + "printf 'set: 1\\npolicies: [10.py]\\n' > policies/policies.yaml\n";
                    case "can-restore" -> "xenimage capabilities --xen 4.17 -o xen2.json\n";
                    case "capabilities" ->
                            "printf 'xen_major : 4\\nxen_minor : 17\\n' > info.txt; printf 'PV Max "
                                    + "policy: 1 leaves, 0 MSRs\\n 00000000:ffffffff -> "
                                    + "0000000d:68747541:444d4163:69746e65\\n' > cpuid.txt\n";
                    case "diff" ->
                            "xenimage convert web1.save web1.native --to native; cp web1.save "
                                    + "before.save; xenimage rewrite web1.save after.save --policy "
                                    + "rename-domain --set to=web2\n";
                    case "salvage" ->
                            "head -c 5000000 web1.save > broken.save; cp broken.save headless.bin; "
                                    + "xenimage convert web1.save web1.native --to native; head -c "
                                    + "5000000 web1.native > broken.native\n";
                    case "metadata", "sign", "provenance" ->
                            "xenimage convert web1.save web1.native --to native\n"
                                    + (command.equals("provenance")
                                            ? "xenimage sign --new-key sign.key; xenimage sign "
                                                    + "web1.native --key sign.key\n"
                                            : "");
                    case "section", "section add", "section list", "section get", "section drop" ->
                            "xenimage convert web1.save web1.native --to native; echo log > console.txt; "
                                    + "echo more > newer.txt; echo png > screen.png\n"
                                    + (command.equals("section") || command.equals("section add")
                                            ? ""
                                            : "xenimage section add web1.native example.console-log "
                                                    + "console.txt; xenimage section add web1.native "
                                                    + "example.screenshot screen.png\n")
                                    + (command.equals("section get")
                                            ? "echo '{\"sections\": {\"site.use\": {\"fields\": "
                                                    + "[{\"name\": \"load\", \"type\": \"bytes\"}]}}}' "
                                                    + "> site.json; xenimage section add web1.native "
                                                    + "site.use console.txt\n"
                                            : "");
                    case "extract record" -> "xenimage sample hvm1.save --guest hvm --memory 8\n";
                    case "console" -> "echo image.name > inspect.js\n";
                    case "policy test", "policy bench" ->
                            "xenimage policy new scrub-mine.js; xenimage policy new policies/one.py\n";
                    case "policy check" -> "xenimage policy new scrub-mine.js\n" + SET;
                    case "policy" ->
                            SET
                                    + "xenimage sign --new-key sign.key\n"
                                    + "xenimage rewrite web1.save --dry-run --quiet --policy policies/one.py "
                                    + "--log web1.log\n";
                    case "policy list", "policy show" -> SET;
                    case "policy bundle" ->
                            SET
                                    + "for key in sign site review; do xenimage sign --new-key $key.key; done\n";
                    case "policy verify" ->
                            SET
                                    + "xenimage sign --new-key sign.key\n"
                                    + "xenimage policy bundle policies -o policies.xpb --key sign.key\n";
                    case "policy replay" ->
                            "xenimage policy new next.js; xenimage rewrite web1.save --dry-run --quiet "
                                    + "--policy ./next.js --log web1.log\n";
                    default -> "";
                };
    }

    private static final String SET =
            """
            xenimage policy new policies/one.py; printf 'set: 1\\npolicies: [one.py]\\n' > policies/policies.yaml
            """;

    private static final String POLICIES =
            """
            xenimage policy new my-policy.js; xenimage policy new my-policy.py
            xenimage policy new scrub.py; xenimage policy new policies/10.py
            sed -i 's/"on": .*/"on": ["save", "restore", "migrate-out", "migrate-in", "rewrite"],/' scrub.py policies/10.py
            printf 'export const policy = { api: 1, name: "remap-bridges", version: "1" };\\nexport function onConfig(config, ctx) {}\\n' > remap-bridges.js
            """;

    private Outcome shell(String command) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(ProgramShell.program()), "the program is packed");
        return ProgramShell.in(folder).run(command);
    }
}
