package org.xenimage.image.spi;

import org.xenimage.image.seal.Encryption;
import org.xenimage.image.seal.Statement;

import java.util.Collections;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * The choices of whoever writes an image.
 *
 * <p>Nothing here comes from the clock or the host by itself: equal elements and equal options give equal bytes, unless
 * {@link Encryption} is asked for without a salt.
 *
 * @param compression of the pages
 * @param level of the compression, as zstd counts
 * @param metadata by key, such as {@code operation.time}, for formats that keep metadata; sorted
 * @param companions what the image that is rewritten has beside its elements, for formats that keep it
 * @param encryption of pages and records, for formats that have it
 * @param readable whether what was encrypted is written so that everyone can read it; else its encryption is kept
 * @param provenance what the writer adds to the chain, for formats that keep one
 */
public record WriteOptions(
        Compression compression,
        int level,
        SequencedMap<String, String> metadata,
        Companions companions,
        Optional<Encryption> encryption,
        boolean readable,
        Optional<Statement.Draft> provenance) {
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
            new WriteOptions(
                    Compression.PREFERRED,
                    1,
                    new TreeMap<>(),
                    Companions.NONE,
                    Optional.empty(),
                    false,
                    Optional.empty());

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
        return new WriteOptions(
                choice, level, metadata, companions, encryption, readable, provenance);
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
        return new WriteOptions(
                compression, level, more, companions, encryption, readable, provenance);
    }

    /**
     * With what an image has beside its elements.
     *
     * @param others of the reader; it must stay open until the image is written
     * @return these options with them
     */
    public WriteOptions withCompanions(Companions others) {
        return new WriteOptions(
                compression, level, metadata, others, encryption, readable, provenance);
    }

    /**
     * With encryption.
     *
     * @param choice of the key
     * @return these options with it
     */
    public WriteOptions withEncryption(Encryption choice) {
        return new WriteOptions(
                compression, level, metadata, companions, Optional.of(choice), false, provenance);
    }

    /**
     * Without the encryption that the image had.
     *
     * @return these options for everyone to read
     */
    public WriteOptions withReadable() {
        return new WriteOptions(
                compression, level, metadata, companions, Optional.empty(), true, provenance);
    }

    /**
     * With a statement at the end of the chain of provenance.
     *
     * @param draft what to say; the writer adds the digests
     * @return these options with it
     */
    public WriteOptions withProvenance(Statement.Draft draft) {
        return new WriteOptions(
                compression, level, metadata, companions, encryption, readable, Optional.of(draft));
    }
}
