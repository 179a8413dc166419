package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** What a policy set keeps out of everything that is said: no output of any command has it, in whatever form. */
class RedactionTest {
    private static final String SET =
            """
            set: 1
            redact:
              keys: [license, 'site.*']
              texts: ['/sk-[a-z0-9]{8}/', rack-77]
            policies: [%s]
            """;

    private static final List<String> KEPT_OUT =
            List.of("LICENCE-4711", "LICENCE-4712", "sk-abcd1234", "rack-77", "cage-9000");

    @TempDir private Path folder;
    private Program program;

    @BeforeEach
    void makeImage() throws IOException {
        program = new Program(folder);
        program.run("sample", ":plain", "--guest", "pv", "--memory", "4").succeeds();
        program.write(
                "put.js",
                """
                export const policy = { api: 1, name: 'put' };
                export function onConfig(config) { config.c_info.license = 'LICENCE-4711'; }
                export function onMetadata(meta) { meta['site.cage'] = 'cage-9000'; }
                """);
        program.run("rewrite", ":plain", ":in", "--policy", ":put.js").succeeds();
        Files.createDirectory(program.file("set"));
        program.write(
                "set/says.js",
                """
                export const policy = { api: 1, name: 'says', params: { fail: { default: '' } } };
                export function onBegin(ctx) {
                  ctx.pages.replace({ text: 'SECRET-API-TOKEN=', by: 'sk-abcd1234======' });
                  console.log('in rack-77');
                }
                export function onConfig(config, ctx) {
                  const { license } = config.c_info;
                  ctx.log(`had ${license}`);
                  ctx.warn(`key sk-abcd1234`);
                  config.c_info.license = 'LICENCE-4712';
                  config.b_info.cmdline += ' rack-77';
                  config.c_info.more = { license: ['LICENCE-4712'] };
                  if (ctx.params.fail === 'veto') ctx.veto(`${license} is not for rack-77`);
                  if (ctx.params.fail) throw new Error(`${license} is not for rack-77`);
                }
                export function onMetadata(meta, ctx) {
                  ctx.log(`now LICENCE-4712 in ${meta['site.cage']}`);
                  meta['site.note'] = 'cage-9000, rack-77';
                }
                """);
        program.write(
                "set/says.py",
                """
                POLICY = {"api": 1, "name": "says", "params": {"fail": {"default": ""}}}
                def on_begin(ctx):
                    ctx.pages.replace(text="SECRET-API-TOKEN=", by="sk-abcd1234======")
                    print("in rack-77")
                def on_config(config, ctx):
                    had = config["c_info"]["license"]
                    ctx.log(f"had {had}")
                    ctx.warn("key sk-abcd1234")
                    config["c_info"]["license"] = "LICENCE-4712"
                    config["b_info"]["cmdline"] += " rack-77"
                    config["c_info"]["more"] = {"license": ["LICENCE-4712"]}
                    if ctx.params["fail"] == "veto": ctx.veto(f"{had} is not for rack-77")
                    if ctx.params["fail"]: raise ValueError(f"{had} is not for rack-77")
                def on_metadata(meta, ctx):
                    ctx.log(f"now LICENCE-4712 in {meta['site.cage']}")
                    meta["site.note"] = "cage-9000, rack-77"
                """);
    }

    /** Runs a command, and looks at all that it wrote but the image. */
    private String said(String... words) throws IOException {
        Program.Outcome outcome = program.run(words);
        List<String> said = new ArrayList<>(List.of(outcome.out(), outcome.err()));
        for (String file : List.of("log", "trace", "report")) {
            if (!Files.exists(program.file(file))) continue;
            said.add(Files.readString(program.file(file)));
            Files.delete(program.file(file));
        }
        String all = String.join("\n", said);
        for (String secret : KEPT_OUT) {
            byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
            String hex = HexFormat.of().formatHex(bytes);
            String spaced = HexFormat.ofDelimiter(" ").formatHex(bytes, 0, 6);
            for (String form : List.of(secret, hex, spaced))
                assertFalse(all.contains(form), () -> String.join(" ", words) + "\n" + all);
        }
        assertTrue(all.contains("(secret)"), all);
        return all;
    }

    private static String[] with(String[] words, String... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"says.js", "says.py"})
    void noOutputHasWhatIsKeptOut(String policy) throws IOException {
        program.write("set/policies.yaml", SET.formatted(policy));
        String[] run = {"rewrite", ":in", "--dry-run", "--policies", ":set"};
        for (String[] more :
                new String[][] {
                    {"--log", ":log", "--trace", "--trace-log", ":trace"},
                    {"--json", "--show-secrets", "--log", "-"},
                    {"--show-secrets"},
                    {"--isolate", "--json", "--log", ":log", "--trace"},
                    {"--shadow", ":put.js"},
                    {"--shadow", ":put.js", "--json"},
                }) said(with(run, more));
        for (String failing : List.of("fail=veto", "fail=yes")) {
            said(with(run, "--set", failing, "--log", ":log", "--trace"));
            said(with(run, "--set", failing, "--json", "--isolate", "--log", ":log", "--trace"));
        }
        Files.createDirectory(program.file("images"));
        Files.copy(program.file("in"), program.file("images/a.save"));
        String[] bulk = {"bulk", ":images", "--dry-run", "--policies", ":set"};
        said(bulk);
        said(with(bulk, "--json", "--report", ":report"));
        program.run("rewrite", ":in", ":out", "--policies", ":set", "--log", ":kept").succeeds();
        String replayed =
                program.run("policy", "replay", ":kept", ":in", "--policies", ":set").out();
        for (String secret : KEPT_OUT) assertFalse(replayed.contains(secret), replayed);
    }

    /** It holds for policies that are not of the set, too. */
    @Test
    void holdsForAllPoliciesOfARun() throws IOException {
        program.write("set/policies.yaml", SET.formatted("says.js"));
        program.write(
                "own.js",
                """
                export const policy = { api: 1, name: 'own' };
                export function onConfig(config, ctx) { ctx.log(`own ${config.c_info.license} rack-77`); }
                """);
        said(
                "rewrite",
                ":in",
                "--dry-run",
                "--policies",
                ":set",
                "--policy",
                ":own.js",
                "--log",
                ":log");
    }

    @Test
    void theImageHasWhatIsKeptOut() throws IOException {
        program.write("set/policies.yaml", SET.formatted("says.js"));
        program.run("rewrite", ":in", ":out", "--policies", ":set").succeeds();
        String config = new String(program.read("out"), StandardCharsets.ISO_8859_1);
        assertTrue(config.contains("LICENCE-4712") && config.contains("rack-77"), config);
    }

    @Test
    void whatIsWrongInTheListIsSaidWithItsPlace() {
        program.write("set/policies.yaml", SET.formatted("says.js").replace("[a-z0-9]", "[a-z"));
        String failure = program.run("policy", "check", ":set").failure();
        assertTrue(failure.contains("policies.yaml:4:"), failure);
        program.write("set/policies.yaml", SET.formatted("says.js").replace("texts:", "text:"));
        assertTrue(
                program.run("policy", "check", ":set").failure().contains("did you mean texts?"));
    }
}
