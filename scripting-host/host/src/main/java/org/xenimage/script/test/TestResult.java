package org.xenimage.script.test;

import java.time.Duration;
import java.util.List;

/**
 * What became of one test of one policy.
 *
 * @param file of tests
 * @param name of the case or of the function
 * @param policy that was tested: its file
 * @param status of it
 * @param took on the wall
 * @param mismatches what is not as the test says; none if it passed
 * @param output what the policies and the test printed and logged
 */
public record TestResult(
        String file,
        String name,
        String policy,
        Status status,
        Duration took,
        List<Mismatch> mismatches,
        List<String> output) {
    /** Copies the lists. */
    public TestResult {
        mismatches = List.copyOf(mismatches);
        output = List.copyOf(output);
    }

    /** How a test ended. */
    public enum Status {
        /** All is as the test says. */
        PASSED,
        /** Something is not as the test says. */
        FAILED,
        /** The test cannot be run: it, the policy or the image is not in order. */
        BROKEN
    }
}
