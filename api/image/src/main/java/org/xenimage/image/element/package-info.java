/**
 * The element stream, which represents an image of any format.
 *
 * <p>An image is an ordered stream of sealed {@link org.xenimage.image.element.ImageElement}s: the headers, config and
 * site metadata, records, batches of pages, the end. A switch over them needs no default, and the compiler finds every
 * switch when an element is added. Most elements are views of the reader's buffer and are valid during one call.
 *
 * <p>An {@link org.xenimage.image.element.ImageTransform} turns elements into elements and an
 * {@link org.xenimage.image.element.ImageSink} takes them. An element that was not changed is
 * written byte for byte as it was read, and is never decoded.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.element;
