package org.xenimage.image.section;

import java.io.IOException;
import java.util.List;

/**
 * A change of the sections of an image.
 *
 * @param <X> what else the change may throw
 */
@FunctionalInterface
public interface SectionChange<X extends Exception> {
    /**
     * Changes them.
     *
     * @param sections of the image, in order
     * @return the new sections of the image, in order, with unique names
     * @throws IOException to leave the image as it was
     * @throws X to leave the image as it was
     */
    List<SiteSection> apply(List<SiteSection> sections) throws IOException, X;
}
