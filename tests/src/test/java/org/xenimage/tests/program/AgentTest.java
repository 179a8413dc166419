package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.tests.program.ProgramShell.Outcome;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Commands do the same with the agent as without, and whatever becomes of the agent, they run. */
class AgentTest {
    /** Says why a command ran without the agent; long waits, because the machine may be busy. */
    private static final String WITH =
            "export XDG_RUNTIME_DIR=\"$PWD/run\" XENIMAGE_AGENT_EXPLAIN=true XENIMAGE_AGENT_WAIT=20000\n";

    private static final String WITHOUT = "export XENIMAGE_NO_AGENT=1\n";
    private static final String EXPLAINED = "xenimage: runs without the agent";

    @TempDir private Path folder;

    @BeforeEach
    void startAgent() throws IOException, InterruptedException {
        assumeTrue(Files.exists(Path.of("/proc/self/ns/pid")), "Linux");
        Files.createDirectory(
                folder.resolve("run"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        succeed(
                WITHOUT
                        + "xenimage sample a.save --guest pv --memory 4 --name a\n"
                        + "printf 'export const policy = { api: 1, name: \"veto\" };\\n"
                        + "export function onBegin(ctx) { console.log(\"seen\"); ctx.veto(\"no\"); }\\n' > veto.js\n"
                        + "printf 'POLICY = {\"api\": 1, \"name\": \"bad\"}\\n"
                        + "def on_config(config, ctx):\\n    print(\"seen\")\\n    config.nothing()\\n' > bad.py\n");
        start("xenimage agent --warm 1 --training 0");
    }

    private void start(String command) throws IOException, InterruptedException {
        succeed(WITH + command + " > agent.log 2>&1 & echo $! > agent.pid");
        ready();
    }

    @AfterEach
    void stopAgent() throws IOException, InterruptedException {
        shell(
                WITH
                        + "kill -CONT $(cat agent.pid); timeout 20 xenimage agent --stop; kill -9 $(cat agent.pid)");
    }

    private Outcome shell(String script) throws IOException, InterruptedException {
        return ProgramShell.in(folder).run(script);
    }

    private Outcome succeed(String script) throws IOException, InterruptedException {
        Outcome outcome = shell(script);
        assertEquals(0, outcome.status(), script + outcome);
        return outcome;
    }

    /** Waits for a worker; gives its process. */
    private String ready() throws IOException, InterruptedException {
        for (int i = 0; i < 600; i++) {
            Outcome status = shell(WITH + "timeout 10 xenimage agent --status");
            List<String> lines = status.out().lines().toList();
            if (lines.stream().anyMatch(line -> line.matches("ready +1")))
                for (String line : lines)
                    if (line.startsWith("workers ")) return line.substring(8).strip();
            Thread.sleep(200);
        }
        throw new AssertionError(Files.readString(folder.resolve("agent.log")));
    }

    /** What a script leaves: status, output, and the files of its folder. */
    private List<String> effects(String setting, String script)
            throws IOException, InterruptedException {
        Path place = folder.resolve("place");
        succeed("rm -rf place; mkdir place; cp a.save veto.js bad.py place");
        Outcome outcome =
                shell(
                        setting
                                + "export ORIGIN=here; umask 027; cd place\n{ "
                                + script
                                + "\necho status $?; } > >(cat) 2> >(cat >&2); wait");
        List<String> effects = new ArrayList<>();
        effects.add(outcome.out());
        effects.add(outcome.err());
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.sorted().toList())
                if (Files.isRegularFile(file))
                    effects.add(
                            place.relativize(file)
                                    + " "
                                    + PosixFilePermissions.toString(
                                            Files.getPosixFilePermissions(file))
                                    + " "
                                    + java.util.HexFormat.of()
                                            .formatHex(sha256(Files.readAllBytes(file))));
        }
        return effects;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return java.security.MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void commandsDoTheSame() throws IOException, InterruptedException {
        for (String command :
                List.of(
                        "xenimage info a.save",
                        "xenimage info ./nothing.save --json",
                        "xenimage verify --json < a.save -",
                        "xenimage rewrite a.save b.save --policy rename-domain --set to=b",
                        "xenimage rewrite a.save b.save --policy rename-domain.py --set to=b",
                        "cat a.save | xenimage rewrite - - --policy scrub-pattern --set text=SECRET | cksum",
                        "xenimage rewrite a.save b.save --policy ./veto.js",
                        "xenimage rewrite a.save b.save --policy bad.py --json",
                        "xenimage rewrite a.save b.save --policy veto.js --isolate",
                        "mkdir d; cd d; xenimage extract config ../a.save -o config",
                        "xenimage dump a.save d",
                        "xenimage diff a.save a.save --quiet",
                        "xenimage policy check veto.js bad.py",
                        "xenimage policy new mine.js --quiet",
                        "xenimage nonsense",
                        "xenimage sample b.save --guest hvm --memory 4",
                        "xenimage info a.save > /dev/full",
                        "xenimage rewrite a.save b.save 0<&-",
                        "{ echo first; xenimage info a.save; echo last; } > report",
                        "xenimage info a.save nothing.save > report 2>&1",
                        "xenimage completion bash | sha256sum")) {
            List<String> own = effects(WITHOUT, command);
            ready();
            List<String> warm = effects(WITH, command);
            String said = warm.get(1);
            boolean closed = command.contains("nonsense");
            assertFalse(said.contains(EXPLAINED) && !closed, command + ": " + said);
            assertEquals(String.join("\n", own), String.join("\n", warm), command);
        }
    }

    /** A trained process has engines of both languages, in which nothing of another run is left. */
    @Test
    void trainedProcessesDoTheSame() throws IOException, InterruptedException {
        succeed(WITH + "xenimage agent --stop");
        start("xenimage agent --warm 1 --training 1");
        for (String command :
                List.of(
                        "xenimage rewrite a.save b.save --policy scrub-pattern --policy rename-domain.py"
                                + " --set text=SECRET --set to=b --log log; grep -c . log; rm log",
                        "xenimage rewrite a.save b.save --policy bad.py",
                        "xenimage rewrite a.save b.save --policy veto.js")) {
            List<String> own = effects(WITHOUT, command);
            ready();
            List<String> warm = effects(WITH, command);
            assertFalse(warm.get(1).contains(EXPLAINED), command + ": " + warm.get(1));
            assertEquals(String.join("\n", own), String.join("\n", warm), command);
        }
    }

    /** As systemd does it: a socket that listens already is descriptor 3. */
    @Test
    void theSocketMayComeFromSystemd() throws IOException, InterruptedException {
        assumeTrue(shell("python3 -V").status() == 0, "python3");
        succeed(WITH + "xenimage agent --stop; rm -rf run/xenimage; mkdir -m 700 run/xenimage");
        Files.writeString(
                folder.resolve("systemd.py"),
                """
                import os, socket
                listening = socket.socket(socket.AF_UNIX)
                os.umask(0o177)
                listening.bind('run/xenimage/agent.socket')
                listening.listen(5)
                os.umask(0o022)
                if listening.fileno() != 3:
                    os.dup2(listening.fileno(), 3)
                os.set_inheritable(3, True)
                os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
                os.execvp('xenimage', ['xenimage', 'agent', '--warm', '1', '--training', '0'])
                """);
        start("python3 systemd.py");
        Outcome outcome = succeed(WITH + "xenimage info a.save | cat");
        assertFalse(outcome.err().contains(EXPLAINED), outcome.err());
        succeed(WITH + "xenimage agent --stop");
        assertTrue(Files.exists(folder.resolve("run/xenimage/agent.socket")), "systemd's own");
    }

    @Test
    void theFileOfADescriptorIsLeftToTheOwnProcess() throws IOException, InterruptedException {
        String command = "xenimage info <(cat a.save) | grep -v fd/";
        List<String> own = effects(WITHOUT, command);
        ready();
        List<String> warm = effects(WITH, command);
        assertTrue(warm.get(1).contains(EXPLAINED), warm.get(1));
        assertEquals(own.getFirst(), warm.getFirst());
    }

    @Test
    void anAgentThatIsKilledOrHangsIsNoReasonToFail() throws IOException, InterruptedException {
        String worker = ready();
        String command =
                WITH
                        + "export XENIMAGE_AGENT_WAIT=300\n"
                        + "xenimage rewrite a.save $1.save --policy rename-domain --set to=b\n";
        // A worker that hangs, an agent that hangs, an agent that was killed.
        Outcome hung = succeed("kill -STOP " + worker + "; set -- hung;" + command);
        assertTrue(hung.err().contains("no answer in time"), hung.err());
        succeed("kill -CONT " + worker);
        succeed("kill -STOP $(cat agent.pid); set -- stopped; " + command);
        succeed("kill -CONT $(cat agent.pid); kill -9 $(cat agent.pid); set -- killed; " + command);
        assertTrue(Files.exists(folder.resolve("run/xenimage/agent.socket")));
        // Its workers end with it.
        succeed(
                "for i in $(seq 100); do kill -0 "
                        + worker
                        + " 2>/dev/null || exit 0; sleep 0.1; done; exit 1");
        succeed("cmp hung.save stopped.save && cmp stopped.save killed.save");
        // Another one takes the place.
        start("xenimage agent --warm 1 --training 0");
    }

    @Test
    void aRunIsNeverRepeated() throws IOException, InterruptedException {
        String worker = ready();
        Outcome outcome =
                shell(
                        WITH
                                + "mkfifo pipe; xenimage rewrite pipe b.save & client=$!\n"
                                + "exec 3> pipe; head -c 1000000 a.save >&3\n"
                                + taken(worker)
                                + "kill -9 "
                                + worker
                                + "; wait $client; echo status $?; ls");
        assertTrue(outcome.out().contains("status 3\n"), outcome.toString());
        assertTrue(
                outcome.err().contains("worker ended before the command did"), outcome.toString());
        assertFalse(outcome.out().contains("b.save\n"), outcome.toString());
    }

    @Test
    void aSignalEndsTheRunAndLeavesNothing() throws IOException, InterruptedException {
        for (String signal : List.of("TERM", "KILL")) {
            String worker = ready();
            Outcome outcome =
                    shell(
                            WITH
                                    + "rm -f pipe; mkfifo pipe; xenimage rewrite pipe b.save & client=$!\n"
                                    + "exec 3> pipe; head -c 1000000 a.save >&3\n"
                                    + taken(worker)
                                    + "kill -"
                                    + signal
                                    + " $client; wait $client; echo status $?\n"
                                    + "for i in $(seq 100); do [ -e /proc/"
                                    + worker
                                    + " ] || break; sleep 0.1; done; [ ! -e /proc/"
                                    + worker
                                    + " ] && ls -A");
            assertEquals(0, outcome.status(), outcome.toString());
            int status = signal.equals("TERM") ? 143 : 137;
            assertTrue(outcome.out().contains("status " + status + "\n"), outcome.toString());
            assertFalse(outcome.out().contains("b.save"), outcome.toString());
        }
    }

    /** Waits until a worker has opened its client's input. */
    private static String taken(String worker) {
        return "for i in $(seq 300); do ls -l /proc/%s/fd | grep -q \"$PWD/pipe\" && break; sleep 0.1; done\n"
                .formatted(worker);
    }

    @Test
    void nothingOfOneRunIsLeftForTheNext() throws IOException, InterruptedException {
        Files.writeString(
                folder.resolve("leave.js"),
                """
                export const policy = { api: 1, name: 'leave' };
                export function onBegin(ctx) { console.log(typeof globalThis.left); globalThis.left = 1; }
                """);
        for (int i = 0; i < 2; i++) {
            ready();
            Outcome outcome =
                    succeed(
                            WITH
                                    + "mkdir d%d; cd d%d; export XENIMAGE_SET=x%d; xenimage rewrite ../a.save b.save "
                                            .formatted(i, i, i)
                                    + "--policy ../leave.js | cat; [ -e b.save ]");
            assertFalse(outcome.err().contains(EXPLAINED), outcome.err());
            assertTrue(outcome.err().contains("undefined"), outcome.toString());
        }
    }

    @Test
    void twoClientsShareOneWorkerByOneGoingAlone() throws IOException, InterruptedException {
        succeed(
                WITH
                        + "for i in 1 2 3; do xenimage rewrite a.save b$i.save --policy rename-domain --set to=b &"
                        + " done; wait; cmp b1.save b2.save && cmp b2.save b3.save");
    }

    @Test
    void whatIsOpenToOthersIsNotTrusted() throws IOException, InterruptedException {
        String command = WITH + "xenimage info a.save | cat";
        for (String change :
                List.of(
                        "chmod 755 run/xenimage",
                        "chmod 700 run/xenimage; chmod 666 run/xenimage/agent.socket",
                        "chmod 600 run/xenimage/agent.socket; mv run/xenimage run/other;"
                                + " ln -s other run/xenimage",
                        "rm run/xenimage; mv run/other run/xenimage;"
                                + " mv run/xenimage/agent.socket run/xenimage/s; ln -s s run/xenimage/agent.socket")) {
            Outcome outcome = succeed(change + "; " + command);
            assertTrue(outcome.err().contains(EXPLAINED), change + outcome);
            assertTrue(outcome.out().contains("a.save"), outcome.toString());
        }
        succeed("mv run/xenimage/s run/xenimage/agent.socket");
        ready();
        Outcome outcome = succeed(command);
        assertFalse(outcome.err().contains(EXPLAINED), outcome.err());
    }

    @Test
    void nonsenseOnTheSocketsHarmsNobody() throws IOException, InterruptedException {
        ready();
        for (byte[] bytes :
                List.of(
                        new byte[0],
                        new byte[] {'c', 0x7f, -1, -1, -1},
                        new byte[] {'c', -1, -1, -1, -1, 0},
                        new byte[] {'c', 0, 0, 0, 8, 0x40, 0, 0, 0, 0x40, 0, 0, 0},
                        new byte[] {'?', 0, 0, 0, 0},
                        new byte[] {'g', 0, 0, 0, 0},
                        new byte[] {'c', 0, 0, 0, 100, 0, 0, 0, 1})) {
            send(folder.resolve("run/xenimage/agent.socket"), bytes);
        }
        Outcome outcome = succeed(WITH + "xenimage info a.save | cat");
        assertFalse(outcome.err().contains(EXPLAINED), outcome.err());
        ready();
        try (Stream<Path> sockets = Files.list(folder.resolve("run/xenimage"))) {
            for (Path socket : sockets.filter(one -> one.toString().contains("worker")).toList())
                send(socket, new byte[] {'r', 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 1});
        }
        succeed(WITH + "xenimage info a.save | cat");
        ready();
    }

    private static void send(Path socket, byte[] bytes) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(bytes));
        }
    }
}
