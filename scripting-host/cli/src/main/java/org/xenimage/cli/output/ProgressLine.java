package org.xenimage.cli.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * A line on the terminal for work that takes longer than a second: how far, how fast, how long still.
 *
 * <p>Silent where standard error is not a terminal. The working thread calls it between elements.
 * It checks only the clock, and costs at most one system call per quarter of a second.
 */
public final class ProgressLine {
    private static final long FIRST = 1_000_000_000L;
    private static final long STEP = 250_000_000L;

    private final TextOutput terminal;
    private final boolean enabled;
    private final long start = System.nanoTime();
    private long next = start + FIRST;
    private boolean drawn;

    /**
     * A progress line.
     *
     * @param terminal standard error
     * @param wanted whether to show it on a terminal
     */
    ProgressLine(TextOutput terminal, boolean wanted) {
        this.terminal = terminal;
        this.enabled = wanted && isTerminal(2);
    }

    /**
     * Whether a descriptor of this process is a terminal.
     *
     * @param descriptor 0, 1 or 2
     * @return false also if it is unknown
     */
    public static boolean isTerminal(int descriptor) {
        Path link = Path.of("/proc/self/fd/" + descriptor);
        try {
            if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) return false;
            String target = Files.readSymbolicLink(link).toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Reports progress.
     *
     * @param read how far the image was read
     */
    public void at(org.xenimage.image.spi.Progress read) {
        if (!enabled) return;
        long now = System.nanoTime();
        if (now < next) return;
        next = now + STEP;
        drawn = true;
        terminal.redraw(line(read.bytes(), read.of(), now - start));
    }

    /**
     * Reports progress over several files.
     *
     * @param files the progress in files, in words
     * @param bytes worked on
     * @param all bytes to process
     */
    public void at(String files, long bytes, long all) {
        if (!enabled) return;
        long now = System.nanoTime();
        if (now < next) return;
        next = now + STEP;
        drawn = true;
        terminal.redraw(files + ", " + line(bytes, OptionalLong.of(all), now - start));
    }

    /** Removes the line. */
    public void done() {
        if (!drawn) return;
        terminal.redraw("");
        drawn = false;
    }

    static String line(long bytes, OptionalLong size, long nanos) {
        double seconds = nanos / 1e9;
        double rate = bytes / seconds;
        String done = "%s, %s/s".formatted(bytes(bytes), bytes(Math.round(rate)));
        if (size.isEmpty() || rate == 0) return done;
        long left = Math.round((size.getAsLong() - bytes) / rate);
        return "%s of %s, %d %%, %s/s, %d:%02d left"
                .formatted(
                        bytes(bytes),
                        bytes(size.getAsLong()),
                        100 * bytes / Math.max(1, size.getAsLong()),
                        bytes(Math.round(rate)),
                        left / 60,
                        left % 60);
    }

    /**
     * A number of bytes for people.
     *
     * @param count of bytes
     * @return such as {@code 40.1 MiB}
     */
    public static String bytes(long count) {
        if (count < 1024) return count + " B";
        String[] units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        double value = count;
        int unit = -1;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }
}
