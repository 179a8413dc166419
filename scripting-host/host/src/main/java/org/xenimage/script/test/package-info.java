/**
 * Tests of policies: cases in YAML, and functions in the policies' own languages.
 *
 * <p>Tests stand beside the policy that they test, and are found by their names:
 *
 * <pre>
 *   scrub-mine.js          a policy
 *   scrub-mine.test.yaml   its cases
 *   scrub-mine.test.js     tests of it in JavaScript
 *   test_scrub_mine.py     tests of it in Python
 * </pre>
 *
 * <p>A case says what to run and what must come of it:
 *
 * <pre>
 *   sample: {guest: pv}                      # of all cases, as are params, site, operation, operator, at
 *   cases:
 *     - name: overwrites the token
 *       sample: {memory: 4, plant: [{pfn: 0x26, offset: 16, text: TOKEN=hunter2}]}
 *       params: {text: TOKEN=, length: 13}
 *       expect:
 *         pages: {edited: 1, gone: hunter2}
 * </pre>
 *
 * <p>The way of a test: a {@link org.xenimage.script.test.TestFile} is found, its cases are read or its module is
 * loaded, each asks for runs; {@code TestImages} makes the image, {@code Trial} rewrites it with {@link
 * org.xenimage.script.PolicyRewrite}, the way of {@code xenimage rewrite}, into a file that is looked at and deleted.
 * {@code Expectation} holds what came of it against the case. {@link org.xenimage.script.test.TestRunner} does all of
 * this for many files on one host: the engines are shared, each run of a policy has a context of its own. A
 * {@link org.xenimage.script.test.TestReport} writes the results for people, as JSON lines, as TAP and as JUnit's XML.
 *
 * <p>{@link org.xenimage.script.test.PolicyBench} measures what hooks cost.
 *
 * <p>Files of cases are bounded: at most a mebibyte, no aliases, no deep nesting. What is wrong with one is said with
 * file, line and column.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.test;
