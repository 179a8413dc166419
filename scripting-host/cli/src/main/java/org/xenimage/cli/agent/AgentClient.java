package org.xenimage.cli.agent;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What the launcher starts in place of the program while an agent runs: gives the command to a worker, waits, and ends
 * with its exit status.
 *
 * <p>Uses nothing but the JDK, to start fast. Whatever is wrong before the worker has begun, it becomes the launcher
 * again, which starts the program: the command runs as if there were no agent.
 */
public final class AgentClient {
    /** Set by the launcher: the socket of the agent. */
    private static final String SOCKET = "xenimage.agent";

    /** Set by the launcher: its own file. */
    private static final String LAUNCHER = "xenimage.launcher";

    /** Set by the launcher to XENIMAGE_AGENT_WAIT: how long agent and worker may take, in milliseconds. */
    private static final String WAIT = "xenimage.agent.wait";

    /** Set by the launcher where XENIMAGE_AGENT_EXPLAIN is: says why the agent was not used. */
    private static final String EXPLAIN = "xenimage.agent.explain";

    /** The option of the launcher that keeps it from using an agent. */
    private static final String NO_AGENT = "--no-agent";

    private static final long WAIT_DEFAULT = 500;
    private static final int BUG = 3;

    /** Longer than a worker takes to end its run after a signal. */
    private static final long PATIENCE = 70;

    private final FrameChannel.Deadline deadline;
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Object exit = new Object();
    private boolean signalled;
    private volatile boolean ended;
    private volatile @Nullable FrameChannel running;

    private AgentClient(long wait) {
        this.deadline = FrameChannel.Deadline.after(Duration.ofMillis(wait));
    }

    /**
     * Runs the command.
     *
     * @param arguments of the program
     */
    public static void main(String[] arguments) {
        var client = new AgentClient(Long.getLong(WAIT, WAIT_DEFAULT));
        Runtime.getRuntime().addShutdownHook(new Thread(client::exiting));
        try {
            FrameChannel worker =
                    client.prepared(Path.of(System.getProperty(SOCKET, "")), arguments);
            client.running = worker;
            worker.send(Frame.of(Frame.Kind.GO), client.deadline);
            client.await(worker);
        } catch (IOException | RuntimeException e) {
            if (Boolean.getBoolean(EXPLAIN))
                System.err.println("xenimage: runs without the agent: " + e.getMessage());
            client.become(arguments);
        }
    }

    /** A worker that has everything it needs, and has not begun. */
    private FrameChannel prepared(Path socket, String[] arguments) throws IOException {
        trust(socket);
        String installation = Installation.id();
        Path worker;
        try (FrameChannel agent = FrameChannel.connect(socket)) {
            agent.send(Frame.of(Frame.Kind.CLAIM, installation), deadline);
            worker = socket.resolveSibling(answer(agent, Frame.Kind.WORKER).getFirst());
        }
        trust(worker);
        FrameChannel connection = FrameChannel.connect(worker);
        try {
            List<String> request = new ArrayList<>();
            request.add(installation);
            request.add(Locale.getDefault(Locale.Category.DISPLAY).toLanguageTag());
            request.add(Locale.getDefault(Locale.Category.FORMAT).toLanguageTag());
            request.addAll(List.of(arguments));
            connection.send(Frame.of(Frame.Kind.RUN, request), deadline);
            answer(connection, Frame.Kind.READY);
            return connection;
        } catch (IOException e) {
            connection.close();
            throw e;
        }
    }

    private static void trust(Path socket) throws IOException {
        var distrust = AgentSocket.distrust(socket);
        if (distrust.isPresent()) throw new IOException(distrust.get());
    }

    private List<String> answer(FrameChannel from, Frame.Kind wanted) throws IOException {
        Frame frame = from.receive(deadline);
        if (frame.kind() == wanted) return frame.texts();
        throw new IOException(
                frame.kind() == Frame.Kind.DECLINED
                        ? String.join("", frame.texts())
                        : "unexpected answer " + frame.kind());
    }

    /** The command has begun, or may have: it is not run again. */
    private void await(FrameChannel worker) {
        int status = -1;
        try {
            Frame frame = worker.await();
            if (frame.kind() == Frame.Kind.ENDED)
                status = Integer.parseInt(frame.texts().getFirst());
        } catch (IOException | RuntimeException e) {
            // There is no status, which is told below.
        }
        finished.countDown();
        ended = true;
        if (status >= 0) System.exit(status);
        synchronized (exit) {
            if (!signalled)
                System.err.println(
                        "xenimage: the agent's worker ended before the command did: it was killed, or lacked memory."
                                + " The output is not complete. Run the command again; with --no-agent it runs in"
                                + " a process of its own");
        }
        System.exit(BUG); // of no effect if a signal is ending this process
    }

    /** Becomes the launcher, which starts the program in this process. */
    private void become(String[] arguments) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty(LAUNCHER, ""));
        command.add(NO_AGENT);
        command.addAll(List.of(arguments));
        var launcher = new ProcessImage(command);
        synchronized (exit) {
            if (!signalled) launcher.become();
        }
        System.exit(BUG);
    }

    /** Runs when this process is about to end. If a signal is the reason, the worker ends its run first. */
    private void exiting() {
        if (ended) return;
        synchronized (exit) {
            signalled = true;
        }
        FrameChannel worker = running;
        if (worker == null) return;
        try {
            worker.send(Frame.of(Frame.Kind.END_RUN), deadline);
            if (finished.await(PATIENCE, TimeUnit.SECONDS)) return;
        } catch (IOException e) {
            // The worker has ended.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
