package org.xenimage.cli.agent;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Plural;
import org.xenimage.cli.output.Subcommand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code xenimage agent}. */
@Needs(agent = false)
@Command(
        name = "agent",
        header = "keep warm processes, which run commands sooner",
        description = {
            "Keeps processes ready in which everything is loaded, until it is stopped. While it runs, the same user's"
                    + " commands are given to them. Nothing else is different: a command that they cannot run"
                    + " runs in its own process.",
            "save, restore, relay, save-helper, console and bulk always run in their own process."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage agent --status",
            "  xenimage agent --warm 1 --idle 3600",
            "  xenimage agent --stop"
        })
public final class AgentCommand extends Subcommand {
    private static final int WARM_MAX = 16;
    private static final int TRAINING_MAX = 100;

    @Option(names = "--status", description = "show what the agent does, and exit")
    private boolean status;

    @Option(names = "--stop", description = "end the agent; commands that run go on")
    private boolean stop;

    @Option(
            names = "--warm",
            paramLabel = "N",
            description = "how many processes to keep ready (default: 2); each serves one command")
    private int warm = 2;

    @Option(
            names = "--idle",
            paramLabel = "SECONDS",
            description = "end after this time without a command (default: never)")
    private Optional<Long> idle = Optional.empty();

    @Option(
            names = "--training",
            paramLabel = "N",
            description =
                    "how many times a process runs what it is trained with before it is ready (default: 3)")
    private int training = 3;

    /** Called by the command line. */
    public AgentCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException, CommandFailed {
        if (status && stop) throw misused("--status and --stop exclude each other");
        if (warm < 1 || warm > WARM_MAX) throw misused("--warm is 1 to " + WARM_MAX);
        if (training < 0 || training > TRAINING_MAX)
            throw misused("--training is 0 to " + TRAINING_MAX);
        if (idle.isPresent() && idle.get() < 1) throw misused("--idle is at least 1");
        return status || stop ? ask() : serve();
    }

    private int ask() throws IOException, CommandFailed {
        Path socket = AgentSocket.running();
        if (!Files.exists(socket)) return absent();
        Optional<String> distrust = AgentSocket.distrust(socket);
        if (distrust.isPresent()) throw new CommandFailed(distrust.get());
        Frame answer;
        FrameChannel.Deadline deadline = FrameChannel.Deadline.after(Duration.ofSeconds(5));
        try (FrameChannel agent = FrameChannel.connect(socket)) {
            agent.send(Frame.of(stop ? Frame.Kind.STOP : Frame.Kind.STATUS), deadline);
            answer = agent.receive(deadline);
        } catch (java.net.ConnectException e) {
            return absent();
        }
        ObjectNode report =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("running", !stop)
                        .put("socket", socket.toString());
        if (stop) {
            if (json()) print(report);
            else notices().println(socket + ": stopped");
            return ExitStatus.FINE;
        }
        List<String> texts = answer.texts();
        for (int i = 0; i + 1 < texts.size(); i += 2) report.put(texts.get(i), texts.get(i + 1));
        if (json()) {
            print(report);
            return ExitStatus.FINE;
        }
        report.properties()
                .forEach(entry ->
                        out().println(
                                        "%-10s %s"
                                                .formatted(
                                                        entry.getKey(),
                                                        entry.getValue().asText())));
        return ExitStatus.FINE;
    }

    private int absent() {
        if (json()) print(JsonNodeFactory.instance.objectNode().put("running", false));
        else out().println("no agent is running");
        return ExitStatus.FINE;
    }

    private int serve() throws IOException, InterruptedException, CommandFailed {
        String launcher = System.getProperty("xenimage.launcher", "");
        if (launcher.isEmpty() || !Files.isRegularFile(Installation.home().resolve("cache/sums")))
            throw new CommandFailed("the agent needs the launcher of a built distribution");
        try (AgentServer agent = AgentServer.open(launcher, warm, training)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(agent)));
            Thread ready = new Thread(() -> tellWhenReady(agent), "ready");
            ready.setDaemon(true);
            agent.pool().start();
            ready.start();
            agent.serve(idle.map(Duration::ofSeconds));
        }
        return ExitStatus.FINE;
    }

    private static void close(AgentServer agent) {
        try {
            agent.close();
        } catch (IOException e) {
            // What it leaves behind, the next agent removes.
        }
    }

    private void tellWhenReady(AgentServer agent) {
        try {
            if (!agent.pool().awaitReady()) return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (json()) {
            print(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("socket", agent.socket().toString())
                            .put("ready", true));
        } else
            notices()
                    .println(
                            agent.socket()
                                    + ": ready, for "
                                    + Plural.of(warm, "command")
                                    + " at a time");
        out().flush();
    }
}
