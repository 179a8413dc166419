package org.xenimage.cli.agent;

import jdk.net.ExtendedSocketOptions;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The agent: listens on its socket, and names a worker to each client of the same user.
 *
 * <p>It sees nothing of a command: clients and workers talk to each other directly.
 */
final class AgentServer implements Closeable {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final ServerSocketChannel server;
    private final Path socket;
    private final boolean inherited;
    private final WarmPool pool;
    private final UserPrincipal user;
    private final String installation;
    private volatile long heard = System.nanoTime();
    private volatile boolean closed;

    private AgentServer(ServerSocketChannel server, Path socket, boolean inherited, WarmPool pool)
            throws IOException {
        this.server = server;
        this.socket = socket;
        this.inherited = inherited;
        this.pool = pool;
        this.user = Files.getOwner(Path.of("/proc/self"));
        this.installation = Installation.id();
    }

    /**
     * Opens the socket: that of systemd if standard input is one, else the user's own.
     *
     * @param launcher starts workers
     * @param warm how many of them
     * @param training rounds of it for each
     */
    static AgentServer open(String launcher, int warm, int training) throws IOException {
        Channel given = System.inheritedChannel();
        if (given instanceof ServerSocketChannel server
                && server.getLocalAddress() instanceof UnixDomainSocketAddress address) {
            Path socket = address.getPath().toAbsolutePath();
            require(AgentSocket.distrust(socket));
            Path folder = folder(socket);
            return new AgentServer(
                    server, socket, true, new WarmPool(launcher, folder, warm, training));
        }
        Path folder = AgentSocket.folder();
        Path parent = folder.getParent();
        if (parent == null || !Files.isDirectory(parent))
            throw new IOException(
                    parent + ": no such folder; set XDG_RUNTIME_DIR to a folder of your own");
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS))
            Files.createDirectory(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        require(AgentSocket.distrustFolder(folder));
        Path socket = folder.resolve(AgentSocket.NAME);
        removeOld(folder, socket);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return new AgentServer(
                    server, socket, false, new WarmPool(launcher, folder, warm, training));
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private static Path folder(Path socket) throws IOException {
        Path folder = socket.getParent();
        if (folder == null) throw new IOException(socket + ": is not in a folder");
        return folder;
    }

    private static void require(Optional<String> distrust) throws IOException {
        if (distrust.isPresent()) throw new IOException(distrust.get());
    }

    /** Sockets of an agent that was killed; one that answers is left alone. */
    private static void removeOld(Path folder, Path socket) throws IOException {
        if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            require(AgentSocket.distrust(socket));
            try (FrameChannel _ = FrameChannel.connect(socket)) {
                throw new AlreadyRunning(socket);
            } catch (AlreadyRunning e) {
                throw e;
            } catch (IOException e) {
                Files.delete(socket);
            }
        }
        try (var left = Files.newDirectoryStream(folder, "worker-*.socket")) {
            for (Path one : left) Files.deleteIfExists(one);
        }
    }

    private static final class AlreadyRunning extends IOException {
        private static final long serialVersionUID = 1L;

        AlreadyRunning(Path socket) {
            super(socket + ": an agent is already running; xenimage agent --stop ends it");
        }
    }

    Path socket() {
        return socket;
    }

    WarmPool pool() {
        return pool;
    }

    /**
     * Serves until it is stopped.
     *
     * @param idle after how long without a client it ends
     */
    void serve(Optional<Duration> idle) throws IOException {
        idle.ifPresent(limit -> daemon("idle", () -> endWhenIdle(limit)));
        try {
            while (true) {
                SocketChannel client = server.accept();
                heard = System.nanoTime();
                daemon("client", () -> answer(client));
            }
        } catch (ClosedChannelException e) {
            // It was stopped.
        }
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void endWhenIdle(Duration limit) {
        try {
            for (long left = limit.toNanos(); left > 0; ) {
                Thread.sleep(Duration.ofNanos(left));
                left = limit.toNanos() - (System.nanoTime() - heard);
            }
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            System.err.println("xenimage agent: " + e.getMessage());
        }
    }

    private void answer(SocketChannel accepted) {
        try (accepted) {
            UserPrincipal peer = accepted.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
            if (!peer.equals(user)) return;
            FrameChannel client = new FrameChannel(accepted);
            FrameChannel.Deadline deadline = FrameChannel.Deadline.after(PATIENCE);
            Frame request = client.receive(deadline);
            client.send(answer(request), deadline);
            if (request.kind() == Frame.Kind.STOP) close();
        } catch (IOException | RuntimeException e) {
            // A client that makes no sense or has gone is its own affair: it runs without the
            // agent.
        }
    }

    private Frame answer(Frame request) throws IOException {
        return switch (request.kind()) {
            case CLAIM -> {
                List<String> texts = request.texts();
                if (texts.size() != 1 || !texts.getFirst().equals(installation))
                    yield Frame.of(Frame.Kind.DECLINED, "the agent is of another installation");
                // A new build in the same folder: workers that start now would run it.
                if (!Installation.id().equals(installation))
                    yield Frame.of(Frame.Kind.DECLINED, "the installation was replaced");
                yield pool.claim()
                        .map(worker -> Frame.of(Frame.Kind.WORKER, worker))
                        .orElseGet(() -> Frame.of(Frame.Kind.DECLINED, "no worker is ready"));
            }
            case STATUS -> Frame.of(Frame.Kind.REPORT, report());
            case STOP -> Frame.of(Frame.Kind.STOP);
            case WORKER, DECLINED, RUN, READY, GO, END_RUN, ENDED, REPORT ->
                    Frame.of(Frame.Kind.DECLINED, "unexpected request");
        };
    }

    private List<String> report() {
        List<String> texts = new ArrayList<>();
        texts.add("process");
        texts.add(String.valueOf(ProcessHandle.current().pid()));
        texts.add("ready");
        texts.add(String.valueOf(pool.ready()));
        texts.add("starting");
        texts.add(String.valueOf(pool.startingOnes()));
        texts.add("taken");
        texts.add(String.valueOf(pool.taken()));
        texts.add("workers");
        texts.add(String.join(" ", pool.processes().stream().map(String::valueOf).toList()));
        return texts;
    }

    /** Ends the agent and the workers that wait; commands that run go on. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) return;
        closed = true;
        pool.close();
        if (!inherited) Files.deleteIfExists(socket);
        server.close();
    }
}
