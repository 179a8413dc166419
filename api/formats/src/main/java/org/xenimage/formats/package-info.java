/**
 * The codecs, one package per format. They are reached through {@link org.xenimage.image.Images} only.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats;
