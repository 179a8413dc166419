package org.xenimage.image.spi;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.seal.Provenance;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;

import java.io.IOException;

/**
 * What an image file says of itself beside its content: what it is, its metadata, its provenance. It is read without
 * reading pages and without a key, and changed without moving pages.
 *
 * <p>A change is atomic: after a crash the file has the old label or the new one. The file belongs to whoever opened it.
 * Not safe for use by several threads.
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
    ObjectNode metadata();

    /** {@return the chain of provenance, its signatures not yet checked} */
    Provenance provenance();

    /**
     * Replaces the metadata.
     *
     * @param metadata all of it
     * @throws IOException if this form of the image cannot be changed in place, or the disk fails
     */
    void replaceMetadata(ObjectNode metadata) throws IOException;

    /**
     * Adds a statement to the end of the chain, and signs it.
     *
     * @param draft what to say; the digests are added
     * @param key signs the statement, and with it all before it
     * @throws IOException as {@link #replaceMetadata}
     */
    void sign(Statement.Draft draft, SigningKey key) throws IOException;
}
