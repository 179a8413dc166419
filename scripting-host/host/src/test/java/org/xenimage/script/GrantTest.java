package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** GrantUses: what a policy gets, what it does not, and what stands in the log. */
class GrantTest {
    @TempDir private Path folder;
    private GrantSamples grants;
    private final List<String> log = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        grants = new GrantSamples(folder);
    }

    @AfterEach
    void close() {
        grants.close();
    }

    private List<String> run(PolicyHost host, Policy policy) throws IOException {
        log.clear();
        try (PolicyRun run =
                host.run(
                        List.of(grants.given(policy)),
                        SampleRuns.CONTEXT,
                        DecisionLog.to(log::add))) {
            PolicyTestImage.rewrite(SampleRuns.sample(), run.transform());
        }
        return log;
    }

    private List<String> run(Language language, String... statements) throws IOException {
        return run(SampleRuns.host(), policy(language, statements));
    }

    private static Policy policy(Language language, String... statements) throws IOException {
        String body =
                switch (language) {
                    case JAVASCRIPT ->
                            "export function onBegin(ctx) {\n"
                                    + String.join("\n", statements)
                                    + "\n}";
                    case PYTHON -> "def on_begin(ctx):\n    " + String.join("\n    ", statements);
                };
        return SampleRuns.policy(language, GrantSamples.WANTS, body);
    }

    private String said() {
        return String.join("\n", log);
    }

    private String failure(String statement) {
        return assertThrows(
                        PolicyFailed.class, () -> run(Language.JAVASCRIPT, statement), this::said)
                .fault()
                .message();
    }

    @ParameterizedTest
    @EnumSource
    void aPolicyDoesWhatItIsGranted(Language language) throws IOException {
        run(
                language,
                "ctx.log('read ' + ctx.grant('inventory').read())",
                "ctx.log('note ' + ctx.grant('notes').read(ctx.grant('notes').list()[0]))",
                "ctx.grant('audit').append('a line\\nand another')",
                SampleRuns.pick(
                        language,
                        "const a = ctx.grant('cmdb').request({ path: 'hosts?x=1', method: 'POST', body: 'b' });",
                        "a = ctx.grant('cmdb').request(path='hosts?x=1', method='POST', body='b')"),
                SampleRuns.pick(
                        language,
                        "ctx.log(`${a.done} ${a.status} ${a.body}`)",
                        "ctx.log(f\"{str(a['done']).lower()} {a['status']} {a['body']}\")"),
                SampleRuns.pick(
                        language,
                        "const r = ctx.grant('notify').run('told'); ctx.log(`${r.status} ${r.output}`)",
                        "r = ctx.grant('notify').run('told'); ctx.log(f\"{r['status']} {r['output']}\")"),
                "ctx.log('path ' + ctx.grant('rack').value())");
        assertTrue(said().contains("read [\\\"xen1\\\", \\\"xen2\\\"]"), said());
        assertTrue(said().contains("\"log\":\"note first note\""), said());
        assertTrue(
                said().contains("\"log\":\"true 200 POST /api/hosts?x=1 b Bearer hunter2\""),
                said());
        assertTrue(said().contains("\"log\":\"0 told\""), said());
        assertTrue(said().contains("\"log\":\"path /"), said());
        List<String> audit = Files.readAllLines(grants.file("audit.log"));
        assertEquals(
                List.of(
                        "{\"time\":\"2026-01-02T03:04:05Z\",\"policy\":\"tested\",\"operation\":\"rewrite\","
                                + "\"source\":\"sample.save\",\"message\":\"a line\\nand another\"}"),
                audit);
    }

    @Test
    void eachUseStandsInTheLog() throws IOException {
        run(
                Language.JAVASCRIPT,
                "ctx.grant('inventory').read();",
                "ctx.grant('notes').list();",
                "ctx.grant('notes').read('a.txt');",
                "ctx.grant('audit').append('x');",
                "ctx.grant('cmdb').request({ path: 'hosts' });",
                "ctx.grant('notify').run('x');",
                "ctx.grant('rack').value();",
                "try { ctx.grant('notes').read('missing'); } catch (e) { }");
        List<String> uses =
                log.stream().filter(line -> line.contains("\"event\":\"grant\"")).toList();
        assertEquals(8, uses.size(), this::said);
        assertTrue(
                uses.getFirst()
                        .contains(
                                "\"grant\":\"inventory\",\"use\":\"read\",\"target\":\""
                                        + grants.file("inventory.json")
                                        + "\",\"bytes\":16,\"sha256\":\""),
                uses.getFirst());
        assertTrue(uses.get(4).contains("\"method\":\"GET\",\"address\":\""), uses.get(4));
        assertTrue(uses.get(7).contains("\"failed\":\""), uses.get(7));
        assertFalse(said().contains("hunter2"), this::said);
    }

    @Test
    void aWantThatIsNotGivenIsRefusedBeforeAnythingRuns() throws IOException {
        Policy policy =
                SampleRuns.policy(Language.JAVASCRIPT, ", \"wants\": {\"cpus\": \"read\"}", "");
        String message =
                assertThrows(PolicyFailed.class, () -> run(SampleRuns.host(), policy))
                        .fault()
                        .message();
        assertTrue(
                message.endsWith(
                        "wants the grant cpus (read), which no policy set gives it; add to its"
                                + " entry in policies.yaml: grants: [cpus], and at the top level: grants: {cpus:"
                                + " {read: /etc/xen/FILE}}"),
                message);
        grants.with("inventory", new Grant.EnvironmentValue("PATH"));
        assertTrue(
                failure("")
                        .contains(
                                "wants the grant inventory to be read, but the set gives it env: PATH"));
    }

    @Test
    void aPolicyHasNoGrantThatItsHeaderDoesNotWant() throws IOException {
        assertTrue(
                failure("ctx.grant('inventry')")
                        .contains("the policy has no grant inventry; did you mean inventory?"));
        Policy policy =
                SampleRuns.policy(
                        Language.JAVASCRIPT,
                        "export function onBegin(ctx) { ctx.grant('inventory').read(); }");
        assertTrue(
                assertThrows(PolicyFailed.class, () -> run(SampleRuns.host(), policy))
                        .fault()
                        .message()
                        .contains("its header has no wants"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ctx.grant('inventory').list() | grant inventory is of kind read, and list is for folder",
                "ctx.grant('inventory').read('x') | grant inventory is one file: read takes no name",
                "ctx.grant('rack').read() | grant rack is of kind env, and read is for read and folder",
                "ctx.grant('cmdb').run() | grant cmdb is of kind http, and run is for run",
                "ctx.grant('notify').request() | grant notify is of kind run, and request is for http",
                "ctx.grant('notes').append('x') | grant notes is of kind folder, and append is for append",
                "ctx.grant('audit').value() | grant audit is of kind append, and value is for env",
                "ctx.grant('cmdb').request({ method: 'DELETE' }) | grant cmdb allows GET, POST, not DELETE",
                "ctx.grant('inventory').reed() | ctx.grant has no reed",
            })
    void aGrantIsOfOneKind(String statement, String problem) {
        String message = failure(statement);
        assertTrue(message.contains(problem.replace("ctx.grant has", "grant has")), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../inventory.json",
                "/etc/passwd",
                ".hidden",
                "",
                "link",
                "sub",
                "pipe",
                "a\\0b"
            })
    void aFolderGivesItsOwnFilesOnly(String name) throws Exception {
        Files.writeString(grants.file("notes/.hidden"), "x");
        Files.createDirectory(grants.file("notes/sub"));
        Files.createSymbolicLink(grants.file("notes/link"), Path.of("/etc/passwd"));
        new ProcessBuilder("mkfifo", grants.file("notes/pipe").toString()).start().waitFor();
        failure("ctx.grant('notes').read('" + name + "')");
        assertTrue(said().contains("\"failed\":"), said());
        run(Language.JAVASCRIPT, "ctx.log(`all ${ctx.grant('notes').list()}`)");
        assertTrue(said().contains("\"log\":\"all a.txt\""), said());
    }

    @Test
    void whatIsReadIsBounded() throws IOException {
        Files.writeString(grants.file("inventory.json"), "x".repeat(1001));
        assertTrue(failure("ctx.grant('inventory').read()").contains("at most 1000 bytes"));
        assertTrue(
                failure("ctx.grant('cmdb').request({ path: 'large' })")
                        .contains("the answer has more than 1000 bytes"));
        grants.with("notify", GrantSamples.command("/bin/sh", "-c", "yes"));
        assertTrue(failure("ctx.grant('notify').run()").contains("printed more than 1000 bytes"));
        grants.with("audit", new Grant.AppendLog(grants.file("audit.log"), 100));
        assertTrue(failure("ctx.grant('audit').append('x'.repeat(100))").contains("is full"));
        assertEquals(0, Files.size(grants.file("audit.log")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../admin",
                "a/../../admin",
                "%2e%2e/admin",
                "a%2Fb",
                "%252e%252e/admin",
                "a%25255Cb",
                "..;/admin",
                "a/..;x=1/..;/admin",
                "a%3B/admin",
                "a%00",
                "//evil.example.org/",
                "http://evil.example.org/",
                "@evil.example.org/",
                "a#b",
                "a b"
            })
    void aRequestStaysBelowTheAddressOfTheGrant(String path) throws IOException {
        if (path.startsWith("@")) {
            run(
                    Language.JAVASCRIPT,
                    "ctx.log(ctx.grant('cmdb').request({ path: '" + path + "' }).body)");
            assertTrue(said().contains("GET /api/@evil.example.org/"), said());
            return;
        }
        assertTrue(
                failure("ctx.grant('cmdb').request({ path: '" + path + "' })")
                        .contains("path \"" + path + "\""));
    }

    @Test
    void aRedirectIsNotFollowedAndASlowAnswerIsGivenUp() throws IOException {
        run(
                Language.JAVASCRIPT,
                "ctx.log(`got ${ctx.grant('cmdb').request({ path: 'moved' }).status}`)");
        assertTrue(said().contains("got 302"), said());
        assertTrue(
                failure("ctx.grant('cmdb').request({ path: 'slow' })")
                        .contains("no answer within 2000 ms"));
    }

    @Test
    void aCommandHasTheAdministratorsArgumentsAndNothingOfOurEnvironment() throws IOException {
        grants.with("notify", GrantSamples.command("/bin/sh", "-c", "pwd; env; exit 3"));
        run(
                Language.JAVASCRIPT,
                "const r = ctx.grant('notify').run(); ctx.log(`${r.status} ${r.output}`)");
        assertTrue(said().contains("\"log\":\"3 /\\n"), said());
        assertFalse(said().contains("HOME="), said());
        assertFalse(said().contains("XENIMAGE"), said());
    }

    @Test
    void aCommandThatCannotBeRunIsAnErrorOfThePolicy() {
        grants.with("notify", GrantSamples.command("/no/such/program"));
        assertTrue(
                failure("ctx.grant('notify').run()").contains("/no/such/program: cannot be run"));
    }

    private static boolean alive(Path pidFile) throws IOException {
        return ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip()))
                .filter(ProcessHandle::isAlive)
                .isPresent();
    }

    /** Runs in the background what would outlive the command. */
    private Path sleeping() {
        Path pid = grants.file("pid");
        grants.with(
                "notify",
                new Grant.RunCommand(
                        List.of("/bin/sh", "-c", "sleep 100 & echo $! > " + pid + "; wait"),
                        Duration.ofSeconds(1),
                        1000));
        return pid;
    }

    @Test
    void aCommandIsKilledAtItsDeadlineWithWhatItStarted() throws Exception {
        Path pid = sleeping();
        assertTrue(failure("ctx.grant('notify').run()").contains("did not end within 1000 ms"));
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(left -> left.onExit().join());
        assertFalse(alive(pid));
    }

    @Test
    void aCommandIsStoppedWithTheCallThatRunsIt() throws Exception {
        Path pid = grants.file("pid");
        grants.with(
                "notify",
                new Grant.RunCommand(
                        List.of("/bin/sh", "-c", "echo $$ > " + pid + "; exec sleep 100"),
                        Duration.ofSeconds(60),
                        1000));
        try (PolicyHost host =
                PolicyHost.open(
                        HostOptions.defaults()
                                .withLimits(Limits.DEFAULT.withTime(Duration.ofMillis(800))))) {
            String message =
                    assertThrows(
                                    PolicyFailed.class,
                                    () ->
                                            run(
                                                    host,
                                                    policy(
                                                            Language.JAVASCRIPT,
                                                            "ctx.grant('notify').run()")))
                            .fault()
                            .message();
            assertTrue(message.contains("ran longer than its limit of 800 ms"), message);
        }
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(left -> left.onExit().join());
        assertFalse(alive(pid));
    }

    @Test
    void aDryRunReadsAndHasNoEffect() throws IOException {
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults().withEffects(false))) {
            run(
                    host,
                    policy(
                            Language.JAVASCRIPT,
                            "ctx.grant('inventory').read();",
                            "ctx.grant('audit').append('x');",
                            "ctx.log(`sent ${ctx.grant('cmdb').request({ method: 'POST' }).done}`);",
                            "ctx.log(`got ${ctx.grant('cmdb').request().done}`);",
                            "ctx.log(`ran ${ctx.grant('notify').run('x').done}`);"));
        }
        assertFalse(Files.exists(grants.file("audit.log")));
        assertTrue(said().contains("sent false"), said());
        assertTrue(said().contains("got true"), said());
        assertTrue(said().contains("ran false"), said());
        assertEquals(
                3,
                log.stream().filter(line -> line.contains("\"dryRun\":true")).count(),
                this::said);
    }
}
