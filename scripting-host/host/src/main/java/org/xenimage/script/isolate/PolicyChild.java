package org.xenimage.script.isolate;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The process of one policy, seen from the host: a JVM with the class path and the options of this one, a heap of its
 * own, no environment, and no stream but two pipes.
 *
 * <p>{@link #start} returns at once; the first {@link #receive} waits until the process is ready. A process that is
 * late, ends, or says something that is no message is killed, and what was asked of it fails with a {@link
 * ChildFailure}. It ends by itself when the host does, because its pipes end. For one thread; its readers are daemons.
 */
public final class PolicyChild implements AutoCloseable {
    /** Options of the JVM that are the child's as well: they decide how fast it starts, and whether it runs at all. */
    private static final List<String> INHERITED =
            List.of(
                    "-XX:AOTCache=",
                    "-XX:+UnlockDiagnosticVMOptions",
                    "-XX:ArchiveRelocationMode=",
                    "-XX:CompileThresholdScaling=",
                    "-XX:+UnlockExperimentalVMOptions",
                    "-XX:+EnableJVMCI",
                    "--upgrade-module-path",
                    "--enable-native-access",
                    "--sun-misc-unsafe-memory-access",
                    "-Dpolyglot.");

    /** How much of its complaints is kept, to say why it did not start. */
    private static final int COMPLAINT = 2000;

    /** How many bytes of messages may wait; the process waits when there are more. A longer message waits alone. */
    private static final int WAITING = 1 << 20;

    /** What a message without fields takes of that. */
    private static final int OVERHEAD = 1 << 10;

    private static final int SIGNALLED = 128;

    private final Process process;
    private final MessageStream stream;
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Semaphore waiting = new Semaphore(WAITING);
    private final StringBuilder complaints = new StringBuilder();
    private volatile boolean killed;
    private boolean ready;

    /** What a reader found: a message, or the end. */
    private sealed interface Arrival {
        record Came(Message message, int weight) implements Arrival {}

        record Ended(Optional<IOException> why) implements Arrival {}
    }

    private PolicyChild(Process process) {
        this.process = process;
        this.stream =
                new MessageStream(
                        process.getInputStream(),
                        process.getOutputStream(),
                        MessageKind.Sender.POLICY);
    }

    /**
     * Starts a process.
     *
     * @param main the class to run
     * @param heap of the process, in MiB
     * @return the process
     * @throws IOException if no process can be started
     */
    public static PolicyChild start(String main, int heap) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(main, heap));
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("LC_ALL", "C.UTF-8");
        builder.directory(new File("/"));
        PolicyChild child = new PolicyChild(builder.start());
        child.daemon("messages", child::read);
        child.daemon("complaints", child::listen);
        return child;
    }

    private static List<String> command(String main, int heap) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments())
            if (INHERITED.stream().anyMatch(option::startsWith)) command.add(option);
        command.addAll(
                List.of(
                        "-Xlog:disable",
                        "-Xmx" + heap + "m",
                        "-XX:MaxDirectMemorySize=" + heap + "m",
                        "-XX:MaxMetaspaceSize=256m",
                        "-XX:+UseSerialGC",
                        "-XX:-UsePerfData",
                        "-XX:+DisableAttachMechanism",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:+SuppressFatalErrorMessage",
                        "-XX:TieredStopAtLevel=1",
                        "-Dfile.encoding=UTF-8",
                        "-cp",
                        classPath(),
                        main));
        return command;
    }

    /** All that this program's classes come from, by absolute names. */
    private static String classPath() {
        List<String> entries = new ArrayList<>();
        for (String property : List.of("java.class.path", "jdk.module.path"))
            for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1))
                if (!entry.isEmpty()) entries.add(Path.of(entry).toAbsolutePath().toString());
        return String.join(File.pathSeparator, entries);
    }

    private void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, "policy process " + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void read() {
        Optional<IOException> why = Optional.empty();
        int[] weight = new int[1];
        try {
            while (true) {
                Optional<Message> message =
                        stream.receive(length -> {
                            weight[0] = (int) Math.min(WAITING, OVERHEAD + length);
                            waiting.acquireUninterruptibly(weight[0]);
                        });
                if (message.isEmpty()) break;
                arrivals.add(new Arrival.Came(message.get(), weight[0]));
            }
        } catch (IOException e) {
            why = Optional.of(e);
        } catch (OutOfMemoryError e) {
            why = Optional.of(new BrokenProtocol("a message larger than there is memory for", e));
        }
        arrivals.add(new Arrival.Ended(why));
    }

    /** Takes what it complains of, so that it never waits for that; the beginning is kept. */
    private void listen() {
        byte[] chunk = new byte[4096];
        try (InputStream errors = process.getErrorStream()) {
            for (int count = errors.read(chunk); count >= 0; count = errors.read(chunk)) {
                synchronized (complaints) {
                    if (complaints.length() < COMPLAINT)
                        complaints.append(new String(chunk, 0, count, StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            // It is gone, and has nothing more to say.
        }
    }

    /**
     * Sends a message.
     *
     * @param message to send
     * @param patience how long the process may take to read it; one that takes longer is killed
     * @throws ChildFailure if the process is gone
     */
    public void send(Message message, Duration patience) throws ChildFailure {
        CompletableFuture<Boolean> late =
                new CompletableFuture<Boolean>()
                        .completeOnTimeout(true, patience.toMillis(), TimeUnit.MILLISECONDS);
        // A write to a full pipe waits for ever for a process that does not read.
        CompletableFuture<Void> _ = late.thenRun(this::kill);
        try {
            stream.send(message);
        } catch (IOException e) {
            if (!late.getNow(false)) throw ended(Optional.empty());
            throw new ChildFailure(
                    "did not read what it was sent within %d s, and its process was killed"
                            .formatted(patience.toSeconds()),
                    e);
        } finally {
            late.cancel(false);
        }
    }

    /**
     * Waits for a message.
     *
     * @param patience how long; a process that takes longer is killed
     * @return the message
     * @throws ChildFailure if none comes
     */
    public Message receive(Duration patience) throws ChildFailure {
        if (killed) throw ended(Optional.empty());
        try {
            return switch (arrivals.poll(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                case Arrival.Came(Message message, int weight) -> {
                    waiting.release(weight);
                    ready = true;
                    yield message;
                }
                case Arrival.Ended(var why) -> throw ended(why);
                case null -> {
                    kill();
                    throw new ChildFailure(
                            "did not answer within %d s, and its process was killed"
                                    .formatted(patience.toSeconds()));
                }
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill();
            throw new ChildFailure("was interrupted", e);
        }
    }

    /**
     * Ends the process, because of what it said.
     *
     * @param problem with that
     * @return the failure
     */
    public ChildFailure broken(BrokenProtocol problem) {
        kill();
        return new ChildFailure(
                "broke the protocol of its process: " + problem.getMessage(), problem);
    }

    private ChildFailure ended(Optional<IOException> why) {
        if (why.isPresent() && why.get() instanceof BrokenProtocol broken && process.isAlive())
            return broken(broken);
        int status;
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) kill();
            status = process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill();
            return new ChildFailure("was interrupted", e);
        }
        String how =
                status > SIGNALLED
                        ? "was ended by signal " + (status - SIGNALLED)
                        : "ended with status " + status;
        if (ready) return new ChildFailure("lost its process, which " + how);
        String said;
        synchronized (complaints) {
            said = complaints.toString().strip();
        }
        return new ChildFailure(
                "could not be isolated: its process "
                        + how
                        + (said.isEmpty()
                                ? ""
                                : " and said: " + said.lines().findFirst().orElse("")));
    }

    /** {@return the number of the process} */
    public long pid() {
        return process.pid();
    }

    /** {@return whether it has not ended} */
    public boolean alive() {
        return process.isAlive();
    }

    private void kill() {
        killed = true;
        process.destroyForcibly();
        waiting.release(WAITING); // its reader comes to the end of the pipe, and ends
    }

    /** Ends the process, whatever it does. */
    @Override
    public void close() {
        kill();
    }
}
