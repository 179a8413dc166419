package org.xenimage.cli.agent;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The workers of an agent. Safe for use by several threads.
 *
 * <p>One starts at a time, because its training keeps a processor busy; and where a worker was taken, only when its
 * command is done or takes long: commands come first.
 */
final class WarmPool implements Closeable {
    /** Of the agent's environment; a worker gets its client's later. */
    private static final List<String> VARIABLES = List.of("HOME", "JAVA_HOME", "PATH", "LANG");

    /** A worker that nobody came to is offered again. */
    private static final long OFFER = 1_000_000_000L;

    /** How long a command keeps the next worker from being started, in milliseconds. */
    private static final long COMMAND = 2_000;

    private static final int FAILURES = 5;

    private final String launcher;
    private final Path folder;
    private final int size;
    private final int training;
    private final List<Worker> workers = new ArrayList<>();
    private int started;
    private int taken;
    private int failures;
    private boolean closed;

    WarmPool(String launcher, Path folder, int size, int training) {
        this.launcher = launcher;
        this.folder = folder;
        this.size = size;
        this.training = training;
    }

    private enum State {
        STARTING,
        READY,
        OFFERED
    }

    private static final class Worker {
        private final Process process;
        private final Path socket;
        private State state = State.STARTING;
        private long offered;

        Worker(Process process, Path socket) {
            this.process = process;
            this.socket = socket;
        }

        /** Also again, if the client that it was offered to did not come. */
        boolean canBeOffered(long now) {
            boolean again = state == State.OFFERED && now - offered > OFFER;
            return (state == State.READY || again) && Files.exists(socket);
        }
    }

    /** Begins to keep workers ready. */
    void start() {
        daemon("workers", this::keep);
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void keep() {
        try {
            while (true) {
                Worker worker;
                synchronized (this) {
                    while (!closed && (workers.size() >= size || starting())) wait();
                    if (closed) return;
                    worker = begin();
                }
                watch(worker);
                Duration pause = Duration.ZERO;
                synchronized (this) {
                    while (worker.state == State.STARTING && workers.contains(worker)) wait();
                    if (worker.state == State.STARTING)
                        pause = Duration.ofSeconds(1L << Math.min(failures, FAILURES));
                }
                Thread.sleep(pause);
            }
        } catch (IOException e) {
            System.err.println("xenimage agent: no worker can be started: " + e.getMessage());
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean starting() {
        return workers.stream().anyMatch(worker -> worker.state == State.STARTING);
    }

    private Worker begin() throws IOException {
        started++;
        Path socket =
                folder.resolve(
                        "worker-%d-%d.socket".formatted(ProcessHandle.current().pid(), started));
        var builder =
                new ProcessBuilder(
                        launcher, "--agent-worker", socket.toString(), String.valueOf(training));
        builder.directory(Path.of("/").toFile());
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(VARIABLES);
        Worker worker = new Worker(builder.start(), socket);
        workers.add(worker);
        return worker;
    }

    /** Follows a worker until it is taken or gone. */
    private void watch(Worker worker) {
        daemon(
                "worker " + worker.process.pid(),
                () -> {
                    try (BufferedReader lines = worker.process.inputReader()) {
                        for (String line = lines.readLine(); line != null; line = lines.readLine())
                            if (line.equals(WarmWorker.READY)) ready(worker);
                    } catch (IOException e) {
                        // The same as its end.
                    }
                    gone(worker);
                });
    }

    private synchronized void ready(Worker worker) {
        worker.state = State.READY;
        failures = 0;
        notifyAll();
    }

    private void gone(Worker worker) {
        boolean wasTaken;
        synchronized (this) {
            wasTaken = worker.state == State.OFFERED;
            if (wasTaken) taken++;
            else failures++;
        }
        try {
            if (wasTaken) worker.process.waitFor(COMMAND, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            workers.remove(worker);
            notifyAll();
        }
    }

    /** The name of a worker's socket; empty if none is ready. */
    synchronized Optional<String> claim() {
        long now = System.nanoTime();
        for (Worker worker : workers) {
            if (!worker.canBeOffered(now)) continue;
            worker.state = State.OFFERED;
            worker.offered = now;
            return Optional.of(String.valueOf(worker.socket.getFileName()));
        }
        return Optional.empty();
    }

    /** Waits until a worker is ready; false if the pool is closed. */
    synchronized boolean awaitReady() throws InterruptedException {
        while (!closed && ready() == 0) wait();
        return !closed && ready() > 0;
    }

    synchronized int ready() {
        long now = System.nanoTime();
        return (int) workers.stream().filter(worker -> worker.canBeOffered(now)).count();
    }

    synchronized int startingOnes() {
        return (int) workers.stream().filter(worker -> worker.state == State.STARTING).count();
    }

    synchronized int taken() {
        return taken;
    }

    /** The processes that wait for a command, or will. */
    synchronized List<Long> processes() {
        return workers.stream().map(worker -> worker.process.pid()).toList();
    }

    /** Ends the workers that wait; commands that run go on. */
    @Override
    public synchronized void close() {
        closed = true;
        for (Worker worker : workers) {
            try {
                worker.process.getOutputStream().close(); // it ends with this
                if (worker.state != State.OFFERED) {
                    worker.process.destroy();
                    Files.deleteIfExists(worker.socket);
                }
            } catch (IOException e) {
                // It has ended already.
            }
        }
        workers.clear();
        notifyAll();
    }
}
