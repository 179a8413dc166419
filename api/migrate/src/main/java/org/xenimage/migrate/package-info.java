/**
 * A migration as {@code xl} does it ({@code tools/xl/xl_migrate.c}): an image in one direction, and a handshake of fixed
 * messages in both, which decides whose the guest is.
 *
 * <p>A {@link org.xenimage.migrate.Relay} stands between the two ends. What may refuse the image does so before the image
 * has ended: its last record is {@linkplain org.xenimage.migrate.HeldEnd held back} until everybody agreed, and without
 * it no receiver ever starts the guest.
 *
 * <p>Not supported here: the messages that a COLO secondary sends back are passed on, and not understood; after the
 * first whole checkpoint (Remus, COLO) the receiver takes the guest over when the stream breaks, so that a refusal then
 * does not keep the guest at the source.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.migrate;
