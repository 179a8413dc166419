package org.xenimage.image.spi;

import org.xenimage.image.seal.ImageKey;
import org.xenimage.image.section.SectionRegistry;

import java.util.List;

/**
 * What a reader needs apart from the bytes.
 *
 * @param keys to try on an encrypted image, in order
 * @param sections of sites that the caller knows
 */
public record ReadOptions(List<ImageKey> keys, SectionRegistry sections) {
    /** No keys, no sections of sites. */
    public static final ReadOptions DEFAULT = new ReadOptions(List.of());

    /** Copies the list. */
    public ReadOptions {
        keys = List.copyOf(keys);
    }

    /**
     * Knows no section of a site.
     *
     * @param keys to try on an encrypted image, in order
     */
    public ReadOptions(List<ImageKey> keys) {
        this(keys, SectionRegistry.NONE);
    }
}
