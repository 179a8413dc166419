package org.xenimage.cli.toolstack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.Main;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.ProgramRun;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.rewrite.PolicyOptions;
import org.xenimage.cli.rewrite.PolicyPass;
import org.xenimage.cli.rewrite.ReportOptions;
import org.xenimage.cli.toolstack.MigratingXl.Verdict;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.script.policy.Operation;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A migration whose sender and receiver behave as xl does: whose the guest is when something goes wrong. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RelayRunTest {
    @TempDir private Path folder;

    private StandInXl xl = new StandInXl(Path.of("before-each"));
    private byte[] image = new byte[0];

    /** What came of a migration. */
    private record Outcome(int status, Verdict verdict, String err) {}

    @BeforeEach
    void makeSample() throws IOException {
        Path sample = folder.resolve("sample");
        assertEquals(0, Main.run("sample", sample.toString(), "--guest", "hvm", "--memory", "4"));
        image = Files.readAllBytes(sample);
        xl = StandInXl.install(folder.resolve("host2"), image);
    }

    @Test
    void withoutAPolicyTheGuestArrivesUnchanged() throws Exception {
        Outcome outcome = migrate(image.length);
        assertEquals(new Outcome(0, Verdict.SUCCESSFUL, ""), outcome);
        assertArrayEquals(image, xl.created().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void aPolicyChangesTheGuestOnItsWay(String language) throws Exception {
        String[] policy = {"--policy", "scrub-pattern." + language, "--set", "text=SECRET-API"};
        Outcome outcome = migrate(image.length, policy);
        assertEquals(0, outcome.status(), outcome.err());
        assertEquals(Verdict.SUCCESSFUL, outcome.verdict());
        assertTrue(outcome.err().contains("scrub"), outcome.err());
        byte[] arrived = xl.created().orElseThrow();
        assertEquals(image.length, arrived.length);
        assertTrue(text(image).contains("SECRET-API"), "there is something to scrub");
        assertFalse(text(arrived).contains("SECRET-API"));
    }

    /** What a policy does in each of its hooks, as late as it can be. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    onBegin.js    | export function onBegin(ctx) { throw new Error('no'); }
                    onConfig.js   | export function onConfig(config, ctx) { throw new Error('no'); }
                    onMetadata.js | export function onMetadata(meta, ctx) { throw new Error('no'); }
                    onRecord.js   | export function onRecord(r, ctx) { if (r.type === 'HVM_CONTEXT') throw new Error('no'); }
                    last.js       | export function onRecord(r, ctx) { if (r.type === 'END') ctx.veto('no'); }
                    onPages.js    | export function onPages(batch, ctx) { throw new Error('no'); }
                    onEnd.js      | export function onEnd(summary, ctx) { throw new Error('no'); }
                    veto.js       | export function onEnd(summary, ctx) { ctx.veto('no'); }
                    onBegin.py    | def on_begin(ctx): raise ValueError('no')
                    onConfig.py   | def on_config(config, ctx): raise ValueError('no')
                    onRecord.py   | def on_record(record, ctx): ctx.veto('no')
                    onPages.py    | def on_pages(batch, ctx): raise ValueError('no')
                    onEnd.py      | def on_end(summary, ctx): raise ValueError('no')
                    """)
    void aPolicyThatRefusesInAnyHookKeepsTheGuestAtTheSource(String file, String code)
            throws Exception {
        Path policy = folder.resolve(file);
        String head =
                file.endsWith(".py")
                        ? "POLICY = {'api': 1, 'name': 'stay'}\n"
                        : "export const policy = { api: 1, name: 'stay' };\n";
        Files.writeString(policy, head + code + "\n");
        Outcome outcome = migrate(image.length, "--policy", policy.toString());
        assertEquals(ExitStatus.AT_FAULT, outcome.status(), outcome.err());
        assertEquals(Verdict.RESUMING, outcome.verdict());
        assertTrue(
                outcome.err().contains(file) && outcome.err().contains("policy stay"),
                outcome.err());
        assertTrue(outcome.err().contains("the guest stays on the source host"), outcome.err());
        assertTrue(xl.created().isEmpty(), "no guest at the receiver");
    }

    @Test
    void aFailureIsToldToThePolicies() throws Exception {
        Path policy = folder.resolve("told.js");
        Path log = folder.resolve("log");
        Files.writeString(
                policy,
                """
                export const policy = { api: 1, name: 'told' };
                export function onEnd(summary, ctx) { ctx.veto('no'); }
                export function onFailure(error, ctx) { ctx.log('failure: ' + error.kind); }
                """);
        migrate(image.length, "--policy", policy.toString(), "--log", log.toString());
        assertTrue(Files.readString(log).contains("failure: PolicyRejected"));
    }

    @ParameterizedTest
    @CsvSource({
        "'', js, 0",
        "before, js, 0",
        "middle, js, 1",
        "middle, py, 1",
        "unpause, js, 1",
        "unpause, py, 1",
        "garbage, py, 0",
        "veto, js, 1",
        "veto, py, 1",
        "slow, js, 1",
        "cut, py, 1"
    })
    void whatAPolicyDidIsUndoneWhateverFails(String fault, String language, int times)
            throws Exception {
        if (!fault.isEmpty()) xl.failing(fault);
        Path policy = folder.resolve("undo." + language);
        Path log = folder.resolve("log");
        boolean veto = fault.equals("veto") || fault.equals("slow");
        // It takes longer than what has no reason to wait.
        String slow = fault.equals("slow") ? "let n = 0; while (n < 3e7) n++;" : "";
        Files.writeString(
                policy,
                language.equals("js")
                        ? """
                        export const policy = { api: 1, name: 'undo' };
                        export function onBegin(ctx) {
                          ctx.onFailure((error) => { %s ctx.log('undone: ' + error.message); });
                        }
                        export function onEnd(summary, ctx) { if (%s) ctx.veto('no'); }
                        """
                                .formatted(slow, veto)
                        : """
                        POLICY = {"api": 1, "name": "undo"}
                        def on_begin(ctx):
                            ctx.on_failure(lambda error: ctx.log("undone: " + error["message"]))
                        def on_end(summary, ctx):
                            if %s: ctx.veto("no")
                        """
                                .formatted(veto ? "True" : "False"));
        int sent = fault.equals("cut") ? image.length - 100 : image.length;
        Outcome outcome =
                migrate(
                        sent,
                        "--time-limit",
                        "60",
                        "--policy",
                        policy.toString(),
                        "--log",
                        log.toString());
        long undone =
                Files.exists(log)
                        ? Files.readString(log).lines().filter(l -> l.contains("undone: ")).count()
                        : 0;
        assertEquals(times, undone, outcome::toString);
    }

    @Test
    void whatCannotBeLoggedKeepsTheGuestAtTheSource() throws Exception {
        Path policy = folder.resolve("log.js");
        Files.writeString(
                policy,
                """
                export const policy = { api: 1, name: 'log' };
                export function onEnd(summary, ctx) { ctx.log('seen'); }
                """);
        Outcome outcome =
                migrate(image.length, "--policy", policy.toString(), "--log", "/dev/full");
        assertEquals(ExitStatus.AT_FAULT, outcome.status(), outcome.err());
        assertEquals(Verdict.RESUMING, outcome.verdict());
        assertTrue(outcome.err().contains("/dev/full"), outcome.err());
        assertTrue(xl.created().isEmpty(), "no guest at the receiver");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.001, 0.3, 0.9, 0.99999})
    void aSenderThatClosesEarlyResumesItsGuest(double share) throws Exception {
        int sent = (int) (image.length * share);
        Outcome outcome = migrate(sent);
        assertEquals(ExitStatus.AT_FAULT, outcome.status(), outcome.err());
        assertEquals(Verdict.RESUMING, outcome.verdict());
        assertTrue(outcome.err().contains("the guest stays on the source host"), outcome.err());
        assertTrue(xl.created().isEmpty(), "no guest at the receiver");
    }

    @Test
    void aReceiverThatDiesAtOnceEndsTheRelayWithItsStatus() throws Exception {
        xl.failing("before");
        Outcome outcome = migrate(image.length);
        assertEquals(255, outcome.status(), outcome.err());
        assertEquals(Verdict.NO_BANNER, outcome.verdict());
        assertTrue(outcome.err().contains("exited with status 255"), outcome.err());
    }

    @Test
    void aReceiverThatDiesInMidStreamEndsTheRelayWithItsStatus() throws Exception {
        xl.failing("middle");
        Outcome outcome = migrate(image.length);
        assertEquals(5, outcome.status(), outcome.err());
        assertEquals(Verdict.RESUMING, outcome.verdict());
        assertTrue(outcome.err().contains("before the end of the image"), outcome.err());
        assertTrue(outcome.err().contains("the guest stays on the source host"), outcome.err());
    }

    @Test
    void aReceiverThatTalksRubbishIsToldAsSuch() throws Exception {
        xl.failing("garbage");
        Outcome outcome = migrate(image.length);
        assertEquals(ExitStatus.AT_FAULT, outcome.status(), outcome.err());
        assertEquals(Verdict.NO_BANNER, outcome.verdict());
        assertTrue(outcome.err().contains("not that of 'xl migrate-receive'"), outcome.err());
    }

    @Test
    void aReceiverThatCannotStartTheGuestGivesItBack() throws Exception {
        xl.failing("unpause");
        Outcome outcome = migrate(image.length);
        assertEquals(new Outcome(0, Verdict.RESUMED_AFTER_REPORT, ""), outcome);
    }

    @Test
    void aCommandThatIsNotThereIsTold() {
        IOException missing =
                assertThrows(
                        IOException.class,
                        () -> ReceiverProcess.start(List.of("no-such-program-anywhere"), false));
        assertTrue(String.valueOf(missing.getMessage()).contains("no-such-program-anywhere"));
    }

    private Outcome migrate(int sent, String... options) throws Exception {
        Pipe toRelay = Pipe.open();
        Pipe toSender = Pipe.open();
        var sender =
                new MigratingXl(
                        Channels.newOutputStream(toRelay.sink()),
                        Channels.newInputStream(toSender.source()));
        CompletableFuture<Verdict> verdict =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return sender.migrate(image, sent);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        var err = new StringWriter();
        int status;
        try (PolicyPass policies = policies(options);
                ReceiverProcess receiver =
                        ReceiverProcess.start(
                                List.of(xl.program().toString(), "migrate-receive"), true);
                var source = ChannelSource.over("the sender's stream", toRelay.source());
                var back = Channels.newOutputStream(toSender.sink())) {
            status =
                    new RelayRun(
                                    source,
                                    back,
                                    receiver,
                                    policies,
                                    ReadOptions.DEFAULT,
                                    new PrintWriter(err, true),
                                    "xl")
                            .run();
        }
        return new Outcome(status, verdict.get(1, TimeUnit.MINUTES), err.toString());
    }

    /** The program, as far as its options need it. */
    @Command(name = "program")
    private static final class Root implements ProgramRun {
        private final RunFiles files = new RunFiles();

        @Override
        public RunFiles files() {
            return files;
        }
    }

    /** The options as the command line has them. */
    @Command(name = "test")
    private static final class Options extends Subcommand {
        @Mixin private final PolicyOptions policies = new PolicyOptions();
        @Mixin private final ReportOptions reporting = new ReportOptions();

        @Override
        public Integer call() {
            return 0;
        }
    }

    private PolicyPass policies(String... options) throws IOException, CommandFailed {
        Path none = Files.createDirectories(folder.resolve("no-policies"));
        List<String> all = new ArrayList<>(List.of("--policies", none.toString()));
        all.addAll(Arrays.asList(options));
        var parsed = new Options();
        all.addFirst("test");
        new CommandLine(new Root()).addSubcommand(parsed).parseArgs(all.toArray(String[]::new));
        return PolicyPass.open(
                parsed.policies, parsed.reporting, Operation.MIGRATE_OUT, "the sender's stream");
    }

    private static String text(byte... bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
