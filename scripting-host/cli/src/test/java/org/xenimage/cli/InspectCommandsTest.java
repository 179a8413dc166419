package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.output.ExitStatus;
import org.xenimage.tests.testkit.DebuggerClient;

import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code --inspect}, of the commands that have it and of those that do not. */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InspectCommandsTest {
    private static final Pattern ADDRESS = Pattern.compile("ws://[^\\s\"]+");

    @TempDir private Path folder;

    private Program program = new Program(Path.of("before-each"));

    @BeforeEach
    void makeFiles() {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "4", "--name", "web1")
                .succeeds();
        program.write(
                "stop.js",
                """
                export const policy = { api: 1, name: 'stop' };
                export function onConfig(config, ctx) {
                  const name = config.c_info.name;
                  debugger;
                  config.c_info.name = name + '-seen';
                }
                """);
        program.write(
                "stop.py",
                """
                POLICY = {'api': 1, 'name': 'stop'}
                def on_config(config, ctx):
                    name = config['c_info']['name']
                    breakpoint()
                    config['c_info']['name'] = name + '-seen'
                """);
        program.write(
                "stop.test.yaml",
                """
                cases:
                  - name: renames
                    sample: { guest: pv, name: web1 }
                    expect:
                      config: { c_info.name: web1-seen }
                """);
    }

    /** A command on a thread of its own, whose output is seen while it runs. */
    private final class Running {
        private final Captured out = new Captured();
        private final Captured err = new Captured();
        private final CompletableFuture<Integer> status = new CompletableFuture<>();

        Running(String... words) {
            String[] arguments = new String[words.length];
            for (int i = 0; i < words.length; i++)
                arguments[i] =
                        words[i].startsWith(":")
                                ? program.file(words[i].substring(1)).toString()
                                : words[i];
            // Not of the common pool, which may have one thread, and the debugger's socket needs
            // it.
            Thread.ofPlatform()
                    .daemon()
                    .name("inspected command")
                    .start(() -> {
                        status.complete(Main.run(out, err, arguments));
                        var ended = new IllegalStateException(all());
                        out.address.completeExceptionally(ended);
                        err.address.completeExceptionally(ended);
                    });
        }

        int status() {
            return status.join();
        }

        String all() {
            return out + "\n" + err;
        }
    }

    private static final class Captured extends ByteArrayOutputStream {
        private final CompletableFuture<URI> address = new CompletableFuture<>();

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            super.write(bytes, offset, length);
            Matcher found = ADDRESS.matcher(toString(StandardCharsets.UTF_8));
            if (found.find()) address.complete(URI.create(found.group()));
        }
    }

    /** Stops where each policy says, sees its variable, and goes on. */
    private static void debug(URI address, String... files) {
        try (DebuggerClient debugger = DebuggerClient.attach(address)) {
            debugger.go();
            for (String file : files) {
                JsonNode frame = debugger.stopped();
                assertEquals("file:///" + file, frame.path("url").asText());
                assertEquals(4, DebuggerClient.line(frame));
                assertEquals("web1", debugger.evaluate(frame, "name").path("value").asText());
                debugger.goOn("resume");
            }
            assertEquals(1001, debugger.closed());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop.js", "stop.py"})
    void rewriteStopsInTheDebugger(String policy) {
        var run =
                new Running(
                        "rewrite",
                        ":in.save",
                        ":out.save",
                        "--inspect=0",
                        "--policy",
                        ":" + policy);
        debug(run.err.address.join(), policy);
        assertEquals(0, run.status(), run::all);
        assertTrue(run.all().contains("xenimage: waiting for a debugger at ws://127.0.0.1:"));
        assertTrue(run.all().contains("whoever can reach this port on this machine can run code"));
        assertTrue(
                program.run("info", ":out.save").succeeds().out().contains("web1-seen"), run::all);
    }

    @Test
    void addressIsAnEventOfJson() throws IOException {
        var run =
                new Running(
                        "rewrite",
                        ":in.save",
                        "--dry-run",
                        "--json",
                        "--quiet",
                        "--inspect=0",
                        "--policy",
                        ":stop.js");
        URI address = run.out.address.join();
        debug(address, "stop.js");
        assertEquals(0, run.status(), run::all);
        List<JsonNode> events = new ArrayList<>();
        for (String line : run.out.toString(StandardCharsets.UTF_8).lines().toList())
            events.add(new JsonMapper().readTree(line));
        assertEquals("inspect", events.getFirst().path("event").asText());
        assertEquals(address.toString(), events.getFirst().path("url").asText());
        assertTrue(events.getFirst().path("chrome").asText().startsWith("devtools://"));
        assertTrue(events.getLast().path("policies").path(0).path("edits").asInt() == 1, run::all);
        assertFalse(run.err.toString(StandardCharsets.UTF_8).contains("ws://"), run::all);
    }

    /** Of a policy in both languages, the debugger stops each in turn. */
    @Test
    void policyTestStopsInTheDebugger() {
        var run = new Running("policy", "test", ":stop.test.yaml", "--inspect=0");
        debug(run.err.address.join(), "stop.js", "stop.py");
        assertEquals(0, run.status(), run::all);
        assertTrue(run.all().contains("renames"), run::all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "python"})
    void consoleStopsInTheDebugger(String language) {
        var run =
                new Running(
                        "console",
                        ":in.save",
                        "--lang",
                        language,
                        "--inspect=0",
                        "-c",
                        language.equals("js")
                                ? "var name = image.name;\ndebugger;\nname + '!'"
                                : "name = image.name\nbreakpoint()\nname + '!'");
        try (DebuggerClient debugger = DebuggerClient.attach(run.err.address.join())) {
            debugger.go();
            JsonNode frame = debugger.stopped();
            assertEquals("web1", debugger.evaluate(frame, "name").path("value").asText());
            debugger.goOn("resume");
        }
        assertEquals(0, run.status(), run::all);
        assertTrue(run.out.toString(StandardCharsets.UTF_8).contains("web1!"), run::all);
    }

    @Test
    void portInUseIsAnErrorAndWritesNothing() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = "--inspect=" + taken.getLocalPort();
            String failure =
                    program.run("rewrite", ":in.save", ":out.save", port, "--policy", ":stop.js")
                            .failure();
            assertTrue(
                    failure.contains("port " + taken.getLocalPort() + " is in use on this machine"),
                    failure);
            assertFalse(program.files().contains("out.save"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"80", "65536", "-1", "chrome"})
    void onlyPortsArePorts(String port) {
        var outcome =
                program.run(
                        "rewrite",
                        ":in.save",
                        "--dry-run",
                        "--inspect=" + port,
                        "--policy",
                        ":stop.js");
        assertEquals(ExitStatus.USAGE, outcome.status(), outcome::err);
        assertTrue(outcome.err().contains("--inspect"), outcome::err);
    }

    @Test
    void isolatedPoliciesAreOutOfReach() {
        var outcome =
                program.run(
                        "rewrite",
                        ":in.save",
                        "--dry-run",
                        "--inspect",
                        "--isolate",
                        "--policy",
                        ":stop.js");
        assertEquals(ExitStatus.USAGE, outcome.status(), outcome::err);
        assertTrue(outcome.err().contains("use either --isolate or --inspect"), outcome::err);
    }

    /** Of the commands on which a guest waits, and of all others that have no debugger, each says what to do. */
    @Test
    void everyOtherCommandSaysWhatToDoInstead() {
        List<String> inspecting = new ArrayList<>();
        CommonOptionsTest.commands()
                .forEach((path, line) -> {
                    if (has(line)) {
                        inspecting.add(path);
                        return;
                    }
                    for (String option : List.of("--inspect", "--inspect=9229")) {
                        List<String> words = new ArrayList<>(List.of(path.split(" ")));
                        words.add(option);
                        var outcome = program.run(words.toArray(String[]::new));
                        assertEquals(ExitStatus.USAGE, outcome.status(), path + outcome.err());
                        assertTrue(
                                outcome.err()
                                        .contains(
                                                "nothing that a guest waits for may stop in a debugger"),
                                path + outcome.err());
                    }
                });
        assertEquals(List.of("console", "policy test", "rewrite"), inspecting);
    }

    private static boolean has(CommandLine line) {
        return line.getCommandSpec().findOption("--inspect") != null;
    }
}
