/**
 * GrantUses: what an administrator lets a policy do outside the image, each by a name.
 *
 * <p>A policy says in its header what it wants, by name and kind; a policy set defines grants and gives them. A policy
 * has no others: a name that was not given leads nowhere, and a use that the grant does not allow is refused. What is
 * read, answered or printed is bounded before it is held, and each use has a deadline; a use ends when the call of the
 * hook is stopped. Each use stands in the decision log, also one that failed.
 *
 * <p>{@code GrantUses} is what {@code ctx.grant} asks. The other classes do the work: {@code GrantedFiles}, {@code
 * GrantedHost}, {@code GrantedCommand}. All run on the thread of the script, under the limits of the call.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.grant;
