package org.xenimage.cli.toolstack;

/** A command of xl at the other end of a FIFO. */
final class XlProcess {
    private final Process process;

    XlProcess(Process process) {
        this.process = process;
    }

    /** Lets nobody wait for the other end of the FIFO once the process is gone. */
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

    /** Waits until it ends, which it does when the stream is closed, and returns its exit status. */
    int status() throws InterruptedException {
        return process.waitFor();
    }
}
