package org.xenimage.image;

import org.xenimage.image.io.Octets;

/**
 * Octets after the end of the stream, as they came: the sender's go-ahead in a recorded {@code xl migrate}, or octets
 * that do not belong to the image. Several may follow one another.
 *
 * @param offset in the source
 * @param octets as they stand
 */
public record TrailingOctets(long offset, Octets octets) implements ImageElement {
    @Override
    public String label() {
        return "octets after the stream";
    }
}
