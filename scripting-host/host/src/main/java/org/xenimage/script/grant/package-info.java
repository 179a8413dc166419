/**
 * Grants: the named permissions that an administrator gives a policy outside the image.
 *
 * <p>A policy's header lists what it wants, by name and kind; a policy set defines grants and gives them to policies. A
 * policy has no other access: unknown names and uses that the grant does not allow are refused. The sizes of files,
 * answers and output are limited while they are read. Each use has a deadline, and ends when the call of the hook is
 * stopped. The decision log records each use, including failed ones.
 *
 * <p>{@code HostGrants} implements {@code ctx.grant}. The other classes do the work: {@code GrantedFiles}, {@code
 * GrantedHost}, {@code GrantedCommand}. All run on the thread of the script, under the limits of the call.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.grant;
