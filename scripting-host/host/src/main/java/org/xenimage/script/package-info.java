/**
 * Policies: how one is found, matched, run and held to its limits.
 *
 * <p>A {@link org.xenimage.script.PolicyHost} loads a {@link org.xenimage.script.policy.Policy}
 * (its header is data, read before any of its code runs) and makes a
 * {@link org.xenimage.script.PolicyRun} of several; its transform goes between the reader and the
 * writer of an image. What policies decide goes to a {@link org.xenimage.script.DecisionLog}.
 *
 * <pre>{@code
 * try (PolicyHost host = PolicyHost.open(HostOptions.defaults());
 *         PolicyRun run = host.run(List.of(host.load("scrub-pattern")), context, log)) {
 *     try {
 *         reader.drainTo(run.transform().onto(writer));
 *     } catch (IOException | RuntimeException failure) {
 *         run.fail(failure);
 *         throw failure;
 *     }
 *     run.summary();
 * }
 * }</pre>
 *
 * <p>What a policy, the console and a test see is described by {@link org.xenimage.script.ImplementedApi}; the
 * reference that is made from it is {@code docs/policy-api.md}.
 *
 * <p>{@code config}, {@code meta} and {@code record.fields} are native objects and arrays, dicts
 * and lists, and are edited in place; {@code record.bytes} is a Uint8Array or a bytearray, edited
 * in place or assigned. The type of a number in JavaScript is that of its field, whatever its
 * value: indices, PFNs, counts and lengths are Numbers; masks, addresses and registers of 64 bits
 * are BigInts. An element that a hook did not change is passed on byte for byte. Edits count only
 * if the hook returns normally; those of a failing {@code onPages} are undone if the run continues
 * without the policy.
 *
 * <p>A hook is an ordinary function and returns nothing: generators, async functions, classes and
 * any result are errors. A member that does not exist raises in both languages. Time is that of the
 * run, in every way to ask for it. What a policy prints and logs goes to a
 * {@link org.xenimage.script.PolicySpeech} at once and to the decision log. Values of parameters
 * that are declared {@code secret}, and of keys that look secret, are not shown unless
 * {@link org.xenimage.script.HostOptions} allows it.
 *
 * <p>A {@link org.xenimage.script.ScriptSession} runs code piece by piece against one image, which the code sees whole,
 * any part at any time; records and pages are those that policies see.
 *
 * <p>A {@link org.xenimage.script.TestScript} is a module of tests: each of its functions is given {@code t}.
 *
 * <p>A program of your own uses {@link org.xenimage.script.Policies}, or the engines of {@link
 * org.xenimage.script.jsr223}.
 *
 * <p>Not supported here: the hooks of a migration ({@code onNegotiate}, {@code onRound}, {@code onSwitchover}), which
 * may be there and are not called; granted capabilities (files, network); isolation in a process of its own.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script;
