package org.xenimage.script.policy;

import java.time.Duration;

/**
 * What one call of a hook may use. Going beyond stops the script and counts as the policy's failure; the host goes on.
 *
 * <p>The making of the language's context is not counted. Allocation is what the hook's thread allocated in all, not
 * what it holds; it is looked at every few milliseconds, so that a single huge allocation gets through before it is
 * seen. A regular expression, a loop and a recursion are stopped within milliseconds. One thing is known that cannot be
 * stopped: a single Python expression over integers of millions of digits. The run then fails after a grace time, and
 * the thread is left behind; scripts that nobody trusts belong in a process of their own.
 *
 * @param time on the wall
 * @param allocation in bytes
 * @param statements of JavaScript, 0 for any number
 */
public record Limits(Duration time, long allocation, long statements) {
    /** Ten seconds and 64 MiB. */
    public static final Limits DEFAULT = new Limits(Duration.ofSeconds(10), 64L << 20, 0);

    /** The limits of a policy that declares none: whatever the host allows. */
    public static final Limits UNDECLARED = new Limits(Duration.ofDays(365), Long.MAX_VALUE, 0);

    /** Checks that each is positive. */
    public Limits {
        if (!time.isPositive())
            throw new IllegalArgumentException("time: more than nothing, found " + time);
        if (allocation <= 0)
            throw new IllegalArgumentException(
                    "allocation: more than 0 bytes, found " + allocation);
        if (statements < 0)
            throw new IllegalArgumentException("statements: at least 0, found " + statements);
    }

    /**
     * Another time.
     *
     * @param limit on the wall
     * @return these limits with that time
     */
    public Limits withTime(Duration limit) {
        return new Limits(limit, allocation, statements);
    }

    /**
     * Another allocation.
     *
     * @param bytes limit
     * @return these limits with that allocation
     */
    public Limits withAllocation(long bytes) {
        return new Limits(time, bytes, statements);
    }

    /**
     * Another number of statements.
     *
     * @param limit 0 for any number
     * @return these limits with that number
     */
    public Limits withStatements(long limit) {
        return new Limits(time, allocation, limit);
    }

    /**
     * The smaller of both, each by each: a policy may ask for less than the host gives, never for more.
     *
     * @param host what the host gives
     * @return what holds
     */
    public Limits within(Limits host) {
        long fewest =
                statements == 0 || host.statements == 0
                        ? Math.max(statements, host.statements)
                        : Math.min(statements, host.statements);
        return new Limits(
                time.compareTo(host.time) < 0 ? time : host.time,
                Math.min(allocation, host.allocation),
                fewest);
    }
}
