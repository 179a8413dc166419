package org.xenimage.image.spi;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.fault.LimitExceeded;

/** Takes what a recovery of an image could not recover, in the order in which it is met. */
public interface SalvageLog {
    /**
     * Bytes that are missing, or that cannot be decoded.
     *
     * @param offset of the first in the source, or in the stream that a native image holds
     * @param bytes how many
     * @param what it was, and why it is not recovered
     */
    void lost(long offset, long bytes, String what);

    /**
     * A page whose content is lost although its PFN is known.
     *
     * @param pfn of the page
     * @throws LimitExceeded if there are too many
     */
    void lostPage(long pfn) throws LimitExceeded;

    /**
     * A header or record without content that was put in, so that the stream has the frames that readers need.
     *
     * @param what it is
     */
    void added(String what);

    /**
     * Notes that an element was {@link #added}: it is passed on, but was not recovered.
     *
     * @param element that will be passed on
     */
    default void made(ImageElement element) {}
}
