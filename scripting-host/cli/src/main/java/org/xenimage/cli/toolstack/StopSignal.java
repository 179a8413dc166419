package org.xenimage.cli.toolstack;

import java.io.Closeable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What a signal that ends this process (SIGTERM, SIGINT, SIGHUP) does while an image passes through it.
 *
 * <p>Before the image is agreed to, the process ends at once, and the receiver has nothing to
 * start. Afterwards it first finishes what it agreed to: stopping half-way would leave the receiver
 * with a guest without the state of its devices, or cut off the sender while the two ends decide
 * who owns the guest.
 */
final class StopSignal implements Closeable {
    /** How long the process may continue after a signal, in seconds. */
    private static final long LIMIT = 60;

    private final BooleanSupplier stop;
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread atExit = new Thread(this::received, "stop-signal");

    /**
     * Begins to listen.
     *
     * @param stop keeps the image from being agreed to; false if it is already
     */
    StopSignal(BooleanSupplier stop) {
        this.stop = stop;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Runs when the process is about to end, which waits for it. */
    void received() {
        if (stop.getAsBoolean()) return;
        try {
            if (finished.await(LIMIT, TimeUnit.SECONDS)) return;
            System.err.println("xenimage: stopped " + LIMIT + " seconds after the signal");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops listening: what was agreed to is done. */
    @Override
    public void close() {
        finished.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs, and waits no longer.
        }
    }
}
