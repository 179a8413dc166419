package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Inspection;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunBudget;
import org.xenimage.tests.testkit.DebuggerClient;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** A debugger in both languages, driven by its protocol. */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InspectionTest {
    /** Long enough for a hook on a busy machine, and shorter than {@link #HELD}. */
    private static final Duration BUDGET = Duration.ofSeconds(3);

    private static final Duration HELD = Duration.ofSeconds(4);

    private static final Limits LIMITS =
            new Limits(
                    BUDGET,
                    64L << 20,
                    0,
                    BUDGET,
                    new Limits.Run(Duration.ofSeconds(20), Duration.ofSeconds(20), 256L << 20));

    /** A run in the debugger, on a thread of its own. */
    private static final class Inspected implements AutoCloseable {
        private final CompletableFuture<URI> address = new CompletableFuture<>();
        private final List<String> log = new ArrayList<>();
        private final CompletableFuture<byte[]> made;

        Inspected(HostOptions options, Policy... policies) {
            HostOptions inspected =
                    options.withLimits(LIMITS).withInspection(new Inspection(0, address::complete));
            made = new CompletableFuture<>();
            Thread.ofPlatform()
                    .daemon()
                    .name("inspected run")
                    .start(() -> {
                        try (PolicyHost host = PolicyHost.open(inspected);
                                PolicyRun run =
                                        host.run(
                                                List.of(policies),
                                                SampleRuns.CONTEXT,
                                                DecisionLog.to(log::add))) {
                            made.complete(
                                    PolicyTestImage.rewrite(SampleRuns.sample(), run.transform()));
                        } catch (IOException | RuntimeException | Error e) {
                            made.completeExceptionally(e);
                            address.completeExceptionally(e);
                        }
                    });
        }

        DebuggerClient attach() {
            return DebuggerClient.attach(address.join());
        }

        String logged() {
            made.join();
            return String.join("\n", log);
        }

        String failure() {
            CompletionException failed = assertThrows(CompletionException.class, made::join);
            return String.valueOf(failed.getMessage());
        }

        @Override
        public void close() {
            made.cancel(true);
        }
    }

    private static Inspected inspected(Policy... policies) {
        return new Inspected(HostOptions.defaults(), policies);
    }

    /** Stops at its first line of three, each of which changes the TSC frequency of the image's record. */
    private static Policy editing(Language language) throws IOException {
        return SampleRuns.policy(
                language,
                pick(
                        language,
                        """
                        export function onRecord(record, ctx) {
                          if (record.type !== 'X86_TSC_INFO') return;
                          const was = record.fields.khz;
                          record.fields.khz = was + 1;
                          record.fields.khz = was + 2;
                        }
                        """,
                        """
                        def on_record(record, ctx):
                            if record.type != 'X86_TSC_INFO':
                                return
                            was = record.fields['khz']
                            record.fields['khz'] = was + 1
                            record.fields['khz'] = was + 2
                        """));
    }

    private static String url(Language language) {
        return "file:///tested" + language.suffix();
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void breakpointStopsAndSeesTheRecord(Language language) throws IOException {
        int line = language == Language.JAVASCRIPT ? 4 : 5;
        try (Inspected run = inspected(editing(language));
                DebuggerClient debugger = run.attach()) {
            debugger.breakAt(url(language), line);
            debugger.go();
            JsonNode frame = debugger.stopped();
            assertEquals(line, DebuggerClient.line(frame));
            assertEquals(
                    pick(language, "onRecord", "on_record"), frame.path("functionName").asText());
            assertTrue(debugger.scripts().contains(url(language)));
            assertEquals(
                    "X86_TSC_INFO", debugger.evaluate(frame, "record.type").path("value").asText());
            String field = pick(language, "record.fields.khz", "record.fields['khz']");
            long khz = debugger.evaluate(frame, field).path("value").asLong();
            debugger.goOn("stepOver");
            assertEquals(line + 1, DebuggerClient.line(debugger.stopped()));
            debugger.goOn("stepOver");
            frame = debugger.stopped();
            assertEquals(line + 2, DebuggerClient.line(frame));
            assertEquals(khz, debugger.evaluate(frame, "was").path("value").asLong());
            assertEquals(khz + 1, debugger.evaluate(frame, field).path("value").asLong());
            debugger.goOn("resume");
            assertTrue(run.logged().contains("\"after\":" + (khz + 2)), run::logged);
        }
    }

    private static Policy stopping(Language language) throws IOException {
        return SampleRuns.policy(
                language,
                pick(
                        language,
                        """
                        export function onConfig(config, ctx) {
                          const name = config.c_info.name;
                          debugger;
                          ctx.log('went on with ' + name);
                        }
                        """,
                        """
                        def on_config(config, ctx):
                            name = config['c_info']['name']
                            breakpoint()
                            ctx.log('went on with ' + name)
                        """));
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void statementOfTheLanguageStops(Language language) throws IOException {
        try (Inspected run = inspected(stopping(language));
                DebuggerClient debugger = run.attach()) {
            debugger.go();
            JsonNode frame = debugger.stopped();
            assertEquals(4, DebuggerClient.line(frame));
            assertEquals("web-1", debugger.evaluate(frame, "name").path("value").asText());
            debugger.goOn("resume");
            assertTrue(run.logged().contains("went on with web-1"), run::logged);
            assertEquals(1001, debugger.closed()); // the status of a server that goes away
        }
    }

    /** Of time and processor time, for a call and for the run; what the debugger evaluates does not count. */
    @ParameterizedTest
    @EnumSource(Language.class)
    void limitsStandStillWhileTheDebuggerHolds(Language language)
            throws IOException, InterruptedException {
        HostOptions options =
                HostOptions.defaults().withBudget(RunBudget.DEFAULT.withTime(BUDGET.plus(BUDGET)));
        try (Inspected run = new Inspected(options, stopping(language));
                DebuggerClient debugger = run.attach()) {
            debugger.go();
            JsonNode frame = debugger.stopped();
            Thread.sleep(HELD.toMillis());
            String much =
                    pick(
                            language,
                            "(() => { let all = 0; for (let i = 0; i < 40; i++)"
                                    + " all += new Array(1 << 19).fill(i).length; return all; })()",
                            "sum(len([i] * (1 << 19)) for i in range(40))");
            assertEquals(40 << 19, debugger.evaluate(frame, much).path("value").asLong());
            Thread.sleep(HELD.toMillis());
            debugger.goOn("resume");
            assertTrue(run.logged().contains("went on with web-1"), run::logged);
        }
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void limitsHoldAgainAfterTheDebugger(Language language) throws IOException {
        Policy policy =
                SampleRuns.policy(
                        language,
                        pick(
                                language,
                                "export function onConfig() { debugger; for (;;); }",
                                "def on_config(config, ctx):\n  breakpoint()\n  while True: pass"));
        try (Inspected run = inspected(policy);
                DebuggerClient debugger = run.attach()) {
            debugger.go();
            debugger.stopped();
            debugger.goOn("resume");
            String failure = run.failure();
            assertTrue(
                    failure.contains("ran longer than its limit of 3 s")
                            || failure.contains("more processor time than its limit of 3 s"),
                    failure);
        }
    }

    /** Two policies of two languages, one address: the debugger connects once. */
    @Test
    void oneDebuggerSeesBothLanguages() throws IOException {
        try (Inspected run = inspected(stopping(Language.JAVASCRIPT), stopping(Language.PYTHON));
                DebuggerClient debugger = run.attach()) {
            debugger.go();
            for (Language language : Language.values()) {
                assertEquals(url(language), debugger.stopped().path("url").asText());
                debugger.goOn("resume");
            }
            run.logged();
            assertEquals(1001, debugger.closed());
        }
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void runGoesOnWhenTheDebuggerLeaves(Language language) throws IOException {
        try (Inspected run = inspected(stopping(language))) {
            try (DebuggerClient debugger = run.attach()) {
                debugger.go();
                debugger.stopped();
            }
            assertTrue(run.logged().contains("went on with web-1"), run::logged);
        }
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void breakpointInAnImportedModuleStops(Language language, @TempDir Path folder)
            throws IOException {
        String suffix = language.suffix();
        Path lib = Files.createDirectory(folder.resolve("lib"));
        Files.writeString(
                lib.resolve("greet" + suffix),
                pick(
                        language,
                        "export function greeting(name) {\n  return 'hello ' + name;\n}\n",
                        "def greeting(name):\n    return 'hello ' + name\n"));
        Path file =
                Files.writeString(
                        folder.resolve("greets" + suffix),
                        pick(
                                language,
                                """
                                import { greeting } from './lib/greet.js';
                                export const policy = { api: 1, name: 'greets' };
                                export function onBegin(ctx) { ctx.log(greeting('world')); }
                                """,
                                """
                                from lib.greet import greeting
                                POLICY = {'api': 1, 'name': 'greets'}
                                def on_begin(ctx): ctx.log(greeting('world'))
                                """));
        try (Inspected run = inspected(SampleRuns.host().load(file.toString()));
                DebuggerClient debugger = run.attach()) {
            debugger.breakAt("file:///lib/greet" + suffix, 2);
            debugger.go();
            JsonNode frame = debugger.stopped();
            assertEquals(2, DebuggerClient.line(frame));
            assertEquals("world", debugger.evaluate(frame, "name").path("value").asText());
            debugger.goOn("resume");
            assertTrue(run.logged().contains("hello world"), run::logged);
        }
    }

    @Test
    void breakpointOfPythonSaysWhatToWriteWithoutADebugger() throws IOException {
        Policy policy = stopping(Language.PYTHON);
        PolicyFailed failed = assertThrows(PolicyFailed.class, () -> SampleRuns.run(policy));
        assertTrue(
                failed.fault().message().contains("tested.py:4: policy tested, on_config"),
                failed.fault()::message);
        assertTrue(
                failed.fault()
                        .message()
                        .contains("breakpoint() stops in a debugger: run this with --inspect"),
                failed.fault()::message);
    }

    @Test
    void debuggerStatementOfJavaScriptIsNothingWithoutADebugger() throws IOException {
        assertTrue(
                SampleRuns.run(stopping(Language.JAVASCRIPT))
                        .logged()
                        .contains("went on with web-1"));
    }

    @Test
    void isolatedPolicyIsOutOfReach() throws IOException {
        Policy policy = stopping(Language.JAVASCRIPT);
        try (PolicyHost host =
                PolicyHost.open(
                        HostOptions.defaults()
                                .withIsolation(Isolation.ALL)
                                .withInspection(new Inspection(0, _ -> {})))) {
            PolicyFailed refused =
                    assertThrows(
                            PolicyFailed.class,
                            () ->
                                    host.run(
                                            List.of(policy),
                                            SampleRuns.CONTEXT,
                                            DecisionLog.none()));
            assertTrue(refused.fault().message().contains("where the debugger does not reach it"));
        }
    }

    @Test
    void portInUseIsSaidBefore() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Inspection inspection = new Inspection(taken.getLocalPort(), _ -> {});
            IOException refused = assertThrows(IOException.class, inspection::requireFree);
            assertTrue(
                    String.valueOf(refused.getMessage())
                            .startsWith("port " + taken.getLocalPort() + " is in use"));
        }
        assertThrows(IllegalArgumentException.class, () -> new Inspection(80, _ -> {}));
    }
}
