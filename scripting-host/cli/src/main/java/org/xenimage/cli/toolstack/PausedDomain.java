package org.xenimage.cli.toolstack;

import java.io.Closeable;
import java.io.IOException;

/**
 * A domain that {@code xl save -p} is saving, and leaves paused: it continues unless its image is
 * {@linkplain #keep kept}.
 *
 * <p>That holds too when a signal ends this process meanwhile: the domain continues or its image is
 * in place, never both at once and never neither. If the process is killed, the domain stays paused
 * and complete.
 */
final class PausedDomain implements Closeable {
    /** How long a signal waits for xl to finish or to give up, in seconds. */
    private static final long LIMIT = 5;

    private final XlOptions xl;
    private final String number;
    private final XlProcess saving;
    private final boolean pausing;
    private final Thread atExit = new Thread(this::stopped, "unpause-domain");
    private Fate outcome = Fate.OPEN;

    /** What becomes of the domain. */
    private enum Fate {
        /** Nothing is decided. */
        OPEN,
        /** It continues, or xl let it continue. */
        GOES_ON,
        /** It stays paused although it should continue. */
        STUCK,
        /** xl was killed before it could say. */
        UNKNOWN,
        /** Its image took its place. */
        KEPT
    }

    /** Puts the image in its place. */
    @FunctionalInterface
    interface Commit {
        /**
         * Commits.
         *
         * @throws IOException if the image cannot be put in its place; the domain continues then
         */
        void commit() throws IOException;
    }

    /**
     * A domain that is being saved.
     *
     * @param xl runs xl
     * @param number of the domain
     * @param saving xl save
     * @param pausing whether xl leaves the domain paused; otherwise xl itself lets it continue
     */
    PausedDomain(XlOptions xl, String number, XlProcess saving, boolean pausing) {
        this.xl = xl;
        this.number = number;
        this.saving = saving;
        this.pausing = pausing;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Keeps the image in place of the domain.
     *
     * @param image put in its place by this call
     * @param destroy whether the domain is destroyed then, or stays paused
     * @return the exit status
     * @throws IOException if the image cannot be kept, or a signal came first
     */
    synchronized int keep(Commit image, boolean destroy) throws IOException, InterruptedException {
        if (outcome != Fate.OPEN)
            throw new IOException("stopped by a signal before the image was complete");
        image.commit();
        outcome = Fate.KEPT;
        return destroy ? xl.run("destroy", number) : 0;
    }

    /** Reports the fate of a domain whose image was not kept. */
    synchronized String outcome() {
        return switch (outcome) {
            case GOES_ON -> "domain %s keeps running".formatted(number);
            case UNKNOWN ->
                    "xl save was killed; see 'xl list %s' for domain %s".formatted(number, number);
            case OPEN, STUCK, KEPT ->
                    "domain %s is paused; run 'xl unpause %s'".formatted(number, number);
        };
    }

    /**
     * A signal ends this process: xl finishes, or its stream breaks and it lets the domain
     * continue.
     */
    private synchronized void stopped() {
        if (outcome != Fate.OPEN) return;
        try {
            saving.waitFor(LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        goOn();
    }

    /** Unpauses it, if xl saved it well; if xl did not, it resumed the domain itself. */
    private synchronized void goOn() {
        if (outcome != Fate.OPEN) return;
        outcome = saving.killed() ? Fate.UNKNOWN : Fate.GOES_ON;
        if (!pausing || !saving.endedWell()) return;
        try {
            if (xl.run("unpause", number) == 0) return;
        } catch (IOException e) {
            System.err.println("xenimage: xl unpause: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        outcome = Fate.STUCK;
    }

    @Override
    public void close() {
        goOn();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs, and finds that all is decided.
        }
    }
}
