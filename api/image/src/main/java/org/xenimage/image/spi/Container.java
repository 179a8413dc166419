package org.xenimage.image.spi;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.section.SectionHead;

import java.util.List;
import java.util.Optional;

/**
 * What the container of an image says of itself, apart from the stream that it holds: for reports, not for reading the
 * image. Only the native format has one; see sections 4, 7, 10 and 11 of its specification.
 *
 * <p>While a streaming form is being read, metadata and digest are those read so far. The tree of
 * the metadata is a copy that belongs to the caller.
 *
 * @param version of the format, major and minor, such as {@code 1.0}
 * @param form {@code seekable} or {@code streaming}
 * @param partial whether it was recovered from a damaged image and lacks something of it
 * @param capabilities what the image uses, in its own order
 * @param metadata all keys of the image with their values
 * @param digest of the content, as far as it was found
 * @param sections in the order of the file
 * @param siteSections those of them that sites defined, as far as they were found
 */
public record Container(
        String version,
        String form,
        boolean partial,
        List<Capability> capabilities,
        JsonNode metadata,
        Optional<Digest> digest,
        List<Section> sections,
        List<SectionHead> siteSections) {
    /** Copies metadata and lists. */
    public Container {
        metadata = metadata.deepCopy();
        capabilities = List.copyOf(capabilities);
        sections = List.copyOf(sections);
        siteSections = List.copyOf(siteSections);
    }

    /** {@return a copy of the metadata} */
    @Override
    public JsonNode metadata() {
        return metadata.deepCopy();
    }

    /**
     * The key of the metadata of an image that was recovered from a damaged one: what is missing,
     * one per line.
     */
    public static final String PARTIAL = "partial";

    /**
     * The capability of an image that was made from a dump-core: its stream has what the dump-core
     * had, and Xen cannot restore it.
     */
    public static final String DUMP_CORE = "dump-core";

    /** {@return whether the image was made from a dump-core} */
    public boolean ofDumpCore() {
        return capabilities.stream().anyMatch(one -> one.name().equals(DUMP_CORE));
    }

    /**
     * Something that the image uses.
     *
     * @param name of it
     * @param mandatory whether a reader must know it
     */
    public record Capability(String name, boolean mandatory) {}

    /**
     * The content digest, as the image states it.
     *
     * @param sha256 the SHA-256 over the SHA-256s of the pieces, in lower-case hexadecimal
     * @param length of the content in bytes
     */
    public record Digest(String sha256, long length) {}

    /**
     * A section of the file.
     *
     * @param name of it
     * @param offset in bytes
     * @param length in bytes
     */
    public record Section(String name, long offset, long length) {}
}
