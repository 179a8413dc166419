/**
 * Policy sets: a folder or a signed file with policies, and the administrator's settings for them.
 *
 * <pre>
 *   policies.yaml     which policies run, in which order, their parameters and their grants
 *   scrub.js          policies, modules and tests, as in any folder of policies
 * </pre>
 *
 * <p>{@code SetKeys} describes the keys of {@code policies.yaml}; both the reader, {@code SetReader}, and the JSON
 * Schema for editors use it. A {@link org.xenimage.script.set.LoadedSet} is one complete version of a set on one host;
 * a set with any invalid part is not loaded. A {@link org.xenimage.script.set.PolicySet} is a set during a long run,
 * which switches to a new version only if it is valid.
 *
 * <p>Although an administrator wrote it, a set is read like hostile input: strictly, within limits, and every rejection
 * names file, line and column.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.set;
