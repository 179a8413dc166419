package org.xenimage.image.spi;

import org.xenimage.image.element.ImageSink;

import java.io.Closeable;
import java.util.List;

/**
 * An image being written: encodes the elements that it is given.
 *
 * <p>An element that came from an image of the same format untouched is copied byte for byte. Each element is with the
 * operating system when {@link #accept} returns, with two exceptions: a header whose length fields depend on later
 * elements waits for them; and into a pipe, whose reader might start a guest, the end of the image waits for {@link
 * #end}.
 *
 * <p>{@link #end} says that everybody has agreed to the image: call it when the last transform has
 * ended, and only then. Closing a writer before that refuses the image: Xen would not start what is
 * then in the sink. Closing it closes its byte sink.
 */
public interface ImageWriter extends ImageSink, Closeable {
    /**
     * Remarks for people who open the image, such as that debuggers will not find the guest's
     * virtual memory in it. The image is complete nevertheless.
     *
     * @return a line each; complete after {@link #end}
     */
    default List<String> remarks() {
        return List.of();
    }
}
