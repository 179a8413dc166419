package org.xenimage.cli.toolstack;

import org.xenimage.image.io.ChannelSink;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The command after a relay, such as {@code ssh HOST xl migrate-receive}: takes the image on its
 * standard input through a FIFO, whose other end the kernel can splice to, and answers on its
 * standard output. Its standard error is ours.
 */
final class ReceiverProcess implements Closeable {
    /**
     * How long it may take to end by itself, in milliseconds: {@code xl} waits two seconds for the whole of its
     * transport before it resumes the guest.
     */
    private static final long GRACE = 1000;

    /** How long xl itself may take to destroy the domain that it was making, in milliseconds. */
    private static final long TEARDOWN = 60_000;

    private final Process process;
    private final ChannelSink sink;
    private final boolean incoming;

    private ReceiverProcess(Process process, ChannelSink sink, boolean incoming) {
        this.process = process;
        this.sink = sink;
        this.incoming = incoming;
    }

    /**
     * Starts the command.
     *
     * @param command with its arguments
     * @param incoming whether it is xl on the receiving host, which must never be killed: a domain that it was making
     *     would stay behind; otherwise it leads to another host, and its end closes the stream there
     */
    static ReceiverProcess start(List<String> command, boolean incoming) throws IOException {
        try (Fifo fifo = Fifo.create()) {
            fifo.giveUp(); // Both ends are ours for now: nothing waits while the command starts.
            Process process =
                    new ProcessBuilder(command)
                            .redirectInput(fifo.path().toFile())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            return new ReceiverProcess(process, fifo.openToWrite(command.getFirst()), incoming);
        }
    }

    ChannelSink sink() {
        return sink;
    }

    InputStream answers() {
        return process.getInputStream();
    }

    /** Completes with the exit status; on a thread of its own, so that it does so whatever the shared ones wait for. */
    CompletableFuture<Integer> ended() {
        var status = new CompletableFuture<Integer>();
        Thread.ofPlatform()
                .daemon()
                .name("receiver")
                .start(() -> {
                    try {
                        status.complete(process.waitFor());
                    } catch (InterruptedException e) {
                        status.completeExceptionally(e);
                    }
                });
        return status;
    }

    /** Whether it ended, or does so within a moment. */
    boolean endsByItself() throws InterruptedException {
        return process.waitFor(GRACE, TimeUnit.MILLISECONDS);
    }

    int status() {
        return process.exitValue();
    }

    /** Closes its standard input and lets it end; what leads to another host is ended if it does not. */
    void letGo() throws InterruptedException, IOException {
        sink.close();
        if (process.waitFor(incoming ? TEARDOWN : GRACE, TimeUnit.MILLISECONDS) || incoming) return;
        process.destroy();
        if (!process.waitFor(GRACE / 4, TimeUnit.MILLISECONDS)) process.destroyForcibly();
    }

    @Override
    public void close() throws IOException {
        sink.close();
        if (!incoming) process.destroy();
    }
}
