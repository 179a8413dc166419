/**
 * What a format implements: {@link org.xenimage.image.spi.ImageFormat}, a service, with a reader and a writer of its
 * elements; and if it has them, a label that is changed in place, an index of its pages, and salvage of damaged images.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.spi;
