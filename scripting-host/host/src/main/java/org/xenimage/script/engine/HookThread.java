package org.xenimage.script.engine;

import com.sun.management.ThreadMXBean;

import org.xenimage.script.policy.Limits;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The one thread that enters a script's context, watched by the thread that waits for it.
 *
 * <p>The caller of {@link #limited} is the watchdog: it checks clock and allocation while it waits,
 * interrupts the script when a limit is exceeded, and abandons the thread if the script does not
 * stop within a grace period. What passes while a debugger holds the script does not count. The thread is a daemon, so
 * that a script that cannot be stopped does not keep the process.
 */
final class HookThread implements AutoCloseable {
    /** Deep recursion in a script is recursion of the interpreter; address space only, until it is used. */
    private static final long STACK = 64L << 20;

    private static final long FIRST_LOOK_MILLIS = 20;
    private static final long LOOK_MILLIS = 5;
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final String name;
    private final boolean inspected;
    private final ExecutorService executor;
    private final AtomicReference<Thread> worker = new AtomicReference<>();
    private Optional<ThreadMXBean> meter = Optional.empty();
    private Duration spent = Duration.ZERO;
    private long spentProcessor;
    private long spentAllocation;
    private boolean stopped;
    private boolean stuck;
    private volatile boolean abandoned;

    /** A thread that a debugger may hold if it is inspected. */
    HookThread(String name, boolean inspected) {
        this.name = name;
        this.inspected = inspected;
        this.executor =
                Executors.newSingleThreadExecutor(task -> {
                    Thread thread = new Thread(null, task, name, STACK);
                    thread.setDaemon(true);
                    worker.set(thread);
                    return thread;
                });
    }

    /** A task without limits, started now; the next call waits for it. */
    <T> Future<T> begin(Callable<T> task) {
        return executor.submit(task);
    }

    /** Reads the management classes while the other thread is busy anyway. */
    void prepareMeter() {
        if (meter.isEmpty() && ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean) {
            meter = Optional.of(bean);
            if (!bean.isThreadAllocatedMemoryEnabled()) bean.setThreadAllocatedMemoryEnabled(true);
        }
    }

    /** Whether a task ends within the grace time; what it throws does not matter. */
    boolean ends(Callable<?> task) {
        Future<?> future = executor.submit(task);
        try {
            future.get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Waits for a task, also while this thread is interrupted, which it is again afterwards. */
    static <T> T get(Future<T> future) throws ExecutionException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    /**
     * Runs a task under limits.
     *
     * @param task to run
     * @param limits for it
     * @param stop asks for its end; may wait for it
     * @return what the task returned
     * @throws ExecutionException with what the task threw
     * @throws ScriptFailure if a limit was passed
     */
    <T> T limited(Callable<T> task, Limits limits, Runnable stop)
            throws ExecutionException, ScriptFailure {
        if (stuck)
            throw new ScriptFailure(ScriptFailure.Kind.STUCK, "an earlier call is still running");
        prepareMeter();
        var usage = new Usage(limits);
        Future<T> future = executor.submit(task);
        long look = inspected ? LOOK_MILLIS : FIRST_LOOK_MILLIS;
        Optional<String> broken = Optional.empty();
        long asked = 0;
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    T result = future.get(look, TimeUnit.MILLISECONDS);
                    usage.ended();
                    broken = broken.or(usage::exceeded);
                    if (broken.isPresent())
                        throw new ScriptFailure(ScriptFailure.Kind.LIMIT, broken.get());
                    return result;
                } catch (TimeoutException e) {
                    look = LOOK_MILLIS;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    usage.ended();
                    broken = broken.or(usage::exceeded);
                    if (broken.isPresent())
                        throw new ScriptFailure(
                                ScriptFailure.Kind.LIMIT, broken.get(), SourcePlace.UNKNOWN, e);
                    throw e;
                }
                if (abandoned) {
                    stuck = true;
                    throw new ScriptFailure(ScriptFailure.Kind.STUCK, "did not stop when asked to");
                }
                if (broken.isEmpty()) {
                    usage.look();
                    broken = usage.late().or(usage::exceeded);
                    if (broken.isEmpty()) continue;
                    stop(stop);
                    asked = System.nanoTime();
                } else if (System.nanoTime() - asked > GRACE.toNanos()) {
                    stuck = true;
                    throw new ScriptFailure(
                            ScriptFailure.Kind.STUCK,
                            broken.get()
                                    + ", and the script did not stop within "
                                    + format(GRACE)
                                    + " of being asked to");
                }
            }
        } finally {
            usage.end();
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    /** The time that all calls took together. */
    Duration spent() {
        return spent;
    }

    /** Interrupts the script on a separate thread, because interrupting waits for the script. */
    private void stop(Runnable stop) {
        stopped = true;
        Thread stopper = new Thread(null, stop, name + " stop");
        stopper.setDaemon(true);
        stopper.start();
    }

    /** What one call uses, without what passes while a debugger holds it. */
    private final class Usage {
        private final Limits limits;
        private long began = System.nanoTime();
        private long before = allocated();
        private long computed = computed();
        private long seen = began;
        private long seenAllocated = before;
        private long seenComputed = computed;
        private boolean held;

        Usage(Limits limits) {
            this.limits = limits;
        }

        /** Looks whether a debugger holds the thread; if so, or if it did at the last look, what passed is left out. */
        void look() {
            Thread thread = worker.get();
            if (!inspected || thread == null) return;
            boolean holds = DebuggerStop.holds(thread);
            if (holds || held) leaveOut();
            seen = System.nanoTime();
            seenAllocated = allocated();
            seenComputed = HookThread.this.computed();
            held = holds;
        }

        /** The call has ended: if a debugger held it at the last look, it went on just now. */
        void ended() {
            if (held) leaveOut();
            held = false;
        }

        private void leaveOut() {
            began += System.nanoTime() - seen;
            before += allocated() - seenAllocated;
            computed += HookThread.this.computed() - seenComputed;
        }

        /** Whether the time is up. */
        Optional<String> late() {
            long took = System.nanoTime() - began;
            if (took > limits.time().toNanos())
                return Optional.of("ran longer than its limit of " + format(limits.time()));
            return spent.toNanos() + took > limits.run().time().toNanos()
                    ? Optional.of(
                            "ran longer than its limit of %s in one run"
                                    .formatted(format(limits.run().time())))
                    : Optional.empty();
        }

        /** Whether this call or all of the run used too much, apart from time. */
        Optional<String> exceeded() {
            long bytes = allocated() - before;
            if (bytes > limits.allocation())
                return Optional.of(
                        "allocated more than its limit of " + limits.allocation() / 1024 + " KiB");
            if (spentAllocation + bytes > limits.run().allocation())
                return Optional.of(
                        "allocated more than its limit of %d KiB in one run"
                                .formatted(limits.run().allocation() / 1024));
            long took = HookThread.this.computed() - computed;
            if (took > limits.processor().toNanos())
                return Optional.of(
                        "took more processor time than its limit of " + format(limits.processor()));
            return spentProcessor + took > limits.run().processor().toNanos()
                    ? Optional.of(
                            "took more processor time than its limit of %s in one run"
                                    .formatted(format(limits.run().processor())))
                    : Optional.empty();
        }

        void end() {
            spent = spent.plusNanos(System.nanoTime() - began);
            spentProcessor += HookThread.this.computed() - computed;
            spentAllocation += allocated() - before;
        }
    }

    /** The processor time of the thread. */
    private long computed() {
        Thread thread = worker.get();
        return meter.isEmpty() || thread == null
                ? 0
                : Math.max(0, meter.get().getThreadCpuTime(thread.threadId()));
    }

    private long allocated() {
        Thread thread = worker.get();
        return meter.isEmpty() || thread == null
                ? 0
                : Math.max(0, meter.get().getThreadAllocatedBytes(thread.threadId()));
    }

    private static String format(Duration time) {
        long millis = time.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }

    /** Stops waiting for a script that was interrupted and does not stop. */
    void abandon() {
        abandoned = true;
    }

    /** Whether a call was stopped: the context is of no use any more. */
    boolean stopped() {
        return stopped;
    }

    boolean stuck() {
        return stuck;
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
