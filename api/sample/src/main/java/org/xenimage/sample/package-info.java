/**
 * Images of guests that never ran: valid, deterministic xl save files made without a Xen at hand.
 *
 * <p>{@link org.xenimage.sample.SampleImage} makes the elements of a complete image. Its memory
 * hangs together as that of a saved Linux guest does: the registers lead to page tables, the page
 * tables to every page, and Xen restores it.
 *
 * <p>Not supported here: 32-bit PV guests, migration streams with several rounds, checkpoints, the
 * legacy formats, big-endian streams, HVM guests in real mode or with a firmware image, devices of
 * an emulator, and a kernel: a restored sample waits for events that nobody sends it.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.sample;
