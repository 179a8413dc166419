package org.xenimage.image.element;

import org.xenimage.image.fault.Fault;

import java.io.IOException;

/**
 * One element of an image, in stream order.
 *
 * <p>The order of a whole image is {@link XlHeader} or {@link LibvirtHeader}, {@link Config}, {@link SiteMetadata},
 * {@link LibxlHeader}, libxl {@link RecordFrame}s, one of which is followed by {@link LibxcHeader}, libxc {@link
 * RecordFrame}s and {@link PageBatch}es, then libxl records again, and {@link StreamEnd}; {@link TrailingBytes} may
 * follow. An image that begins at an inner layer lacks the outer elements.
 *
 * <p>An element from a reader is a view. It is valid during the call of {@link ImageSink#accept}
 * that passes it; using it later is an {@link IllegalStateException}. It is decoded only when its
 * fields are read.
 */
public sealed interface ImageElement
        permits XlHeader,
                LibvirtHeader,
                XenopsdHeader,
                Config,
                SiteMetadata,
                LibxlHeader,
                LibxcHeader,
                RecordFrame,
                PageBatch,
                StreamEnd,
                TrailingBytes {
    /**
     * {@return the bytes from the start of the source to this element, or {@link Fault#NO_OFFSET} if it was made here}
     */
    long offset();

    /** {@return what to call this element in a message, such as {@code record PAGE_DATA}} */
    String label();

    /**
     * This element for use after the call that handed it out.
     *
     * @return an equal element that owns its bytes; this one, if it has none
     * @throws IOException if its bytes cannot be read
     */
    ImageElement detach() throws IOException;
}
