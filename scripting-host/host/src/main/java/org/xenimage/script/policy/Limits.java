package org.xenimage.script.policy;

import java.time.Duration;
import java.util.Map;

/**
 * What one call of a hook may use. Exceeding a limit stops the script and counts as the policy's
 * failure; the host continues.
 *
 * <p>The making of the language's context is not counted. Allocation is what the hook's thread allocated in all, not
 * what it holds; it is checked every few milliseconds, so that a single huge allocation succeeds before it is seen.
 * Loops and regular expressions are stopped within milliseconds, recursion by a limit on calls within calls. {@link
 * RunBudget} bounds the sum of all calls.
 *
 * <p><b>What cannot be stopped.</b> A limit stops a script where its language looks for it: between statements, and in
 * loops. One builtin operation that runs in the engine for a long time does not look. Known are
 *
 * <ul>
 *   <li>in Python, arithmetic on integers of millions of digits ({@code 7 ** 5000000}); {@code sum}, {@code any},
 *       {@code all}, {@code max}, {@code min}, {@code list}, {@code deque} and {@code bytes.find} over huge ranges or
 *       buffers;
 *   <li>in JavaScript, powers and products of BigInts of millions of digits;
 *   <li>in both, the parsing of a source of several megabytes, and recursion within one builtin function, such as the
 *       printing of a list nested thousands of levels deep.
 * </ul>
 *
 * <p>Such a call fails the run after a grace period of three seconds; its thread continues until it
 * is done, as a daemon that does not keep the process alive. SIGTERM, SIGINT and SIGHUP end the
 * process whatever a script does. Run untrusted policies isolated, in a process of their own, where
 * such a call is ended with its process.
 *
 * @param time on the wall
 * @param allocation in bytes
 * @param statements of JavaScript, 0 for any number
 */
public record Limits(Duration time, long allocation, long statements) {
    /** Ten seconds and 64 MiB. */
    public static final Limits DEFAULT = new Limits(Duration.ofSeconds(10), 64L << 20, 0);

    /** The limits of a policy that declares none: those of the host. */
    public static final Limits UNDECLARED = new Limits(Duration.ofDays(365), Long.MAX_VALUE, 0);

    /** Checks that each is positive. */
    public Limits {
        if (!time.isPositive())
            throw new IllegalArgumentException("time: expected more than 0, found " + time);
        if (allocation <= 0)
            throw new IllegalArgumentException(
                    "allocation: expected more than 0 bytes, found " + allocation);
        if (statements < 0)
            throw new IllegalArgumentException(
                    "statements: expected at least 0, found " + statements);
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
     * Limits by the keys that headers of policies and policy sets have for them.
     *
     * @param values above 0, by the keys of {@link HeaderKeys#LIMITS}
     * @return these limits; those of {@link #UNDECLARED} where there is no value
     */
    public static Limits declared(Map<String, Long> values) {
        Limits limits = UNDECLARED;
        for (var value : values.entrySet())
            limits =
                    switch (value.getKey()) {
                        case "milliseconds" -> limits.withTime(Duration.ofMillis(value.getValue()));
                        case "kilobytes" -> limits.withAllocation(value.getValue() << 10);
                        case "statements" -> limits.withStatements(value.getValue());
                        default -> throw new IllegalArgumentException(value.getKey());
                    };
        return limits;
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
