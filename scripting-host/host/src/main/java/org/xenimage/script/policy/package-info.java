/**
 * The values that a policy and a run are made of: what a policy's header says, facts about the
 * image and the run, and the limits. Immutable; nothing here runs a script.
 *
 * <p>A {@link org.xenimage.script.policy.Policy} is loaded source with its header. A {@link
 * org.xenimage.script.policy.RunContext} and the {@link org.xenimage.script.policy.ImageFacts} are what policies learn
 * as {@code ctx} and {@code ctx.image}. {@link org.xenimage.script.policy.PolicyMatch} decides, before any script code
 * runs, which images a policy is for.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.policy;
