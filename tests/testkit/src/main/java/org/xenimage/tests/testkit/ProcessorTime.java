package org.xenimage.tests.testkit;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * What the threads of this JVM computed since a moment. A test asserts processor time, never the
 * time on the clock: on a busy machine a thread that computes for a second may wait for a minute.
 */
public final class ProcessorTime {
    private static final com.sun.management.OperatingSystemMXBean SYSTEM =
            (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final long start = SYSTEM.getProcessCpuTime();

    private ProcessorTime() {}

    /** Counts from now on. */
    public static ProcessorTime start() {
        return new ProcessorTime();
    }

    /** {@return the time since the start, of all threads together} */
    public Duration spent() {
        return Duration.ofNanos(SYSTEM.getProcessCpuTime() - start);
    }

    /**
     * Fails if more was spent.
     *
     * @param most that may be spent
     * @param what spent it
     */
    public void requireAtMost(Duration most, String what) {
        Duration spent = spent();
        if (spent.compareTo(most) > 0)
            throw new AssertionError(
                    "%s took %d ms of processor time, more than %d ms"
                            .formatted(what, spent.toMillis(), most.toMillis()));
    }
}
