package org.xenimage.script.policy;

import java.time.Duration;
import java.util.Map;

/**
 * What one call of a hook may use, and all calls of a policy in one run together. Exceeding a limit stops the script
 * and counts as the policy's failure; the host continues.
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
 * @param processor time of a processor that a call takes; less than on the wall where the machine is busy
 * @param run what all calls of a run may use together
 */
public record Limits(Duration time, long allocation, long statements, Duration processor, Run run) {
    private static final Duration EVER = Duration.ofDays(365);

    /**
     * What all calls of a policy in one run may use together.
     *
     * @param time on the wall
     * @param processor time of a processor
     * @param allocation in bytes
     */
    public record Run(Duration time, Duration processor, long allocation) {
        /** No limit but those of each call. */
        public static final Run ANY = new Run(EVER, EVER, Long.MAX_VALUE);

        /** Checks that each is positive. */
        public Run {
            if (!time.isPositive() || !processor.isPositive() || allocation <= 0)
                throw new IllegalArgumentException("the limits of a run must be more than 0");
        }

        private Run within(Run host) {
            return new Run(
                    least(time, host.time),
                    least(processor, host.processor),
                    Math.min(allocation, host.allocation));
        }
    }

    /** Ten seconds and 64 MiB. */
    public static final Limits DEFAULT = new Limits(Duration.ofSeconds(10), 64L << 20, 0);

    /** The limits of a policy that declares none: those of the host. */
    public static final Limits UNDECLARED = new Limits(Duration.ofDays(365), Long.MAX_VALUE, 0);

    /**
     * Limits of a call, without those of processor time and of the run.
     *
     * @param time on the wall
     * @param allocation in bytes
     * @param statements of JavaScript, 0 for any number
     */
    public Limits(Duration time, long allocation, long statements) {
        this(time, allocation, statements, EVER, Run.ANY);
    }

    /** Checks that each is positive. */
    public Limits {
        if (!processor.isPositive())
            throw new IllegalArgumentException(
                    "processor: expected more than 0, found " + processor);
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
        return new Limits(limit, allocation, statements, processor, run);
    }

    /**
     * Another allocation.
     *
     * @param bytes limit
     * @return these limits with that allocation
     */
    public Limits withAllocation(long bytes) {
        return new Limits(time, bytes, statements, processor, run);
    }

    /**
     * Another number of statements.
     *
     * @param limit 0 for any number
     * @return these limits with that number
     */
    public Limits withStatements(long limit) {
        return new Limits(time, allocation, limit, processor, run);
    }

    /**
     * Another time of a processor.
     *
     * @param limit of a call
     * @return these limits with that time
     */
    public Limits withProcessor(Duration limit) {
        return new Limits(time, allocation, statements, limit, run);
    }

    /**
     * Others for the run.
     *
     * @param together for all calls
     * @return these limits with those
     */
    public Limits withRun(Run together) {
        return new Limits(time, allocation, statements, processor, together);
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
                        case "processorMilliseconds" ->
                                limits.withProcessor(Duration.ofMillis(value.getValue()));
                        case "runMilliseconds" ->
                                limits.withRun(
                                        new Run(
                                                Duration.ofMillis(value.getValue()),
                                                limits.run.processor,
                                                limits.run.allocation));
                        case "runProcessorMilliseconds" ->
                                limits.withRun(
                                        new Run(
                                                limits.run.time,
                                                Duration.ofMillis(value.getValue()),
                                                limits.run.allocation));
                        case "runKilobytes" ->
                                limits.withRun(
                                        new Run(
                                                limits.run.time,
                                                limits.run.processor,
                                                value.getValue() << 10));
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
                least(time, host.time),
                Math.min(allocation, host.allocation),
                fewest,
                least(processor, host.processor),
                run.within(host.run));
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
