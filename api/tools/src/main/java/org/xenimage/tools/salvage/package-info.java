/**
 * Recovering what is whole of an image that was truncated or damaged.
 *
 * <p>A format tells by {@link org.xenimage.image.spi.ImageFormat#salvage} what it can recover;
 * {@link org.xenimage.tools.salvage.Salvage} makes a report of it, and a native image that is marked as partial. Content
 * is never made up: what is not whole is left out, and named.
 *
 * <p>Not supported here: correcting damage, and telling that a stream without checksums (xl, libxl, libxc, dump-core)
 * has wrong bytes within a record or page whose frame holds together.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.tools.salvage;
