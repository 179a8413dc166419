package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Grants: what a policy gets, what it does not, and what stands in the log, all of it the same in the host's process
 * and in a process of the policy's own.
 */
@ParameterizedClass
@EnumSource(GrantTest.Place.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GrantTest {
    /** Where the policies run. */
    enum Place {
        HERE,
        ISOLATED
    }

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private Place place;

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

    private Isolation isolation() {
        return switch (place) {
            case HERE -> Isolation.NONE;
            case ISOLATED -> Isolation.ALL;
        };
    }

    private HostOptions options() {
        return SampleRuns.host().options().withIsolation(isolation());
    }

    private List<String> run(HostOptions options, Policy policy) throws IOException {
        try (PolicyHost host = PolicyHost.open(options)) {
            return run(host, policy);
        }
    }

    private List<String> run(Language language, String... statements) throws IOException {
        return run(options(), policy(language, statements));
    }

    /** Tries statements, one after the other, and gives what each was refused with. */
    private List<String> refusals(List<String> statements) throws IOException {
        List<String> all = new ArrayList<>();
        for (String statement : statements)
            all.add(
                    "try { %s; ctx.log('> GOT IT') } catch (e) { ctx.log(`> ${e.message}`) }"
                            .formatted(statement));
        run(Language.JAVASCRIPT, all.toArray(String[]::new));
        List<String> refusals = new ArrayList<>();
        for (String line : log) {
            int begin = line.indexOf("\"log\":\"> ");
            if (begin >= 0) refusals.add(line.substring(begin + 9));
        }
        assertEquals(statements.size(), refusals.size(), this::said);
        assertFalse(said().contains("GOT IT"), this::said);
        return refusals;
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
                assertThrows(PolicyFailed.class, () -> run(options(), policy)).fault().message();
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
                assertThrows(PolicyFailed.class, () -> run(options(), policy))
                        .fault()
                        .message()
                        .contains("its header has no wants"));
    }

    @Test
    void aGrantIsOfOneKind() throws IOException {
        Map<String, String> wrong =
                Map.of(
                        "ctx.grant('inventory').list()",
                        "grant inventory is of kind read, and list is for folder",
                        "ctx.grant('inventory').read('x')",
                        "grant inventory is one file: read takes no name",
                        "ctx.grant('rack').read()",
                        "grant rack is of kind env, and read is for read and folder",
                        "ctx.grant('cmdb').run()",
                        "grant cmdb is of kind http, and run is for run",
                        "ctx.grant('notify').request()",
                        "grant notify is of kind run, and request is for http",
                        "ctx.grant('notes').append('x')",
                        "grant notes is of kind folder, and append is for append",
                        "ctx.grant('audit').value()",
                        "grant audit is of kind append, and value is for env",
                        "ctx.grant('cmdb').request({ method: 'DELETE' })",
                        "grant cmdb allows GET, POST, not DELETE",
                        "ctx.grant('inventory').reed()",
                        "grant has no reed");
        List<String> statements = List.copyOf(wrong.keySet());
        List<String> refusals = refusals(statements);
        for (int i = 0; i < statements.size(); i++)
            assertTrue(
                    refusals.get(i).contains(wrong.getOrDefault(statements.get(i), "?")),
                    refusals.get(i));
    }

    @Test
    void aFolderGivesItsOwnFilesOnly() throws Exception {
        Files.writeString(grants.file("notes/.hidden"), "x");
        Files.createDirectory(grants.file("notes/sub"));
        Files.createSymbolicLink(grants.file("notes/link"), Path.of("/etc/passwd"));
        new ProcessBuilder("mkfifo", grants.file("notes/pipe").toString()).start().waitFor();
        List<String> names =
                List.of(
                        "../inventory.json",
                        "/etc/passwd",
                        ".hidden",
                        "",
                        "link",
                        "sub",
                        "pipe",
                        "a\\0b");
        refusals(names.stream().map("ctx.grant('notes').read('%s')"::formatted).toList());
        assertEquals(
                names.size(),
                log.stream().filter(line -> line.contains("\"failed\":")).count(),
                this::said);
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

    @Test
    void aRequestStaysBelowTheAddressOfTheGrant() throws IOException {
        List<String> paths =
                List.of(
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
                        "a#b",
                        "a b");
        List<String> refusals =
                refusals(
                        paths.stream()
                                .map(path -> "ctx.grant('cmdb').request({ path: '" + path + "' })")
                                .toList());
        for (int i = 0; i < paths.size(); i++)
            assertTrue(refusals.get(i).startsWith("path \\\"" + paths.get(i)), refusals.get(i));
        run(
                Language.JAVASCRIPT,
                "ctx.log(ctx.grant('cmdb').request({ path: '@evil.example.org/' }).body)");
        assertTrue(said().contains("GET /api/@evil.example.org/"), said());
    }

    /** What is sent and named is bounded, however long the script makes it. */
    @Test
    void whatIsSentIsBounded() throws IOException {
        String huge = "'\\u0001'.repeat(8 << 20)";
        List<String> refusals =
                refusals(
                        List.of(
                                "ctx.grant('notes').read(%s)".formatted(huge),
                                "ctx.grant('audit').append(%s)".formatted(huge),
                                "ctx.grant('cmdb').request({ method: 'POST', body: %s })"
                                        .formatted(huge),
                                "ctx.grant('cmdb').request({ path: %s })".formatted(huge),
                                "ctx.grant('notify').run(%s)".formatted(huge)));
        assertTrue(refusals.get(0).contains("read: expected a name of at most"), refusals.get(0));
        assertTrue(refusals.get(1).contains("message: expected a line of"), refusals.get(1));
        assertTrue(refusals.get(2).contains("body: expected at most"), refusals.get(2));
        assertTrue(refusals.get(3).contains("request: expected a name"), refusals.get(3));
        assertTrue(refusals.get(4).contains("input: expected at most"), refusals.get(4));
        assertFalse(Files.exists(grants.file("audit.log")));
    }

    /** A file of the largest size, all of whose bytes a message escapes. */
    @Test
    void aLargeFileIsReadWhole() throws IOException {
        int length = 16 << 20;
        Files.write(grants.file("inventory.json"), new byte[length]);
        grants.with("inventory", new Grant.ReadFile(grants.file("inventory.json"), length));
        run(
                Language.JAVASCRIPT,
                "const text = ctx.grant('inventory').read();",
                "ctx.log(`${text.length} ${text.charCodeAt(text.length - 1)}`)");
        assertTrue(said().contains("\"log\":\"" + length + " 0\""), said());
    }

    /** Uses in a hook for pages and after a failure, and the same lines in the log wherever the policy runs. */
    @Test
    void everyHookUsesGrants() throws IOException {
        Policy policy =
                SampleRuns.policy(
                        Language.JAVASCRIPT,
                        GrantSamples.WANTS,
                        """
                        export function onBegin(ctx) {
                          ctx.onFailure(() => ctx.grant('audit').append('undone'));
                        }
                        export function onConfig(config, ctx) {
                          config.c_info.name = ctx.grant('notes').read('a.txt');
                        }
                        export function onPages(batch, ctx) { ctx.grant('audit').append(`page`); }
                        export function onEnd(summary, ctx) {
                          ctx.grant('audit').append('end'); throw new Error('late');
                        }
                        export function onFailure(error, ctx) { ctx.grant('audit').append('failed'); }
                        """);
        try (PolicyHost host = PolicyHost.open(options());
                PolicyRun run =
                        host.run(
                                List.of(grants.given(policy)),
                                SampleRuns.CONTEXT,
                                DecisionLog.to(log::add))) {
            PolicyFailed failure =
                    assertThrows(
                            PolicyFailed.class,
                            () -> PolicyTestImage.rewrite(SampleRuns.sample(), run.transform()));
            run.fail(failure);
        }
        assertTrue(said().contains("\"after\":\"first note\""), said());
        String audit = Files.readString(grants.file("audit.log"));
        for (String word : List.of("page", "end", "undone", "failed"))
            assertTrue(audit.contains("\"message\":\"" + word + "\""), audit);
        assertEquals(
                audit.lines().count() + 1,
                log.stream().filter(line -> line.contains("\"event\":\"grant\"")).count(),
                this::said);
    }

    /** Gives each kind that reaches a file, by a link in a folder. */
    private void linked(Path in) throws IOException {
        Files.createSymbolicLink(in.resolve("file"), grants.file("inventory.json"));
        Files.createSymbolicLink(in.resolve("folder"), grants.file("notes"));
        Files.createSymbolicLink(in.resolve("log"), grants.file("real.log"));
        Files.createSymbolicLink(in.resolve("program"), Path.of("/bin/cat"));
        grants.with("inventory", new Grant.ReadFile(in.resolve("file"), 1000))
                .with("notes", new Grant.ReadFolder(in.resolve("folder"), 1000))
                .with("audit", new Grant.AppendLog(in.resolve("log"), 1000))
                .with("notify", GrantSamples.command(in.resolve("program").toString()));
    }

    private static final List<String> FILE_USES =
            List.of(
                    "ctx.grant('inventory').read()",
                    "ctx.grant('notes').list()",
                    "ctx.grant('notes').read('a.txt')",
                    "ctx.grant('audit').append('x')",
                    "ctx.grant('notify').run()");

    @Test
    void aLinkIsFollowedWhereOnlyTheAdministratorCouldHaveMadeIt() throws IOException {
        linked(Files.createDirectory(grants.file("own")));
        run(Language.JAVASCRIPT, FILE_USES.toArray(String[]::new));
        assertEquals(1, Files.readAllLines(grants.file("real.log")).size());
    }

    @Test
    void aLinkThatSomeoneElseCouldHaveMadeIsNotFollowed() throws IOException {
        Path open = Files.createDirectory(grants.file("open"));
        linked(open);
        for (String mode : List.of("rwxrwxrwx", "rwxrwxr-x")) {
            Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(mode));
            for (String refusal : refusals(FILE_USES))
                assertTrue(
                        refusal.contains("is a link in a folder that others may write"), refusal);
        }
        assertFalse(Files.exists(grants.file("real.log")));
    }

    /** The link is not the last step, but a folder on the way. */
    @Test
    void aLinkOnTheWayIsNotFollowedEither() throws IOException {
        Path open = Files.createDirectory(grants.file("open"));
        Files.createSymbolicLink(open.resolve("way"), grants.file("."));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        grants.with("inventory", new Grant.ReadFile(open.resolve("way/inventory.json"), 1000))
                .with("notes", new Grant.ReadFolder(open.resolve("way/notes"), 1000))
                .with("audit", new Grant.AppendLog(open.resolve("way/audit.log"), 1000))
                .with("notify", GrantSamples.command(open.resolve("way/none").toString()));
        for (String refusal : refusals(FILE_USES))
            assertTrue(refusal.contains("is a link in a folder that others may write"), refusal);
        assertFalse(Files.exists(grants.file("audit.log")));
    }

    @Test
    void aLogWithAnotherNameIsNotAppendedToWhereOthersMayWrite() throws IOException {
        Path open = Files.createDirectory(grants.file("open"));
        Path precious = Files.writeString(grants.file("precious"), "kept");
        Files.createLink(open.resolve("log"), precious);
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        grants.with("audit", new Grant.AppendLog(open.resolve("log"), 1000));
        String refusal = refusals(List.of("ctx.grant('audit').append('x')")).getFirst();
        assertTrue(refusal.contains("has several names"), refusal);
        assertEquals("kept", Files.readString(precious));
        Files.delete(open.resolve("log"));
        run(Language.JAVASCRIPT, "ctx.grant('audit').append('x')");
        assertEquals(1, Files.readAllLines(open.resolve("log")).size());
    }

    @Test
    void theUsesOfARunAreBounded() throws IOException {
        assertTrue(
                failure("for (let i = 0; i < 20000; i++) ctx.grant('rack').value();")
                        .contains("uses grants more than 10000 times in one run"));
        assertEquals(
                10_000, log.stream().filter(line -> line.contains("\"event\":\"grant\"")).count());
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

    /** Twice in the background, so that nobody is its parent when the command ends. */
    @Test
    void whatACommandLeavesInTheBackgroundIsKilled() throws Exception {
        Path pid = grants.file("pid");
        grants.with(
                "notify",
                GrantSamples.command(
                        "/bin/sh",
                        "-c",
                        "( (sleep 100 > /dev/null 2>&1 & echo $! > %s) & ); sleep 0.5"
                                .formatted(pid)));
        run(Language.JAVASCRIPT, "ctx.log(`ended ${ctx.grant('notify').run().status}`)");
        assertTrue(said().contains("ended 0"), said());
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
        HostOptions options =
                HostOptions.defaults()
                        .withIsolation(isolation())
                        .withLimits(Limits.DEFAULT.withTime(Duration.ofMillis(1500)));
        String message =
                assertThrows(
                                PolicyFailed.class,
                                () ->
                                        run(
                                                options,
                                                policy(
                                                        Language.JAVASCRIPT,
                                                        "ctx.grant('notify').run()")))
                        .fault()
                        .message();
        assertTrue(message.contains("ran longer than its limit of 1500 ms"), message);
        assertTrue(said().contains("\"failed\":\"stopped\""), said());
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(left -> left.onExit().join());
        assertFalse(alive(pid));
    }

    @Test
    void aDryRunReadsAndHasNoEffect() throws IOException {
        run(
                options().withEffects(false),
                policy(
                        Language.JAVASCRIPT,
                        "ctx.grant('inventory').read();",
                        "ctx.grant('audit').append('x');",
                        "ctx.log(`sent ${ctx.grant('cmdb').request({ method: 'POST' }).done}`);",
                        "ctx.log(`got ${ctx.grant('cmdb').request().done}`);",
                        "ctx.log(`ran ${ctx.grant('notify').run('x').done}`);"));
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
