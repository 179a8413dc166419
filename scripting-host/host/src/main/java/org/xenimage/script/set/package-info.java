/**
 * Policy sets: a folder, or a signed file, with policies and with what the administrator says of them.
 *
 * <pre>
 *   policies.yaml     which policies run, in which order, with what parameters, and what each is given
 *   scrub.js          policies, modules and tests, as in any folder of policies
 * </pre>
 *
 * <p>{@code SetKeys} describes the keys of {@code policies.yaml}: the reader, {@code SetFile}, takes them from there,
 * and so does the JSON Schema for editors. A {@link org.xenimage.script.set.LoadedSet} is one version of a set, on one
 * host, complete: if any part of it is not in order, there is none. A {@link org.xenimage.script.set.PolicySet} is a
 * set during a long run, which takes a new version only when it is in order.
 *
 * <p>A set is what an administrator wrote, and is read like hostile input all the same: bounded, strictly, every
 * rejection with file, line and column.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.set;
