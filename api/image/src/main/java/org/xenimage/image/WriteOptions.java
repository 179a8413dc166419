package org.xenimage.image;

import java.util.Collections;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * The choices of whoever writes an image.
 *
 * <p>Nothing here comes from the clock or the host by itself: equal elements and equal options give equal octets.
 *
 * @param compression of the pages
 * @param level of the compression, as zstd counts
 * @param metadata by key, such as {@code operation.time}, for formats that keep metadata; sorted
 */
public record WriteOptions(
        Compression compression, int level, SequencedMap<String, String> metadata) {
    /** How pages are stored. */
    public enum Compression {
        /** What the format prefers. */
        PREFERRED,
        /** As they are. */
        NONE,
        /** With zstd. */
        ZSTD
    }

    /** The format's own preferences, and no metadata beyond what the image tells. */
    public static final WriteOptions DEFAULT =
            new WriteOptions(Compression.PREFERRED, 1, new TreeMap<>());

    /** Sorts and copies the metadata. */
    public WriteOptions {
        metadata = Collections.unmodifiableSequencedMap(new TreeMap<>(metadata));
    }

    /**
     * With another compression.
     *
     * @param choice of the pages
     * @return these options with it
     */
    public WriteOptions withCompression(Compression choice) {
        return new WriteOptions(choice, level, metadata);
    }

    /**
     * With metadata.
     *
     * @param key such as {@code operation.time}
     * @param value its text
     * @return these options with it
     */
    public WriteOptions withMetadata(String key, String value) {
        var more = new TreeMap<>(metadata);
        more.put(key, value);
        return new WriteOptions(compression, level, more);
    }
}
