package org.xenimage.script.policy;

import java.time.Duration;

/**
 * The limits of one policy over a whole run, for all calls together: {@link Limits} bound each
 * call, this their sum. Going beyond is the policy's failure.
 *
 * @param time that all its calls take together, on the wall
 * @param rules page rules that it declares
 * @param messages lines that it logs, warns of and prints
 * @param characters in those lines
 * @param records that it inserts
 */
public record RunBudget(Duration time, int rules, long messages, long characters, long records) {
    /** One hour, 256 rules, 20,000 lines of 4 million characters in all, 65,536 records. */
    public static final RunBudget DEFAULT =
            new RunBudget(Duration.ofHours(1), 256, 20_000, 4_000_000, 65_536);

    /** Checks that each is positive. */
    public RunBudget {
        if (!time.isPositive() || rules <= 0 || messages <= 0 || characters <= 0 || records <= 0)
            throw new IllegalArgumentException("the budget of a run must be more than 0");
    }

    /**
     * Another time.
     *
     * @param sum of all calls
     * @return this budget with that time
     */
    public RunBudget withTime(Duration sum) {
        return new RunBudget(sum, rules, messages, characters, records);
    }
}
