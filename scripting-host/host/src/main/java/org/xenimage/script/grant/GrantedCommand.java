package org.xenimage.script.grant;

import org.xenimage.image.foreign.LibraryCall;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.policy.Grant;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A command that a policy was granted. The administrator defines its arguments; the policy supplies only its standard
 * input. It runs in the root folder with a minimal environment. It is killed, together with the processes that it
 * started, when it has ended, at the deadline, when the call of the hook is stopped, and when this process ends.
 *
 * <p>It runs in a session of its own where the system has {@code setsid}, so that what it left in the background is
 * found although its parent is gone. A daemon that makes another session is not.
 */
final class GrantedCommand {
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    /** The name is short, and the numbers wanted come first. */
    private static final int STAT_MAX = 512;

    /** How often what is left of a session is killed: a process may start another one meanwhile. */
    private static final int ROUNDS = 20;

    private GrantedCommand() {}

    /** How a command ended, and what it printed on standard output and standard error. */
    @SuppressWarnings(
            "ArrayRecordComponent") // handed from here to HostGrants, and compared by nobody
    record Result(int status, byte[] output) {}

    static Result run(Grant.RunCommand grant, String input) throws InterruptedException {
        byte[] bytes = input.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > GrantUse.SENT_MAX)
            throw new ScriptRefusal(
                    "input: expected at most %d bytes".formatted(GrantUse.SENT_MAX));
        long deadline = System.nanoTime() + grant.time().toNanos();
        Process process = start(grant);
        Thread atExit = new Thread(() -> kill(process), "kill-granted-command");
        Runtime.getRuntime().addShutdownHook(atExit);
        try {
            Thread.ofVirtual().start(() -> write(process, bytes));
            CompletableFuture<byte[]> output = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> read(process, grant.bytes(), output));
            byte[] printed = output.get(left(deadline), TimeUnit.NANOSECONDS);
            if (printed.length > grant.bytes())
                throw new ScriptRefusal(
                        "%s: printed more than %d bytes".formatted(grant.target(), grant.bytes()));
            if (!process.waitFor(left(deadline), TimeUnit.NANOSECONDS))
                throw new TimeoutException();
            return new Result(process.exitValue(), printed);
        } catch (TimeoutException e) {
            throw new ScriptRefusal(
                    "%s: did not end within %d ms"
                            .formatted(grant.target(), grant.time().toMillis()),
                    e);
        } catch (ExecutionException e) {
            throw new ScriptRefusal(
                    "%s: its output cannot be read: %s"
                            .formatted(grant.target(), LibraryCall.reason(e)),
                    e);
        } finally {
            kill(process);
            forget(atExit);
        }
    }

    private static long left(long deadline) {
        return Math.max(1, deadline - System.nanoTime());
    }

    private static Process start(Grant.RunCommand grant) {
        List<String> command = new ArrayList<>(grant.argv());
        // That setsid cannot run a program is known only by what it prints.
        if (Files.isExecutable(SETSID) && Files.isExecutable(Path.of(command.getFirst())))
            command.addFirst(SETSID.toString());
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(Path.of("/").toFile())
                        .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().put("LANG", "C.UTF-8");
        try {
            // Started by its own name: some programs do what their name says.
            Path _ = TrustedPath.of(Path.of(grant.argv().getFirst()));
            return builder.start();
        } catch (IOException e) {
            throw new ScriptRefusal(grant.target() + ": cannot be run", e);
        }
    }

    private static void write(Process process, byte[] input) {
        try (OutputStream to = process.getOutputStream()) {
            to.write(input);
        } catch (IOException e) {
            // It does not read its input; its exit status shows whether that is an error.
        }
    }

    private static void read(Process process, int most, CompletableFuture<byte[]> output) {
        try {
            output.complete(process.getInputStream().readNBytes(most + 1));
        } catch (IOException e) {
            output.completeExceptionally(e);
        }
    }

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        for (int round = 0; round < ROUNDS; round++) {
            List<ProcessHandle> left =
                    ProcessHandle.allProcesses()
                            .filter(one -> session(one.pid()) == process.pid())
                            .toList();
            if (left.isEmpty()) return;
            left.forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** The session of a process that runs; -1 if it does not, or the system does not say. */
    private static long session(long pid) {
        try (InputStream in = Files.newInputStream(Path.of("/proc", Long.toString(pid), "stat"))) {
            // PID (NAME) STATE PARENT GROUP SESSION …, where the name may contain anything
            String stat = new String(in.readNBytes(STAT_MAX), StandardCharsets.ISO_8859_1);
            String[] facts = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 5);
            return facts[0].equals("Z") ? -1 : Long.parseLong(facts[3]);
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            return -1;
        }
    }

    private static void forget(Thread atExit) {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // This process is ending, and the command has already been killed.
        }
    }
}
