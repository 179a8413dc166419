package org.xenimage.cli.toolstack;

import java.util.concurrent.TimeUnit;

/** A command of xl at the other end of a FIFO. */
final class XlProcess {
    /** An exit status above this is that of a signal. */
    private static final int SIGNALLED = 128;

    private final Process process;

    XlProcess(Process process) {
        this.process = process;
    }

    /** Releases waiters for the other end of the FIFO once the process has ended. */
    void watch(Fifo fifo) {
        Thread.ofPlatform()
                .daemon()
                .name("xl")
                .start(() -> {
                    try {
                        process.waitFor();
                        fifo.giveUp();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    /** Whether it ended well already. */
    boolean endedWell() {
        return !process.isAlive() && process.exitValue() == 0;
    }

    /** Whether a signal ended it. */
    boolean killed() {
        return !process.isAlive() && process.exitValue() > SIGNALLED;
    }

    /** Waits for a while until it ends. */
    void waitFor(long seconds) throws InterruptedException {
        boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
        if (!ended) System.err.println("xenimage: xl does not exit");
    }

    /** Waits until it ends, which it does when the stream is closed, and returns its exit status. */
    int status() throws InterruptedException {
        return process.waitFor();
    }
}
