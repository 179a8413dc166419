/**
 * The model of a Xen domain image: one ordered stream of sealed elements, whatever the format on the wire.
 *
 * <p>{@link org.xenimage.image.Images} opens an image and finds its format; an {@link org.xenimage.image.spi.ImageReader}
 * hands out {@link org.xenimage.image.element.ImageElement}s in stream order; an {@link org.xenimage.image.element.ImageTransform}
 * turns elements into elements; an {@link org.xenimage.image.spi.ImageWriter} puts them down again. An element that nobody
 * touched is copied byte for byte and is never decoded.
 *
 * <p>Not supported here: knowledge of any one format (a codec is a service, see
 * {@link org.xenimage.image.spi.ImageFormat}), script engines, and random access to pages.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image;
