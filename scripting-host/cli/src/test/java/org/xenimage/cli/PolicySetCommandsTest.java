package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Policy sets at the command line: run, checked, listed, shown, and what becomes of a policy that fails. */
class PolicySetCommandsTest {
    private static final String SET =
            """
            set: 1
            doc: what the web hosts need
            site: {suffix: a}
            policies:
              - {policy: rename.js, params: {to: web}, onError: quarantine}
            hosts:
              xen2: {site: {suffix: b}}
            """;
    private static final String RENAME =
            """
            export const policy = { api: 1, name: 'rename', params: { to: { required: true } } };
            export function onConfig(config, ctx) { config.c_info.name = ctx.params.to + ctx.site.suffix; }
            """;

    @TempDir private Path folder;
    private Program program;

    @BeforeEach
    void set() throws IOException {
        program = new Program(folder);
        Files.createDirectory(folder.resolve("set"));
        program.write("set/policies.yaml", SET);
        program.write("set/rename.js", RENAME);
        program.run("sample", ":a.save", "--guest", "pv", "--memory", "4").succeeds();
    }

    private String rewrite(String out, String... more) {
        String[] words = new String[5 + more.length];
        System.arraycopy(
                new String[] {"rewrite", ":a.save", out, "--policies", ":set"}, 0, words, 0, 5);
        System.arraycopy(more, 0, words, 5, more.length);
        return program.run(words).succeeds().out();
    }

    @Test
    void aSetRunsWithWhatItSaysOfTheHost() {
        assertTrue(rewrite(":b.save", "--as-host", "xen1").contains("→ \"weba\""));
        assertTrue(rewrite(":c.save", "--as-host", "xen2").contains("→ \"webb\""));
        assertTrue(rewrite(":d.save", "--set", "to=db").contains("→ \"dba\""));
    }

    @Test
    void aSetIsCheckedWhole() {
        String said = program.run("policy", "check", ":set").succeeds().out();
        assertTrue(said.contains("what the web hosts need"), said);
        program.write("set/policies.yaml", SET.replace("to: web", "too: web"));
        assertTrue(
                program.run("policy", "check", ":set")
                        .failure()
                        .contains(
                                "policies[0].params.too: the policy rename has no parameter too;"
                                        + " did you mean to?"));
        program.write("set/policies.yaml", SET);
        program.write("set/rename.js", RENAME.replace("onConfig", "onConfg"));
        assertTrue(program.run("policy", "check", ":set").failure().contains("onConfg"));
    }

    @Test
    void aFileThatTheSetDoesNotNameIsMentioned() {
        program.write("set/other.js", RENAME);
        program.write("set/rename.test.js", "export function testNothing(t) {}");
        String said = program.run("policy", "check", ":set").succeeds().err();
        assertTrue(said.contains("other.js: warning: policies.yaml does not list it"), said);
        assertFalse(said.contains("rename.test.js"), said);
    }

    @Test
    void listAndShowSayWhatTheSetGivesEachPolicy() {
        for (String command : new String[] {"list", "show"}) {
            String said =
                    program.run("policy", command, ":set", "--as-host", "xen2").succeeds().out();
            assertTrue(said.contains("on an error: quarantine"), said);
            assertTrue(said.contains("to=web"), said);
            String json = program.run("policy", command, ":set", "--json").succeeds().out();
            assertTrue(json.contains("\"onError\":\"quarantine\",\"set\":{\"to\":\"web\"}"), json);
        }
    }

    @Test
    void aPolicyInQuarantineIsReportedAndDoesNotRunAgain() throws IOException {
        program.write("set/rename.js", RENAME.replace("ctx.site.suffix", "ctx.site.x.y"));
        Program.Outcome first = program.run("rewrite", ":a.save", ":b.save", "--policies", ":set");
        assertEquals(0, first.status(), first.err());
        assertTrue(first.err().contains("policy rename failed and is disabled"), first.err());
        assertTrue(Files.exists(folder.resolve("set/.quarantine/rename.json")));
        Program.Outcome second = program.run("rewrite", ":a.save", ":c.save", "--policies", ":set");
        assertTrue(second.err().contains("policy rename is disabled: it failed on"), second.err());
        assertEquals(-1, Files.mismatch(folder.resolve("a.save"), folder.resolve("c.save")));
        String said = program.run("policy", "show", ":set").succeeds().out();
        assertTrue(said.contains("policy rename is disabled"), said);
    }

    @Test
    void noOutputReplacesAFileOfTheSet() {
        for (String file : new String[] {":set/policies.yaml", ":set/rename.js"}) {
            String said =
                    program.run("rewrite", ":a.save", file, "--force", "--policies", ":set")
                            .failure();
            assertTrue(said.contains("this run reads this file"), said);
        }
    }

