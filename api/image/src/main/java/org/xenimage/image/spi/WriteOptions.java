package org.xenimage.image.spi;

import org.xenimage.image.seal.Encryption;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.section.SectionChange;

import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The options for writing an image.
 *
 * <p>Nothing here depends on the clock or the host: equal elements and equal options give equal
 * bytes, unless {@link Encryption} is used without a salt.
 *
 * @param compression of the pages
 * @param level of the compression, as zstd counts
 * @param metadata by key, such as {@code operation.time}, for formats that keep metadata; sorted
 * @param extras what the rewritten image has apart from its elements, for formats that keep it
 * @param encryption of pages and records, for formats that have it
 * @param readable whether what was encrypted is written so that everyone can read it; else its encryption is kept
 * @param chain what becomes of the provenance chain, for formats that keep one
 * @param statement what the writer adds to the chain; asked when the image ends
 * @param sections what becomes of the sections of sites, for formats that keep them; asked when the image ends
 */
public record WriteOptions(
        Compression compression,
        int level,
        SequencedMap<String, String> metadata,
        ImageExtras extras,
        Optional<Encryption> encryption,
        boolean readable,
        Chain chain,
        Optional<Supplier<Statement.Draft>> statement,
        Optional<SectionChange<IOException>> sections) {
    /** How pages are stored. */
    public enum Compression {
        /** What the format prefers. */
        PREFERRED,
        /** As they are. */
        NONE,
        /** With zstd. */
        ZSTD
    }

    /** What becomes of the provenance chain of an image that is rewritten. */
    public enum Chain {
        /**
         * It continues: a statement is added if there is a chain, and policies ran or the content
         * differs from its last statement. If there is no chain, none is started.
         */
        CONTINUE,
        /** It continues, or is started: a statement is always added. */
        BEGIN,
        /** It ends: the image that is written has none. */
        END
    }

    /** The format's own defaults, and no metadata except what the image contains. */
    public static final WriteOptions DEFAULT =
            new WriteOptions(
                    Compression.PREFERRED,
                    1,
                    new TreeMap<>(),
                    ImageExtras.NONE,
                    Optional.empty(),
                    false,
                    Chain.CONTINUE,
                    Optional.empty(),
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
                choice, level, metadata, extras, encryption, readable, chain, statement, sections);
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
                compression, level, more, extras, encryption, readable, chain, statement, sections);
    }

    /**
     * With what an image has apart from its elements.
     *
     * @param others of the reader; it must stay open until the image is written
     * @return these options with them
     */
    public WriteOptions withExtras(ImageExtras others) {
        return new WriteOptions(
                compression,
                level,
                metadata,
                others,
                encryption,
                readable,
                chain,
                statement,
                sections);
    }

    /**
     * With encryption.
     *
     * @param choice of the key
     * @return these options with it
     */
    public WriteOptions withEncryption(Encryption choice) {
        return new WriteOptions(
                compression,
                level,
                metadata,
                extras,
                Optional.of(choice),
                false,
                chain,
                statement,
                sections);
    }

    /**
     * Without the encryption that the image had.
     *
     * @return these options for everyone to read
     */
    public WriteOptions withReadable() {
        return new WriteOptions(
                compression,
                level,
                metadata,
                extras,
                Optional.empty(),
                true,
                chain,
                statement,
                sections);
    }

    /**
     * With a statement at the end of the provenance chain, which is started if there is none.
     *
     * @param draft what to say; the writer adds the digests
     * @return these options with it
     */
    public WriteOptions withProvenance(Statement.Draft draft) {
        return chained(Chain.BEGIN, Optional.of(() -> draft));
    }

    /**
     * With the text of the statement that continues a provenance chain; see {@link Chain#CONTINUE}.
     *
     * @param draft what to say, asked when the image ends; the writer adds the digests
     * @return these options with it
     */
    public WriteOptions withStatement(Supplier<Statement.Draft> draft) {
        return chained(chain, Optional.of(draft));
    }

    /**
     * With a provenance chain in any case.
     *
     * @return these options with it
     */
    public WriteOptions beginningProvenance() {
        return chained(Chain.BEGIN, statement);
    }

    /**
     * Without a provenance chain, also where the image had one.
     *
     * @return these options without it
     */
    public WriteOptions withoutProvenance() {
        return chained(Chain.END, statement);
    }

    /**
     * With other sections of sites.
     *
     * @param change given those of the image that is rewritten, when it ends
     * @return these options with it
     */
    public WriteOptions withSections(SectionChange<IOException> change) {
        return new WriteOptions(
                compression,
                level,
                metadata,
                extras,
                encryption,
                readable,
                chain,
                statement,
                Optional.of(change));
    }

    private WriteOptions chained(Chain choice, Optional<Supplier<Statement.Draft>> draft) {
        return new WriteOptions(
                compression,
                level,
                metadata,
                extras,
                encryption,
                readable,
                choice,
                draft,
                sections);
    }
}
