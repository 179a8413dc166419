package org.xenimage.migrate;

/** Compares bytes that come in pieces with one message. */
final class MessageMatch {
    private final byte[] expected;
    private int matched;
    private boolean differs;

    MessageMatch(HandshakeMessage message) {
        this.expected = message.bytes();
    }

    /**
     * Compares some more bytes.
     *
     * @return how many of them belong to the message
     */
    int take(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && matched < expected.length && !differs) {
            if (bytes[at] == expected[matched]) {
                matched++;
                at++;
            } else {
                differs = true;
            }
        }
        return at - from;
    }

    boolean complete() {
        return matched == expected.length;
    }

    boolean differs() {
        return differs;
    }
}
