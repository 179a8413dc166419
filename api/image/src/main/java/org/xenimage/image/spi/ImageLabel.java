package org.xenimage.image.spi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.seal.Provenance;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.section.SectionChange;
import org.xenimage.image.section.SiteSection;

import java.io.IOException;
import java.util.List;

/**
 * The description in an image file, apart from its content: its identification, metadata and
 * provenance. It is read without reading pages and without a key, and changed without moving pages.
 *
 * <p>A change is atomic: after a crash the file has the old label or the new one, and who reads it
 * meanwhile sees one of the two. The caller opens and closes the file. Not safe for use by several
 * threads; several labels of one file, in one process or several, may be changed at a time.
 */
public interface ImageLabel {
    /**
     * What the container of the image says of itself.
     *
     * @return version, form, capabilities, content digest, sections
     * @throws IOException if it cannot be read
     */
    Container container() throws IOException;

    /** {@return the metadata by key, a copy} */
    JsonNode metadata();

    /**
     * Reads the sections of sites.
     *
     * @return in order
     * @throws IOException if one is damaged, or is encrypted and there is no key
     */
    List<SiteSection> sections() throws IOException;

    /**
     * Changes the sections of sites: reads, edits and writes them under one lock of the file. Where there is a
     * provenance chain, a statement about the change is added to it.
     *
     * @param <X> what else the change may throw
     * @param change given the current sections
     * @param draft what the statement says; the digests are added
     * @throws IOException as {@link #changeMetadata}; if the image is encrypted and there is no key
     * @throws X as the change; the file is as it was
     */
    <X extends Exception> void changeSections(SectionChange<X> change, Statement.Draft draft)
            throws IOException, X;

    /** {@return the provenance chain, its signatures not yet checked} */
    Provenance provenance();

    /**
     * Changes metadata.
     *
     * @param <X> what else the change may throw
     */
    @FunctionalInterface
    interface MetadataChange<X extends Exception> {
        /**
         * Changes them. Called once, while no other program can change the file.
         *
         * @param metadata the current metadata, whatever was read before; edited in place
         * @throws X to leave it unchanged
         */
        void apply(ObjectNode metadata) throws X;
    }

    /**
     * Changes the metadata: reads, edits and writes it under one lock of the file, so that
     * concurrent changes, by any program, are not lost.
     *
     * @param <X> what else the change may throw
     * @param change edits them
     * @throws IOException if this form of the image cannot be changed in place, the disk fails, or
     *     another program holds the file for a minute
     * @throws X as the change; the file is as it was
     */
    <X extends Exception> void changeMetadata(MetadataChange<X> change) throws IOException, X;

    /**
     * Adds a statement to the end of the current chain, and signs it, under one lock of the file.
     *
     * @param draft what to say; the digests are added
     * @param key signs the statement, and with it all before it
     * @throws IOException as {@link #changeMetadata}
     */
    void sign(Statement.Draft draft, SigningKey key) throws IOException;
}
