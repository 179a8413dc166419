package org.xenimage.image.spi;

import org.xenimage.image.seal.ImageKey;

import java.util.List;

/**
 * What a reader needs apart from the bytes.
 *
 * @param keys to try on an encrypted image, in order
 */
public record ReadOptions(List<ImageKey> keys) {
    /** No keys. */
    public static final ReadOptions DEFAULT = new ReadOptions(List.of());

    /** Copies the list. */
    public ReadOptions {
        keys = List.copyOf(keys);
    }
}
