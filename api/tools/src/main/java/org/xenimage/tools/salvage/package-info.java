/**
 * Recovering the intact parts of a truncated or damaged image.
 *
 * <p>{@link org.xenimage.image.spi.ImageFormat#salvage} of each format defines what it can recover;
 * {@link org.xenimage.tools.salvage.Salvage} makes a report of it, and a native image that is
 * marked as partial. Content is never made up: incomplete parts are omitted, and listed.
 *
 * <p>Not supported here: correcting damage, and detecting wrong bytes within a record or page of a
 * stream without checksums (xl, libxl, libxc, dump-core) if its frame is consistent.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.tools.salvage;
