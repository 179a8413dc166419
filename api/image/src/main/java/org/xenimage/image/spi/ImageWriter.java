package org.xenimage.image.spi;

import org.xenimage.image.element.ImageSink;

import java.io.Closeable;

/**
 * An image being written: encodes the elements that it is given.
 *
 * <p>An element that came from an image of the same format untouched is copied byte for byte. Each element is with the
 * operating system when {@link #accept} returns, except that a header whose length fields depend on later elements waits
 * for them. Closing it closes its byte sink, and does not end the image.
 */
public interface ImageWriter extends ImageSink, Closeable {}
