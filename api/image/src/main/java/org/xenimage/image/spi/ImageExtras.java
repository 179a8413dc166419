package org.xenimage.image.spi;

import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;

import java.io.IOException;
import java.util.List;

/**
 * What an image has apart from its elements: metadata, provenance, how it was compressed and
 * encrypted, and everything that this release does not know but must keep. Opaque: the format that
 * read it is the one that can write it; any other ignores it.
 *
 * <p>A reader fills it while the image is read, and a writer uses it when it ends, so it may be
 * passed on before the image has been read. Good until its reader is closed.
 */
public interface ImageExtras {
    /** Nothing apart from the elements. */
    ImageExtras NONE = new ImageExtras() {};

    /** {@return how many statements of provenance were found so far} */
    default int statements() {
        return 0;
    }

    /**
     * What is known of the sections of sites that were found so far, which for a seekable image are all of them.
     *
     * @return in order
     * @throws IOException if one is damaged
     */
    default List<SectionHead> sectionHeads() throws IOException {
        return List.of();
    }

    /**
     * Reads the sections of sites that were found so far.
     *
     * @return in order
     * @throws IOException if one is damaged, or is encrypted and there is no key
     */
    default List<SiteSection> sections() throws IOException {
        return List.of();
    }

    /** {@return what the reader was told of the sections of sites} */
    default SectionRegistry known() {
        return SectionRegistry.NONE;
    }

    /**
     * Reads all of it, once the image has been read.
     *
     * @throws IOException an {@link org.xenimage.image.fault.ImageException} if some of it is damaged
     */
    default void check() throws IOException {}
}
