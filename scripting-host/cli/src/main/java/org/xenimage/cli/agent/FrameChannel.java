package org.xenimage.cli.agent;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A connection that carries {@link Frame}s. Each call has a deadline; the other end may be hung. One thread sends and
 * one receives at a time.
 */
final class FrameChannel implements Closeable {
    /** Between two looks: short against the time that a JVM takes to start. */
    private static final long PAUSE = 200_000;

    private final SocketChannel channel;

    FrameChannel(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.configureBlocking(false);
    }

    /** Connects; fails at once if the other end has no room for another connection. */
    static FrameChannel connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            FrameChannel connection = new FrameChannel(channel);
            channel.connect(UnixDomainSocketAddress.of(socket));
            return connection;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    SocketChannel channel() {
        return channel;
    }

    void send(Frame frame, Deadline deadline) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(frame.encoded());
        while (bytes.hasRemaining()) if (channel.write(bytes) == 0) deadline.pause();
    }

    /** The next message; EOFException if the other end has gone. */
    Frame receive(Deadline deadline) throws IOException {
        ByteBuffer head = receive(Frame.HEAD, deadline);
        Frame.Kind kind = Frame.Kind.of(head.get());
        int length = head.getInt();
        if (length < 0 || length > Frame.PAYLOAD_MAX)
            throw new IOException("a message of %d bytes exceeds the limit".formatted(length));
        return Frame.received(kind, receive(length, deadline).array());
    }

    private ByteBuffer receive(int count, Deadline deadline) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            int got = channel.read(bytes);
            if (got < 0) throw new EOFException("the connection was closed");
            if (got == 0) deadline.pause();
        }
        return bytes.flip();
    }

    /** Waits for the next message, however long that takes; nothing may be received at the time. */
    Frame await() throws IOException {
        channel.configureBlocking(true);
        return receive(Deadline.NONE);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Until when a call may take. */
    static final class Deadline {
        /** However long it takes. */
        static final Deadline NONE = new Deadline(Long.MAX_VALUE);

        private final long patience;
        private final long start = System.nanoTime();

        private Deadline(long patience) {
            this.patience = patience;
        }

        static Deadline after(Duration patience) {
            return new Deadline(patience.toNanos());
        }

        private void pause() throws SocketTimeoutException {
            if (System.nanoTime() - start > patience)
                throw new SocketTimeoutException("no answer in time");
            LockSupport.parkNanos(PAUSE);
        }
    }
}
