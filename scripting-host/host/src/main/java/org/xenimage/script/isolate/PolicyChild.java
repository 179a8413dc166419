package org.xenimage.script.isolate;

import java.io.EOFException;
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
 * The process of one policy, as the host sees it: a JVM with the class path and the options of this one, its own heap,
 * no environment variables except {@code LC_ALL}, and only pipes to the host as streams.
 *
 * <p>{@link #start} returns at once; the first {@link #receive} waits until the process is ready. If the process is
 * late, ends, or sends an invalid message, it is killed, and the request fails with a {@link ChildFailure}. It ends by
 * itself when the host does, because its pipes are closed. For one thread; its readers are daemons.
 */
public final class PolicyChild implements AutoCloseable {
    /** JVM options that the child inherits: without them it would start slowly, or not at all. */
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

    /** How much of its error output is kept, to report why it did not start. */
    private static final int COMPLAINT = 2000;

    /** How many bytes of messages are queued before the process has to wait. A longer message is queued alone. */
    private static final int WAITING = 1 << 20;

    /** How much of that a message without fields counts for. */
    private static final int OVERHEAD = 1 << 10;

    private static final int SIGNALLED = 128;

    private final Process process;
    private final MessageStream stream;
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Semaphore waiting = new Semaphore(WAITING);
    private final StringBuilder complaints = new StringBuilder();
    private volatile boolean killed;
    private boolean ready;
    private long errands;

    /** A message, the end of the stream, or the end of work that the host did meanwhile. */
    private sealed interface Arrival {
        record Came(Message message, int weight) implements Arrival {}

        record Ended(Optional<IOException> why) implements Arrival {}

        record Worked(long errand) implements Arrival {}
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
                        // Neither finalizers nor handlers of signals, whose threads are the JVM's.
                        "--finalization=disabled",
                        "-Xrs",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:+SuppressFatalErrorMessage",
                        "-XX:TieredStopAtLevel=1",
                        "-Dfile.encoding=UTF-8",
                        "-cp",
                        classPath(),
                        main));
        return command;
    }

    /** The class path and module path of this program, with absolute paths. */
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

    /** Reads its error output, so that it never blocks on writing it, and keeps the beginning. */
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
            // The process has ended, and there is no more output.
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
        return receive(patience, new CompletableFuture<>()).orElseThrow();
    }

    /**
     * Waits for a message, or for the end of work that the process waits for.
     *
     * @param patience how long; a process whose work and messages take longer is killed
     * @param work on another thread
     * @return the message; empty if the work ended before one came
     * @throws ChildFailure if neither comes
     */
    public Optional<Message> receive(Duration patience, CompletableFuture<?> work)
            throws ChildFailure {
        if (killed) throw ended(Optional.empty());
        long errand = ++errands;
        CompletableFuture<?> _ =
                work.whenComplete((_, _) -> arrivals.add(new Arrival.Worked(errand)));
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (true) {
                switch (arrivals.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    case Arrival.Came(Message message, int weight) -> {
                        waiting.release(weight);
                        ready = true;
                        return Optional.of(message);
                    }
                    case Arrival.Worked(long done) -> {
                        if (done == errand) return Optional.empty();
                    }
                    case Arrival.Ended(var why) -> throw ended(why);
                    case null -> {
                        kill();
                        throw new ChildFailure(
                                "did not answer within %d s, and its process was killed"
                                        .formatted(patience.toSeconds()));
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill();
            throw new ChildFailure("was interrupted", e);
        }
    }

    /**
     * Kills the process because it broke the protocol.
     *
     * @param problem with its message
     * @return the failure
     */
    public ChildFailure broken(BrokenProtocol problem) {
        kill();
        return new ChildFailure(
                "broke the protocol of its process: " + problem.getMessage(), problem);
    }

    private ChildFailure ended(Optional<IOException> why) {
        int status;
        try {
            // A process that died in a message did not break the protocol; it is given time to be
            // dead.
            if (why.isPresent()
                    && why.get() instanceof BrokenProtocol broken
                    && !(broken.getCause() instanceof EOFException
                            && process.waitFor(5, TimeUnit.SECONDS))) return broken(broken);
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

    /** {@return the process ID} */
    public long pid() {
        return process.pid();
    }

    /** {@return whether it is still running} */
    public boolean alive() {
        return process.isAlive();
    }

    private void kill() {
        killed = true;
        process.destroyForcibly();
        waiting.release(WAITING); // its reader comes to the end of the pipe, and ends
    }

    /** Kills the process. */
    @Override
    public void close() {
        kill();
    }
}