    private void granting() throws IOException {
        Path notes = program.write("notes.txt", "told");
        program.write(
                "set/policies.yaml",
                """
                set: 1
                grants:
                  notes: {read: %s}
                  audit: {append: %s}
                policies:
                  - {policy: wanting.js, grants: [notes, audit]}
                """
                        .formatted(notes, program.file("audit.log")));
        program.write(
                "set/wanting.js",
                """
                export const policy = { api: 1, wants: { notes: 'read', audit: 'append' } };
                export function onConfig(config, ctx) {
                  config.c_info.name = ctx.grant('notes').read();
                  ctx.grant('audit').append('renamed');
                }
                """);
    }

    @Test
    void aPolicyUsesWhatTheSetGrantsIt() throws IOException {
        granting();
        assertTrue(rewrite("--dry-run").contains("told"));
        assertFalse(Files.exists(program.file("audit.log")));
        String said = rewrite(":b.save", "--log", ":run.log");
        assertTrue(said.contains("→ \"told\""), said);
        assertTrue(Files.readString(program.file("audit.log")).contains("\"message\":\"renamed\""));
        assertTrue(Files.readString(program.file("run.log")).contains("\"event\":\"grant\""));
        String shown = program.run("policy", "show", ":set").succeeds().out();
        assertTrue(shown.contains("grant notes: read " + program.file("notes.txt")), shown);
    }

    @Test
    void noOutputReplacesWhatAPolicyIsGranted() throws IOException {
        granting();
        for (String file : new String[] {":notes.txt", ":audit.log"}) {
            String said =
                    program.run("rewrite", ":a.save", file, "--force", "--policies", ":set")
                            .failure();
            assertTrue(said.contains("this run "), said);
            assertEquals("told", Files.readString(program.file("notes.txt")));
        }
    }

    @Test
    void aPolicyThatWantsAGrantDoesNotRunWithoutASet() throws IOException {
        granting();
        String said =
                program.run("rewrite", ":a.save", ":b.save", "--policy", ":set/wanting.js")
                        .failure();
        assertTrue(said.contains("add to its entry in policies.yaml: grants: [notes]"), said);
        String checked = program.run("policy", "check", ":set/wanting.js").succeeds().out();
        assertTrue(checked.contains("wants the grant notes (read) of a policy set"), checked);
    }

    private void bundle() {
        program.run("sign", "--new-key", ":ada.key").succeeds();
        program.run("sign", "--new-key", ":eve.key").succeeds();
        program.run("policy", "bundle", ":set", "-o", ":set.xpb", "--key", ":ada.key").succeeds();
    }

    @Test
    void aBundleIsTakenWhereverAFolderIs() {
        bundle();
        for (String command : new String[] {"check", "list", "show"}) {
            String said = program.run("policy", command, ":set.xpb").succeeds().out();
            assertTrue(said.contains("signed by "), said);
            assertTrue(said.contains("set.xpb!/rename.js"), said);
        }
        String said =
                program.run(
                                "rewrite",
                                ":a.save",
                                ":b.save",
                                "--policies",
                                ":set.xpb",
                                "--as-host",
                                "xen2",
                                "--require-signed",
                                ":ada.key.pub")
                        .succeeds()
                        .out();
        assertTrue(said.contains("→ \"webb\""), said);
    }

    @Test
    void theSameFilesAndKeysMakeTheSameBundle() throws IOException {
        bundle();
        program.run("policy", "bundle", ":set", "-o", ":again.xpb", "--key", ":ada.key").succeeds();
        assertEquals(-1, Files.mismatch(program.file("set.xpb"), program.file("again.xpb")));
    }

