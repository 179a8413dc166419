package org.xenimage.cli.agent;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/**
 * Runs the client against an agent and a worker that only speak their part, so that the JVM learns which classes the
 * client needs: the build makes its cache with it. Not meant for users.
 */
public final class ClientTraining {
    private static final String WORKER = "worker.socket";

    private ClientTraining() {}

    /**
     * Runs it, and ends with the status that the worker gives.
     *
     * @param arguments none
     * @throws IOException if the folder for temporary files cannot be written to
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createTempDirectory("xenimage-client");
        try (ServerSocketChannel agent = listen(folder.resolve(AgentSocket.NAME));
                ServerSocketChannel worker = listen(folder.resolve(WORKER))) {
            Thread peer = new Thread(() -> speak(agent, worker, folder));
            peer.setDaemon(true);
            peer.start();
            var _ = new ProcessImage(List.of("launcher")); // what it needs if it is declined
            System.setProperty("xenimage.agent", folder.resolve(AgentSocket.NAME).toString());
            System.setProperty("xenimage.agent.wait", "10000");
            AgentClient.main(new String[] {"info", "image"});
        }
    }

    private static ServerSocketChannel listen(Path socket) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        return server;
    }

    private static void speak(ServerSocketChannel agent, ServerSocketChannel worker, Path folder) {
        var deadline = FrameChannel.Deadline.after(Duration.ofSeconds(10));
        try (FrameChannel claim = new FrameChannel(agent.accept())) {
            claim.receive(deadline);
            claim.send(Frame.of(Frame.Kind.WORKER, WORKER), deadline);
            FrameChannel client = new FrameChannel(worker.accept());
            client.receive(deadline);
            client.send(Frame.of(Frame.Kind.READY), deadline);
            client.receive(deadline);
            Files.delete(folder.resolve(AgentSocket.NAME));
            Files.delete(folder.resolve(WORKER));
            Files.delete(folder);
            client.send(Frame.of(Frame.Kind.ENDED, "0"), deadline);
        } catch (IOException e) {
            System.err.println(e.getMessage());
            Runtime.getRuntime().halt(1);
        }
    }
}
