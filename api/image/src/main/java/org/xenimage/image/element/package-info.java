/**
 * The element stream: what every image is made of, whatever its format.
 *
 * <p>An image is an ordered stream of sealed {@link org.xenimage.image.element.ImageElement}s: the headers, config and
 * site metadata, records, batches of pages, the end. A switch over them needs no default, and the compiler finds every
 * switch when an element is added. Most elements are views of the reader's buffer and are valid during one call.
 *
 * <p>An {@link org.xenimage.image.element.ImageTransform} turns elements into elements and an
 * {@link org.xenimage.image.element.ImageSink} takes them. An element that nobody touched is written as it was read,
 * byte for byte, and is never decoded.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.element;
