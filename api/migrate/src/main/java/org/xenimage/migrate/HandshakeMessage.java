package org.xenimage.migrate;

import java.nio.charset.StandardCharsets;

/**
 * The fixed messages of a migration, in the order in which they are sent ({@code tools/xl/xl.h},
 * {@code tools/xl/xl_migrate.c}). The image comes between {@link #BANNER} and {@link #READY}; one
 * byte, the status, follows {@link #REPORT}.
 */
public enum HandshakeMessage {
    /** Of the receiver: it listens, send the image. */
    BANNER("xl migration receiver ready, send binary domain data.\n"),
    /** Of the receiver: the image arrived whole, and the guest waits. */
    READY("domain received, ready to unpause\0"),
    /**
     * Of the sender: the guest is the receiver's. After this there is no way back. The receiver
     * sends the same text after a bad status, to give the guest back.
     */
    GO_AHEAD("domain is yours, you are cleared to unpause\0"),
    /** Of the receiver: the status follows, 0 if the guest runs. */
    REPORT("my copy unpause results are as follows\0");

    private final String text;

    HandshakeMessage(String text) {
        this.text = text;
    }

    /**
     * {@return the message as on the wire, in ASCII, with the final byte 0 that all but the first
     * have}
     */
    public byte[] bytes() {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
