/**
 * The recovery of streams that are truncated or have holes: what stands in them is taken by its frames, and after damage
 * the next frame that holds together is looked for.
 *
 * <p>Not supported: encrypted images, and records of a layer whose header is gone and whose byte order is big-endian.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.salvage;
