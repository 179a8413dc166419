/**
 * Moving an image to another host: what the host takes, what must be made of the image, and the handshake on the way.
 *
 * <p>{@link org.xenimage.migrate.HostCapabilities} are what a host states, {@link org.xenimage.migrate.ImageNeeds} what
 * an image asks for. {@link org.xenimage.migrate.Negotiation#negotiate} holds one against the other and gives a {@link
 * org.xenimage.migrate.Plan}, whose transform makes the changes, or a {@link org.xenimage.migrate.NoPlan}.
 * {@code docs/capabilities.md} specifies the file and the rules.
 *
 * <pre>{@code
 * HostCapabilities host = HostCapabilities.ofXen(new XenVersion(4, 13));
 * switch (Negotiation.negotiate(ImageNeeds.of(image), host)) {
 *     case Plan plan -> Rewrite.of(again).through(plan.transform()).to(Path.of("web1-413.save"));
 *     case NoPlan none -> System.err.println(none.candidates());
 * }
 * }</pre>
 *
 * <p>The handshake is that of a migration as {@code xl} does it ({@code tools/xl/xl_migrate.c}): an image in one
 * direction, and a handshake of fixed messages in both, which decides who owns the guest.
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
