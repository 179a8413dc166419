package org.xenimage.cli.agent;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * A worker: waits for one client, takes its place, runs its command and ends.
 *
 * <p>Its standard output is a pipe to the agent until then: one line when it is ready; its end tells that the worker is
 * taken or gone. Its standard input is a pipe that ends with the agent.
 */
public final class WarmWorker {
    /** The line that tells the agent that a client may come. */
    static final String READY = "ready";

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Twice what the steps before the beginning may take together. */
    private static final Duration STUCK = Duration.ofSeconds(10);

    /** The status of a process that SIGTERM ended. */
    private static final int TERMINATED = 143;

    /** Words that mean something else in this process than in the client's, if they are in a name. */
    private static final List<String> OWN_FILES = List.of("/dev/fd/", "/dev/tty", "/proc/");

    private final ToIntFunction<String[]> program;
    private volatile boolean taken;
    private volatile boolean ended;
    private boolean begun;

    private WarmWorker(ToIntFunction<String[]> program) {
        this.program = program;
    }

    /**
     * Waits, runs, and ends the process.
     *
     * @param socket to listen on, in the agent's folder
     * @param program runs a command line on the standard streams of this process, and gives its exit status
     * @throws IOException if it cannot listen
     */
    public static void serve(Path socket, ToIntFunction<String[]> program) throws IOException {
        new WarmWorker(program).serve(socket);
    }

    private void serve(Path socket) throws IOException {
        String installation = Installation.id();
        daemon("agent", () -> endWithAgent(socket));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket), 1);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            tell(READY);
            SocketChannel client;
            try {
                client = server.accept();
            } finally {
                Files.deleteIfExists(socket);
            }
            taken = true;
            daemon("limit", this::endIfStuck);
            serve(client, installation);
        } catch (IOException e) {
            // Nothing has begun: the client has gone, and its streams are not for this process's
            // complaints.
            if (!taken) throw e;
        }
        Runtime.getRuntime().halt(0); // nothing has begun
    }

    private static void tell(String line) throws IOException {
        // Not closed: the descriptor is the process's.
        new FileOutputStream(FileDescriptor.out)
                .write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** The agent's end of standard input is closed when the agent ends. */
    private void endWithAgent(Path socket) {
        try {
            // Nothing is ever sent, and this is not read again: later it is the client's.
            int _ = new FileInputStream(FileDescriptor.in).read();
        } catch (IOException e) {
            // The same as its end.
        }
        if (taken) return;
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            // The next agent removes it.
        }
        Runtime.getRuntime().halt(0);
    }

    private void endIfStuck() {
        try {
            Thread.sleep(STUCK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            if (!begun) Runtime.getRuntime().halt(0);
        }
    }

    private void serve(SocketChannel accepted, String installation) throws IOException {
        WorkerCalls.Peer peer = WorkerCalls.peer(Adoption.descriptor(accepted));
        FrameChannel client = new FrameChannel(accepted);
        if (peer.user() != AgentSocket.user()) {
            client.close();
            return;
        }
        FrameChannel.Deadline deadline = FrameChannel.Deadline.after(PATIENCE);
        String[] arguments;
        try {
            Frame request = client.receive(deadline);
            List<String> words = request.texts();
            if (request.kind() != Frame.Kind.RUN || words.size() < 3)
                throw new IOException("unexpected request");
            if (!words.getFirst().equals(installation))
                throw new IOException("another installation of xenimage");
            arguments = words.subList(3, words.size()).toArray(String[]::new);
            adopt(peer.process(), words, arguments);
        } catch (IOException | RuntimeException e) {
            client.send(Frame.of(Frame.Kind.DECLINED, String.valueOf(e.getMessage())), deadline);
            return;
        }
        client.send(Frame.of(Frame.Kind.READY), deadline);
        if (client.receive(deadline).kind() != Frame.Kind.GO) return;
        synchronized (this) {
            begun = true;
        }
        daemon("client", () -> endWithClient(client));
        int status = program.applyAsInt(arguments);
        ended = true;
        Adoption.releaseStreams();
        try {
            client.send(
                    Frame.of(Frame.Kind.ENDED, String.valueOf(status)),
                    FrameChannel.Deadline.after(PATIENCE));
        } catch (IOException e) {
            // It was killed, and nobody wants the status.
        }
        System.exit(status);
    }

    private static void adopt(int process, List<String> words, String[] arguments)
            throws IOException {
        ClientProcess client = new ClientProcess(process);
        Optional<String> difference = client.difference();
        if (difference.isPresent())
            throw new IOException("the agent has " + difference.get() + " than this process");
        for (String argument : arguments)
            for (String own : OWN_FILES)
                if (argument.contains(own))
                    throw new IOException(argument + " is the process's own");
        int[] streams = Adoption.streams(process, client);
        Adoption.adopt(client, words.get(1), words.get(2));
        Adoption.setStreams(streams);
    }

    /**
     * A client that received a signal says so; one that was killed is gone. Either ends this process as SIGTERM does.
     */
    private void endWithClient(FrameChannel client) {
        try {
            Frame _ = client.await();
        } catch (IOException e) {
            // It is gone.
        }
        if (!ended) System.exit(TERMINATED);
    }
}
