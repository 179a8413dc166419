package org.xenimage.image.element;

import org.xenimage.image.io.ByteRun;

import java.io.IOException;

/**
 * How the stream ended.
 *
 * @param offset of the first byte after the stream
 * @param ending which way
 * @param incomplete the bytes of an element that the sender did not finish; empty except for
 *     {@link Ending#SENDER_GONE}
 */
public record StreamEnd(long offset, Ending ending, ByteRun incomplete) implements ImageElement {
    /** The regular ways in which a stream can end. */
    public enum Ending {
        /** With END in every layer. */
        COMPLETE,
        /**
         * Without END, after at least one whole checkpoint: the sender of a checkpointed stream (Remus) went away, and
         * the last checkpoint is the guest.
         */
        SENDER_GONE
    }

    @Override
    public StreamEnd detach() throws IOException {
        return new StreamEnd(offset, ending, incomplete.detach());
    }

    @Override
    public String label() {
        return "end of the stream";
    }
}
