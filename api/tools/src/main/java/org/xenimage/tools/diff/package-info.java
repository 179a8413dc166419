/**
 * The differences between two images of any formats: config keys, metadata, registers, CPUID, MSRs,
 * parameters, other records by field, and pages.
 *
 * <p>An {@link org.xenimage.tools.diff.ImageContent} takes the elements of one image, of a record or page that comes
 * several times the last one; {@link org.xenimage.tools.diff.ImageDiff} compares two of them. Names are those of
 * {@link org.xenimage.image.layout.Layout}, there is no second table of them.
 *
 * <p>Not supported here: how often a page was sent and in what order, the framing of containers (chunks, sections), and
 * which bytes of a page differ.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.tools.diff;
