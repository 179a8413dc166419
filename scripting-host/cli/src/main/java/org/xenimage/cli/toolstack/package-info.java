/**
 * Policies inside what Xen's own toolstack does: {@code relay} in a live migration, {@code save} and {@code restore}
 * around {@code xl save} and {@code xl restore}.
 *
 * <p>Each of them must keep the guest: it is never lost and never runs twice, whatever a policy,
 * the image, either end or a signal does. {@code save} lets the domain continue unless its file is
 * in place; {@code restore} and {@code relay} hold the end of the image back until every policy has
 * agreed, and then finish in spite of a signal.
 *
 * <p>Not supported here: toolstacks other than xl. {@code xl remus} works through {@code relay} as
 * a migration does, but if the relay is killed after the first checkpoint, the receiver takes the
 * guest over.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.toolstack;
