package org.xenimage.cli.agent;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One message between client, agent and worker: a byte for the kind, the length of the payload in four bytes, most
 * significant first, and the payload.
 *
 * <p>A payload is a sequence of texts: their number, then length and UTF-8 of each, numbers as above. Lengths are
 * checked before anything is allocated.
 */
final class Frame {
    /** More than a command line can have, {@code ARG_MAX} being 2 MiB. */
    static final int PAYLOAD_MAX = 4 << 20;

    /** Bytes before the payload. */
    static final int HEAD = 5;

    private final Kind kind;
    private final byte[] payload;

    private Frame(Kind kind, byte[] payload) {
        this.kind = kind;
        this.payload = payload;
    }

    /** What a message says. */
    enum Kind {
        /** Client to agent: give me a worker; the installation. */
        CLAIM('c'),
        /** Agent to client: the name of a worker's socket. */
        WORKER('w'),
        /** Agent or worker to client: run the command yourself; the reason. */
        DECLINED('n'),
        /** Client to worker: installation, two locales, and the arguments. */
        RUN('r'),
        /** Worker to client: everything is prepared, nothing has begun. */
        READY('y'),
        /** Client to worker: begin. */
        GO('g'),
        /** Client to worker: the client received a signal that ends it. */
        END_RUN('k'),
        /** Worker to client: the exit status. */
        ENDED('e'),
        /** To the agent: what do you do? */
        STATUS('s'),
        /** From the agent: keys and values, alternating. */
        REPORT('t'),
        /** To the agent: end; and its answer. */
        STOP('x');

        private final byte code;

        Kind(char code) {
            this.code = (byte) code;
        }

        byte code() {
            return code;
        }

        static Kind of(byte code) throws IOException {
            for (Kind kind : values()) if (kind.code == code) return kind;
            throw new IOException("0x%02x is not a message of the agent".formatted(code));
        }
    }

    static Frame of(Kind kind, String... texts) {
        return of(kind, List.of(texts));
    }

    static Frame of(Kind kind, List<String> texts) {
        if (texts.isEmpty()) return new Frame(kind, new byte[0]);
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeInt(texts.size());
            for (String text : texts) {
                byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
                out.writeInt(encoded.length);
                out.write(encoded);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return new Frame(kind, bytes.toByteArray());
    }

    static Frame received(Kind kind, byte[] payload) {
        return new Frame(kind, payload);
    }

    Kind kind() {
        return kind;
    }

    /** The texts of the payload. */
    List<String> texts() throws IOException {
        if (payload.length == 0) return List.of();
        var in = new DataInputStream(new ByteArrayInputStream(payload));
        int count = length(in);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] encoded = in.readNBytes(length(in));
            texts.add(new String(encoded, StandardCharsets.UTF_8));
        }
        if (in.available() > 0) throw new IOException("a message has bytes after its last text");
        return texts;
    }

    /** A length or a number of lengths, neither of which can exceed the bytes that are left. */
    private static int length(DataInputStream in) throws IOException {
        if (in.available() < Integer.BYTES) throw new IOException("a message is truncated");
        int length = in.readInt();
        if (length < 0 || length > in.available())
            throw new IOException("a text in a message exceeds the message");
        return length;
    }

    /** The bytes of the message. */
    byte[] encoded() {
        byte[] bytes = new byte[HEAD + payload.length];
        bytes[0] = kind.code();
        for (int i = 0; i < 4; i++) bytes[1 + i] = (byte) (payload.length >>> (24 - 8 * i));
        System.arraycopy(payload, 0, bytes, HEAD, payload.length);
        return bytes;
    }
}
