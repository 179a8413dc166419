/**
 * A migration as {@code xl} does it ({@code tools/xl/xl_migrate.c}): an image in one direction, and
 * a handshake of fixed messages in both, which decides who owns the guest.
 *
 * <p>A {@link org.xenimage.migrate.Relay} runs between the two ends. A policy may refuse the image
 * up to its very end: the writers of Xen's stream formats hold the end back until everybody has
 * agreed, and without it no receiver starts the guest.
 *
 * <p>Not supported here: the messages that a COLO secondary sends back are passed on, but not
 * understood. After the first complete checkpoint (Remus, COLO) the receiver is meant to take the
 * guest over when the stream breaks. A relay that refuses then tells the receiver not to, but
 * cannot know whether it did.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.migrate;
