package org.xenimage.image.rewrite;

import org.xenimage.image.section.SectionChange;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;

import java.io.IOException;

/**
 * Edits the sections of sites while an image is rewritten, as a transform edits its elements. The change itself is
 * asked for when the image ends, and not at all if nothing is written or the output has no place for sections.
 */
public interface SectionEditor extends SectionChange<IOException> {
    /**
     * Says what is rewritten, before the first element.
     *
     * @param source the image, whose sections may come after its pages
     * @param target the format that is written
     */
    void begin(ImageReader source, ImageFormat target);
}
