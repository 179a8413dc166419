/**
 * One rewrite of an image: reader, guard, transform, writer.
 *
 * <p>{@link org.xenimage.image.rewrite.Rewrite} is used by everything that writes an image: it
 * preserves what belongs to the image apart from its elements, checks the result, copies, reports
 * progress, and can be stopped. {@link org.xenimage.image.rewrite.Conversion} plans the change of a
 * format, and knows what that loses before a byte moves. {@link org.xenimage.image.rewrite.Downgrade}
 * writes a libxc stream in the version that older releases of Xen read.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.rewrite;
