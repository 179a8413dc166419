package org.xenimage.script.isolate;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.foreign.TreeBudget;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Messages over two pipes.
 *
 * <pre>
 *   0  u32 kind             {@link MessageKind}
 *   4  u32 head_length      of the head, bounded by the kind
 *   8  u32 bytes_length     of the bytes, bounded by the kind
 *      head                 a JSON object in ASCII
 *      bytes
 * </pre>
 *
 * <p>Integers are big-endian. Anything else is a {@link BrokenProtocol}, detected before memory is allocated for it.
 * One thread sends and one receives.
 */
public final class MessageStream {
    private static final int CHUNK = 64 << 10;

    private final DataInputStream in;
    private final DataOutputStream out;
    private final MessageKind.Sender other;

    /**
     * A stream of messages.
     *
     * @param in from the other side
     * @param out to the other side
     * @param other the other side; only its kinds of messages are accepted
     */
    public MessageStream(InputStream in, OutputStream out, MessageKind.Sender other) {
        this.in = new DataInputStream(in);
        this.out = new DataOutputStream(new BufferedOutputStream(out, CHUNK));
        this.other = other;
    }

    /**
     * Sends a message.
     *
     * @param message to send
     * @throws IOException if the other side is gone
     */
    public void send(Message message) throws IOException {
        byte[] head = ascii(message.head().toString());
        long length = message.bytes().byteSize();
        if (head.length > message.kind().headMax() || length > message.kind().bytesMax())
            throw new IOException(
                    "a message of %d and %d bytes is larger than a policy's process accepts"
                            .formatted(head.length, length));
        out.writeInt(message.kind().code());
        out.writeInt(head.length);
        out.writeInt((int) length);
        out.write(head);
        byte[] chunk = new byte[(int) Math.min(CHUNK, length)];
        for (long at = 0; at < length; at += chunk.length) {
            int count = (int) Math.min(chunk.length, length - at);
            MemorySegment.copy(message.bytes(), at, MemorySegment.ofArray(chunk), 0, count);
            out.write(chunk, 0, count);
        }
        out.flush();
    }

    /**
     * Waits for a message.
     *
     * @return the message; empty if the other side has closed its end
     * @throws IOException a {@link BrokenProtocol} if it is not a valid message
     */
    public Optional<Message> receive() throws IOException {
        return receive(_ -> {});
    }

    /**
     * Waits for a message, and then for room for it.
     *
     * @param room is given the length of a message before any of it is held
     * @return the message; nothing if the other side has closed its end
     * @throws IOException a {@link BrokenProtocol} if it is none
     */
    Optional<Message> receive(LongConsumer room) throws IOException {
        int first = in.read();
        if (first < 0) return Optional.empty();
        try {
            int code = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
            Optional<MessageKind> kind = MessageKind.of(code, other);
            if (kind.isEmpty())
                throw new BrokenProtocol("unknown message 0x" + Integer.toHexString(code));
            long head = Integer.toUnsignedLong(in.readInt());
            long length = Integer.toUnsignedLong(in.readInt());
            if (head > kind.get().headMax() || length > kind.get().bytesMax())
                throw new BrokenProtocol(
                        "message %s of %d and %d bytes".formatted(kind.get(), head, length));
            room.accept(head + length);
            MemorySegment text = MemorySegment.ofArray(in.readNBytes((int) head));
            if (text.byteSize() < head) throw new EOFException();
            return Optional.of(new Message(kind.get(), object(text), bytes(length)));
        } catch (EOFException e) {
            throw new BrokenProtocol("ended within a message", e);
        }
    }

    private static ObjectNode object(MemorySegment text) throws BrokenProtocol {
        try {
            return BoundedJson.object(
                    text, BoundedJson.Rules.USUAL, Fault.in("message"), TreeBudget.here());
        } catch (ImageException e) {
            throw new BrokenProtocol(e.fault().message(), e);
        }
    }

    /** Reads bytes into memory outside the heap, like those of images, and allocates only as they arrive. */
    private MemorySegment bytes(long length) throws IOException {
        if (length == 0) return MemorySegment.NULL;
        MemorySegment bytes = Arena.ofAuto().allocate(length, 8);
        byte[] chunk = new byte[(int) Math.min(CHUNK, length)];
        for (long at = 0; at < length; ) {
            int count = (int) Math.min(chunk.length, length - at);
            in.readFully(chunk, 0, count);
            MemorySegment.copy(MemorySegment.ofArray(chunk), 0, bytes, at, count);
            at += count;
        }
        return bytes;
    }

    /** Escapes all characters outside ASCII, which occur only in strings; unpaired surrogates survive as escapes. */
    private static byte[] ascii(String json) {
        var escaped = new StringBuilder(json.length());
        for (int i = 0; i < json.length(); i++) {
            char unit = json.charAt(i);
            if (unit < 0x80) escaped.append(unit);
            else escaped.append("\\u%04x".formatted((int) unit));
        }
        return escaped.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
