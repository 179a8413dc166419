/**
 * Policies inside what toolstacks do: {@code relay} in a live migration by xl, {@code save} and {@code restore} around
 * {@code xl save} and {@code xl restore}, and {@code save-helper} between libxl and its save helper, in any toolstack
 * that uses libxl.
 *
 * <p>Each of them must keep the guest: it is never lost and never runs twice, whatever a policy,
 * the image, either end or a signal does. {@code save} lets the domain continue unless its file is
 * in place; {@code restore} and {@code relay} hold the end of the image back until every policy has
 * agreed, and then finish in spite of a signal.
 *
 * <p>Not supported here: toolstacks without libxl, and policies in the checkpoints of Remus and COLO. {@code xl
 * remus} works through {@code relay} as a migration does, but if the relay is killed after the first checkpoint, the
 * receiver takes the guest over.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.toolstack;
