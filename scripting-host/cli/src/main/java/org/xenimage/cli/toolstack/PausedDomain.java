package org.xenimage.cli.toolstack;

import java.io.Closeable;
import java.io.IOException;

/**
 * A domain that {@code xl save -p} is saving, and leaves paused: it goes on unless somebody says that its image is safe.
 *
 * <p>That holds too when this process is ended meanwhile. If it is killed, the domain stays paused and whole.
 */
final class PausedDomain implements Closeable {
    private final XlOptions xl;
    private final String number;
    private final XlProcess saving;
    private final Thread atExit = new Thread(this::goOn, "unpause-domain");
    private boolean settled;

    PausedDomain(XlOptions xl, String number, XlProcess saving) {
        this.xl = xl;
        this.number = number;
        this.saving = saving;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Says that the image is safe: the domain is no longer to go on. */
    synchronized void settle() {
        settled = true;
    }

    /** Unpauses it, if xl saved it well; if xl did not, it resumed the domain itself. */
    private synchronized void goOn() {
        if (settled || !saving.endedWell()) return;
        settled = true;
        try {
            if (xl.run("unpause", number) != 0)
                System.err.println("xenimage: domain " + number + ": is paused; xl unpause it");
        } catch (IOException e) {
            System.err.println("xenimage: domain " + number + ": is paused: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        goOn();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs, and finds that all is settled.
        }
    }
}
