package org.xenimage.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenimage.tests.testkit.StreamBuilder;

import java.nio.charset.StandardCharsets;

class HandshakeMessageTest {
    @Test
    void theMessagesAreThoseOfXl() {
        assertEquals(
                "xl migration receiver ready, send binary domain data.\n",
                text(HandshakeMessage.BANNER));
        assertEquals("domain received, ready to unpause\0", text(HandshakeMessage.READY));
        assertEquals(StreamBuilder.GO_AHEAD, text(HandshakeMessage.GO_AHEAD));
        assertEquals("my copy unpause results are as follows\0", text(HandshakeMessage.REPORT));
    }

    private static String text(HandshakeMessage message) {
        return new String(message.bytes(), StandardCharsets.US_ASCII);
    }
}