    @Test
    void aBundleIsVerified() {
        bundle();
        String said =
                program.run("policy", "verify", ":set.xpb", "--key", ":ada.key.pub")
                        .succeeds()
                        .out();
        assertTrue(said.contains(", trusted"), said);
        assertTrue(said.contains("  rename.js"), said);
        assertTrue(
                program.run("policy", "verify", ":set.xpb", "--key", ":eve.key.pub")
                        .failure()
                        .contains("is signed by none of the required keys"));
        byte[] bytes = program.read("set.xpb");
        bytes[bytes.length / 2] ^= 1;
        try {
            Files.write(program.file("bad.xpb"), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertTrue(program.run("policy", "verify", ":bad.xpb").failure().contains("bad.xpb"));
    }

    @Test
    void nothingUnsignedRunsWhereASignatureIsRequired() {
        bundle();
        String[][] unsigned = {
            {"--policies", ":set"},
            {"--policies", ":set.xpb", "--policy", "scrub-pattern"},
            {"--policy", ":set/rename.js"},
            {"--policies", ":set.xpb", "--shadow", ":set/rename.js"}
        };
        for (String[] named : unsigned) {
            String[] words = new String[5 + named.length];
            System.arraycopy(
                    new String[] {
                        "rewrite", ":a.save", ":b.save", "--require-signed", ":ada.key.pub"
                    },
                    0,
                    words,
                    0,
                    5);
            System.arraycopy(named, 0, words, 5, named.length);
            String said = program.run(words).failure();
            assertTrue(said.contains("not signed"), said);
        }
        assertTrue(
                program.run(
                                "rewrite",
                                ":a.save",
                                ":b.save",
                                "--policies",
                                ":set.xpb",
                                "--require-signed",
                                ":eve.key.pub")
                        .failure()
                        .contains("is signed by none of the required keys"));
        assertFalse(Files.exists(program.file("b.save")));
    }

    @Test
    void aBrokenSetIsNotBundled() {
        program.run("sign", "--new-key", ":ada.key").succeeds();
        program.write("set/rename.js", RENAME.replace("onConfig", "onConfg"));
        assertTrue(
                program.run("policy", "bundle", ":set", "-o", ":set.xpb", "--key", ":ada.key")
                        .failure()
                        .contains("onConfg"));
        assertFalse(Files.exists(program.file("set.xpb")));
    }

    private Program.Outcome bulk(String... more) {
        String[] words = new String[9 + more.length];
        System.arraycopy(
                new String[] {
                    "bulk",
                    ":a.save",
                    ":b.save",
                    ":c.save",
                    "--out",
                    ":out",
                    "--jobs",
                    "1",
                    "--policies"
                },
                0,
                words,
                0,
                9);
        System.arraycopy(more, 0, words, 9, more.length);
        return program.run(words);
    }

    private void images() throws IOException {
        for (String name : new String[] {"b.save", "c.save"})
            Files.copy(program.file("a.save"), program.file(name));
    }

    /** The policy rewrites the set itself, as an administrator would during a long run. */
    private void changing(String append) {
        String set =
                """
                set: 1
                grants: {change: {run: [/bin/cp, %s, %s]}}
                policies:
                  - {policy: changing.js, params: {to: first}, grants: [change]}
                """
                        .formatted(program.file("next.yaml"), program.file("set/policies.yaml"));
        program.write("set/policies.yaml", set);
        program.write("next.yaml", set + append + "\n");
        program.write(
                "set/changing.js",
                """
                export const policy = { api: 1, params: { to: { required: true } }, wants: { change: 'run' } };
                export function onConfig(config, ctx) { config.c_info.name = ctx.params.to; }
                export function onEnd(summary, ctx) {
                  if (ctx.params.to === 'first') ctx.grant('change').run();
                }
                """);
    }

    private String name(String image) {
        return program.run("info", image, "--json").succeeds().out();
    }

    @Test
    void aLongRunTakesANewVersionOfTheSetBetweenImages() throws IOException {
        images();
        changing("hosts: {'*': {params: {changing: {to: later}}}}");
        Program.Outcome outcome = bulk(":set", "--reload");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("a new version is in use"), outcome.err());
        assertTrue(name(":out/a.save").contains("\"first\""));
        assertTrue(name(":out/b.save").contains("\"later\""));
        assertTrue(name(":out/c.save").contains("\"later\""));
    }

    @Test
    void aLongRunKeepsAWorkingVersionWhenTheNewOneIsBroken() throws IOException {
        images();
        changing("hosts: {'*': {params: {changing: {too: later}}}}");
        Program.Outcome outcome = bulk(":set", "--reload");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(
                outcome.err().contains("the new version is invalid and is not used"),
                outcome.err());
        assertTrue(outcome.err().contains("has no parameter too; did you mean to?"), outcome.err());
        assertTrue(name(":out/c.save").contains("\"first\""));
    }

    @Test
    void aLongRunWithoutReloadKeepsItsSet() throws IOException {
        images();
        changing("hosts: {'*': {params: {changing: {to: later}}}}");
        assertEquals(0, bulk(":set").status());
        assertTrue(name(":out/c.save").contains("\"first\""));
    }

    @Test
    void aPolicyInQuarantineIsDisabledForTheOtherImagesOfTheRun() throws IOException {
        images();
        program.write("set/rename.js", RENAME.replace("ctx.site.suffix", "ctx.site.x.y"));
        Program.Outcome outcome = bulk(":set", "--reload");
        assertEquals(0, outcome.status(), outcome.err());
        assertEquals(
                1,
                outcome.err()
                        .lines()
                        .filter(line -> line.contains("failed and is disabled"))
                        .count(),
                outcome.err());
        assertTrue(
                outcome.err().contains("policy rename is disabled: it failed on"), outcome.err());
    }

    /** Refused for the first image after the new version came, and for each that follows. */
    @Test
    void aNewVersionCannotAppendToAFileThatTheRunReads() throws IOException {
        images();
        changing("");
        String auditing =
                """
                export const policy = { api: 1, wants: { audit: 'append' } };
                export function onEnd(summary, ctx) { ctx.grant('audit').append('done'); }
                """;
        program.write("set/auditing.js", auditing);
        program.write(
                "next.yaml",
                """
                set: 1
                grants: {audit: {append: %s}}
                policies:
                  - {policy: auditing.js, grants: [audit]}
                """
                        .formatted(program.file("set/auditing.js")));
        Program.Outcome outcome = bulk(":set", "--reload");
        assertEquals(1, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("a new version is in use"), outcome.err());
        assertEquals(auditing, Files.readString(program.file("set/auditing.js")));
        assertFalse(Files.exists(program.file("out/c.save")));
    }

    @Test
    void reloadNeedsASet() {
        assertEquals(1, program.run("bulk", ":a.save", "--out", ":out", "--reload").status());
    }
}
